"""Codes of the gateway's own answers; `ralex_stack/catalogue/gateway.py` explains each."""

from __future__ import annotations

KEY_UNKNOWN = "gateway-key-unknown"
OWN_KEY_REFUSED = "own-key-refused"
BUDGET_SPENT = "budget-spent"


def pointer(code: str) -> str:
    """The sentence that leads from an answer to its entry in the catalogue."""
    return f"More: `ralex-stack explain {code}`."
