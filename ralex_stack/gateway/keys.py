"""The keys that a gateway without a database knows, and what each may do."""

from __future__ import annotations

import hmac
import json
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from ralex_stack.gateway.budgets.policy import Limit

PREFIX = "GATEWAY_KEY_"
MASTER_VARIABLE = "LITELLM_MASTER_KEY"
MASTER = "master"
POLICY_FILE = "keys.json"
ALL_MODELS = "*"
CLIENTS = ("any", "opencode")

SCHEMED_HEADERS = (b"x-litellm-api-key", b"authorization")
KEY_HEADERS = (
    *SCHEMED_HEADERS,
    b"api-key",
    b"x-api-key",
    b"x-goog-api-key",
    b"ocp-apim-subscription-key",
)
"""Headers that may hold a key, in LiteLLM's order; the first two with the name of a scheme."""

_SCHEME = re.compile(r"(?:bearer|basic) ", re.IGNORECASE)
_AWS_CREDENTIAL = re.compile(r"AWS4-HMAC-SHA256.*?Credential=(?:Bearer\s+)?([^/\s,]+)")


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
    limits: tuple[Limit, ...] = ()
    """Of what its calls cost, beside those of the budgets."""

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
        return {alias: read_policy(entry) for alias, entry in json.loads(text).items()}
    except (ValueError, TypeError, AttributeError) as error:
        raise PolicyError(
            f"{POLICY_FILE} is not a map from key alias to {{models, rpm, tpm, client}} ({error}). "
            "It is rendered from the settings: render it again and restart the gateway."
        ) from error


def read_policy(entry: Mapping[str, Any]) -> Policy:
    """One policy of that form. Raises TypeError when the entry is anything else."""
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


def presented(headers: Iterable[tuple[bytes, bytes]]) -> str:
    """The key that LiteLLM 1.106 takes from the headers of a request, or nothing.

    Source: its `get_api_key`. It knows a client by no other, so nor may what stands around it.
    """
    # Of a header that comes twice, the first counts.
    sent = {name.lower(): value.decode("latin-1") for name, value in reversed([*headers])}
    for name in KEY_HEADERS:
        if value := sent.get(name):
            return _unwrapped(name, value)
    return ""


def _unwrapped(name: bytes, value: str) -> str:
    if name not in SCHEMED_HEADERS:
        return value
    if found := _SCHEME.match(value):
        return value.replace(found[0], "")
    if found := _AWS_CREDENTIAL.match(value):
        return found[1]
    return "" if name == b"authorization" else value
