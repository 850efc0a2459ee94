"""The files in which a stack keeps its secrets.

The directory has mode 0700. The files in it are 0444 by default: they are mounted into containers
whose processes run under other users, and Compose passes on neither owner nor mode.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from typing import TYPE_CHECKING

import bcrypt

from ralex_stack.files import write_atomically

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

PASSWORD = "opencode_server_password"  # noqa: S105 - a name
PASSWORD_HASH = f"{PASSWORD}_hash"
PROMETHEUS_PASSWORD = "prometheus_password"  # noqa: S105 - a name
METRICS_TOKEN = "metrics_token"  # noqa: S105 - a name
"""What Prometheus shows to those it reads."""

_HASHED = {PASSWORD: 10, PROMETHEUS_PASSWORD: 4, METRICS_TOKEN: 4}
"""Of what there is a bcrypt hash as well → its cost; generated values cannot be guessed anyway."""

GENERATED: Mapping[str, str] = {
    "gateway_key_client": "sk-ralex-client-",
    "gateway_key_sandbox": "sk-ralex-sandbox-",
    "gateway_master_key": "sk-ralex-master-",
    "gateway_salt_key": "sk-ralex-salt-",
    METRICS_TOKEN: "",
    PASSWORD: "",
    PROMETHEUS_PASSWORD: "",
    "postgres_password": "",
    "valkey_password": "",
}
"""Credentials of the stack itself, by name, with the prefix that tells people what they are."""


class SecretStore:
    """Secrets by name, one file each."""

    def __init__(self, directory: Path, *, mode: int = 0o444) -> None:
        self.directory = directory
        self._mode = mode

    def names(self) -> tuple[str, ...]:
        """Names of all secrets kept, sorted."""
        if not self.directory.is_dir():
            return ()
        return tuple(sorted(p.name for p in self.directory.iterdir() if p.suffix != ".new"))

    def get(self, name: str) -> str | None:
        """The secret, or None where there is none; an empty file is what a crash left."""
        try:
            return (self.directory / name).read_text() or None
        except FileNotFoundError:
            return None

    def set(self, name: str, value: str) -> None:
        """Keep a secret; nothing is written where it is the same."""
        if self.get(name) != value:
            self.directory.mkdir(mode=0o700, parents=True, exist_ok=True)
            self.directory.chmod(0o700)
            write_atomically(self.directory / name, value.encode(), mode=self._mode)

    def generate(self) -> None:
        """Make the credentials of the stack that do not exist yet."""
        for name, prefix in GENERATED.items():
            if self.get(name) is None:
                self.set(name, prefix + secrets.token_urlsafe(32))
        for name, cost in _HASHED.items():
            self._hash(name, cost)

    def _hash(self, name: str, cost: int) -> None:
        value = (self.get(name) or "").encode()
        hashed = (self.get(f"{name}_hash") or "").encode()
        if not hashed or not bcrypt.checkpw(value, hashed):
            self.set(f"{name}_hash", bcrypt.hashpw(value, bcrypt.gensalt(cost)).decode())

    def digests(self, key: bytes, names: Iterable[str]) -> dict[str, str]:
        """Name → keyed digest, for those that exist: tells a change without telling a value."""
        values = ((name, self.get(name)) for name in names)
        return {name: keyed_digest(key, value) for name, value in values if value is not None}


def keyed_digest(key: bytes, value: str) -> str:
    """Twelve hexadecimal digits of an HMAC-SHA-256."""
    return hmac.new(key, value.encode(), hashlib.sha256).hexdigest()[:12]
