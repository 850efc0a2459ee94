"""The log of the way out: which requests were refused, and why. Written by render/egress.py."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

WHY: Mapping[str, str] = {
    "host": "not in the list",
    "port": "not at this port",
    "address": "an address, not a name",
    "network": "leads to a private network, this machine, or an address for special use",
    "protocol": "neither HTTP nor a tunnel for HTTPS",
}
"""Reason in the log → the reason in words."""

_NONE = "-"


@dataclass(frozen=True)
class Refusal:
    """A request that the proxy refused; `time` is in UTC, ISO 8601."""

    time: str
    method: str
    host: str
    port: int | None
    reason: str

    def to_json(self) -> dict[str, Any]:
        """The refusal as data, with the reason in words, too."""
        return {**asdict(self), "why": WHY.get(self.reason, self.reason)}

    @property
    def address(self) -> str:
        """HOST:PORT."""
        return self.host if self.port is None else f"{self.host}:{self.port}"


@dataclass(frozen=True)
class Refusals:
    """Refusals of the same kind; `last` is the newest one."""

    last: Refusal
    count: int

    def to_json(self) -> dict[str, Any]:
        """The refusals as data."""
        return {**self.last.to_json(), "count": self.count}


def read(line: str) -> Refusal | None:
    """The refusal that a line of the log tells of; None for any other line."""
    try:
        entry = json.loads(line)
        reason = entry["refused"]
        port = int(entry["port"]) if entry["port"].isdigit() else None
        found = Refusal(entry["time"], entry["method"], unquote(entry["host"]), port, reason)
    except (ValueError, LookupError, TypeError, AttributeError):
        return None
    return None if reason == _NONE else found


def summary(refusals: Iterable[Refusal]) -> tuple[Refusals, ...]:
    """Refusals counted by method, address and reason; the newest last."""
    counted: dict[tuple[str, str, str], Refusals] = {}
    for refusal in refusals:
        kind = (refusal.method, refusal.address, refusal.reason)
        before = counted.pop(kind, None)
        counted[kind] = Refusals(refusal, before.count + 1 if before else 1)
    return tuple(counted.values())
