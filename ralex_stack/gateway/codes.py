"""Codes of the gateway's own answers; `ralex_stack/catalogue/gateway.py` explains each."""

from __future__ import annotations

import re

PATH_CLOSED = "path_closed"
"""The edge's, too."""
KEY_UNKNOWN = "gateway-key-unknown"
KEY_EXPIRED = "key-expired"
KEY_REVOKED = "key-revoked"
KEYS_UNREADABLE = "keys-unreadable"
OWN_KEY_REFUSED = "own-key-refused"
BUDGET_SPENT = "budget-spent"
BUDGET_UNKNOWN = "budget-unknown"
MODEL_NOT_SERVED = "model-not-served"
MODEL_CLOSED = "model-closed"
MODEL_RESTED = "model-rested"
KEY_LIMITED = "key-limited"
SESSION_HELD = "session-held"
PROVIDER_REFUSED_KEY = "provider-refused-key"
PROVIDER_REFUSED_REQUEST = "provider-refused-request"
PROVIDER_UNPAID = "provider-unpaid"
PROVIDER_MODEL_UNKNOWN = "provider-model-unknown"
PROVIDER_BUSY = "provider-busy"
PROVIDER_SILENT = "provider-silent"
PROVIDER_UNREACHABLE = "provider-unreachable"
PROVIDER_FAILED = "provider-failed"
KEY_SCOPED = "virtual-key-scoped"
DATABASE_UNMIGRATED = "database-unmigrated"
DATABASE_UNREACHABLE = "database-unreachable"
MIGRATION_FAILED = "migration-failed"

_POINTER = re.compile(r"More: `ralex-stack explain ([a-z_-]+)`\.?")


def pointer(code: str) -> str:
    """The sentence that leads from an answer to its entry in the catalogue."""
    return f"More: `ralex-stack explain {code}`."


def pointed(message: str) -> tuple[str, str]:
    """A message without its pointer, and the code that this names; empty where there is none."""
    found = _POINTER.search(message)
    return (message[: found.start()].strip(), found[1]) if found else (message.strip(), "")
