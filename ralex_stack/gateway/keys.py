"""The keys that a gateway without a database knows, and what each may do."""

from __future__ import annotations

import hmac
import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

PREFIX = "GATEWAY_KEY_"
MASTER_VARIABLE = "LITELLM_MASTER_KEY"
MASTER = "master"
POLICY_FILE = "keys.json"
ALL_MODELS = "*"
CLIENTS = ("any", "opencode")


class PolicyError(Exception):
    """The file of key policies is not what the gateway understands."""


@dataclass(frozen=True)
class Policy:
    """Limits of one key; `rpm` requests and `tpm` tokens a minute, none meaning unlimited.

    `client` is the program that calls with it: `opencode` is told of failures in its own way.
    """

    models: tuple[str, ...] = (ALL_MODELS,)
    rpm: int | None = None
    tpm: int | None = None
    client: str = "any"


@dataclass(frozen=True)
class Key:
    """One key that clients may present."""

    alias: str
    secret: str = field(repr=False)
    policy: Policy = Policy()

    @property
    def is_master(self) -> bool:
        """Whether this key may administer the gateway."""
        return self.alias == MASTER


def parse_policies(text: str) -> dict[str, Policy]:
    """Read `{"alias": {"models": ["*"], "rpm": 600, "tpm": 100000, "client": "opencode"}}`.

    Each field is optional.

    Raises PolicyError when the text is anything else.
    """
    try:
        return {alias: _policy(entry) for alias, entry in json.loads(text).items()}
    except (ValueError, TypeError, AttributeError) as error:
        raise PolicyError(
            f"{POLICY_FILE} is not a map from key alias to {{models, rpm, tpm, client}} ({error}). "
            "It is rendered from the settings: render it again and restart the gateway."
        ) from error


def _policy(entry: Mapping[str, Any]) -> Policy:
    known = dict(entry)
    models = known.pop("models", [ALL_MODELS])
    if isinstance(models, str) or not all(isinstance(model, str) for model in models):
        raise TypeError(f"models is {models!r}, not a list of names")
    limits = Policy(tuple(models), **known)
    for limit in (limits.rpm, limits.tpm):
        if limit is not None and (type(limit) is not int or limit < 1):
            raise TypeError(f"{limit!r} is not a whole number above 0")
    if limits.client not in CLIENTS:
        raise TypeError(f"client is {limits.client!r}, not one of {', '.join(CLIENTS)}")
    return limits


def load_policies(config: Path) -> dict[str, Policy]:
    """Read the policies beside LiteLLM's configuration; without the file no key is limited."""
    path = config.with_name(POLICY_FILE)
    return parse_policies(path.read_text(encoding="utf-8")) if path.exists() else {}


def load_keys(environ: Mapping[str, str], policies: Mapping[str, Policy]) -> tuple[Key, ...]:
    """Return the master key and each `GATEWAY_KEY_<ALIAS>` of the environment."""
    named = {
        name.removeprefix(PREFIX).lower(): value
        for name, value in sorted(environ.items())
        if name.startswith(PREFIX)
    }
    named[MASTER] = environ.get(MASTER_VARIABLE, "")
    return tuple(
        Key(alias, secret, Policy() if alias == MASTER else policies.get(alias, Policy()))
        for alias, secret in named.items()
        if secret
    )


def find(presented: str, keys: Iterable[Key]) -> Key | None:
    """Return the key that was presented, or none.

    Every key is compared, in constant time, so that timing tells nothing about any of them.
    """
    found = None
    for key in keys:
        if hmac.compare_digest(presented.encode(), key.secret.encode()):
            found = key
    return found


def presented(headers: Mapping[bytes, bytes]) -> str:
    """The key in the headers of a request, by the names in which clients of the APIs send it."""
    bearer = headers.get(b"authorization", b"").decode(errors="replace")
    return bearer.removeprefix("Bearer ") or headers.get(b"x-api-key", b"").decode(errors="replace")
