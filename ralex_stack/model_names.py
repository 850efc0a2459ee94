"""Names of models and tiers that a command is given."""

from __future__ import annotations

from difflib import get_close_matches
from typing import TYPE_CHECKING

from ralex_stack.errors import RalexError
from ralex_stack.routing.rules import AUTO

if TYPE_CHECKING:
    from ralex_stack.settings import Settings


def require_known(settings: Settings, name: str) -> None:
    """Raise RalexError, with the nearest names, where the settings have no such model or tier."""
    tiers = (f"tier:{tier}" for tier in settings.tiers)
    known = [*settings.models, *tiers, *([AUTO] if settings.routing.auto.mode != "off" else [])]
    if name not in known:
        near = get_close_matches(name, known) or known
        raise RalexError(
            f"there is no model `{name}`",
            hint=f"nearest: {', '.join(near)}; `ralex-stack models` lists all",
            code="model-unknown",
        )
