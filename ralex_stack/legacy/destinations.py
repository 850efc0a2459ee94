"""Where each claim ends: the path of a setting or of a file."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from ralex_stack.legacy.model_names import name_of
from ralex_stack.legacy.routing import DEFAULT_ROUTE
from ralex_stack.settings.problem import dotted

if TYPE_CHECKING:
    from ralex_stack.legacy.claim import Claim, Slot
    from ralex_stack.legacy.resolve import Resolved
    from ralex_stack.legacy.settings_data import Built

_MODEL_PARTS = {"temperature": ("parameters", "temperature"), "top_p": ("parameters", "top_p")}
_ROUTING = frozenset({"route", "rule", "example", "fallback_intent"})
_USUAL = "it is what the setting is anyway"
_NOT_USED = "no tier, default, alias or fallback that holds uses this model"
_NO_MODEL = "no model of this provider is used"


@dataclass(frozen=True)
class Destination:
    """Where a value went, or why it went nowhere."""

    setting: str
    why_not: str = ""
    note: str = ""
    value: Any = None
    """What the setting is now; none where that tells nothing."""


def destination(slot: Slot, resolved: Resolved, built: Built) -> Destination:
    """The destination of the winner of a slot."""
    head, *rest = slot
    if head in ("standard", "aside"):
        folder = "standards" if head == "standard" else "put-aside"
        return Destination(f"agent-os/{folder}/{rest[0]}")
    if head in _ROUTING:
        return _routed(slot, resolved.winners[slot].claim, built)
    if slot == ("budget", "warn_at"):
        return _warned(resolved.winners[slot].claim, built)
    path, why_not, note = _path(slot, resolved, built)
    return _reached(path, why_not, note, built)


def _path(slot: Slot, resolved: Resolved, built: Built) -> tuple[tuple[str, ...], str, str]:
    """The path of a setting, why it may not be there, and what changes on the way."""
    head, name, *rest = slot
    if head == "budget":
        return ("budget", name), "", ""
    if head == "model":
        part = rest[0]
        inner = () if part == "named" else _MODEL_PARTS.get(part, (part,))
        return ("models", name, *inner), _NOT_USED, ""
    if head == "price":
        return _price_path(name, built), _NOT_USED, "USD per million tokens, input and output"
    if head == "default":
        model = str(resolved.value("opencode", "model"))
        inner = _MODEL_PARTS.get(name, (name,))
        return ("models", model, *inner), "there is no default model that it could be for", ""
    if head == "prompt":
        return _prompt_path(name, rest[0], built)
    if head == "mcp":
        return ("opencode", "mcp", name), "", "switched off: it was set up on another machine"
    if head == "fallback":
        return ("routing", "fallbacks", name), "", ""
    if head == "tier":
        return ("tiers", name, "models"), "", ""
    if head == "provider":
        inner = () if rest[0] == "named" else (rest[0],)
        return ("providers", name, *inner), _NO_MODEL, ""
    return slot, "", ""


def _warned(claim: Claim, built: Built) -> Destination:
    parts = built.data.get("budget", {}).get("warn_at", [])
    if not parts:
        return Destination("budget.warn_at", why_not="none is below a daily limit")
    note = "" if len(parts) == len(claim.value) else "without those that are not below the limit"
    return Destination("budget.warn_at", note=note, value=parts)


def _routed(slot: Slot, claim: Claim, built: Built) -> Destination:
    routing, auto = built.routing, ("routing", "auto")
    if slot in (("fallback_intent",), ("route", DEFAULT_ROUTE)):
        default = _reached((*auto, "default_tier"), "", "", built)
        if slot[0] == "route" and default.value not in (None, claim.value):
            return replace(default, why_not="classification_logic.fallback_intent decides")
        return default
    old = str(claim.value["intent"] if slot[0] == "rule" else slot[1])
    name = routing.names.get(old, old)
    inner = {"route": ("intents", name, "tier"), "example": ("intents", name, "examples")}
    path = (*auto, *inner.get(slot[0], ("patterns",)))
    if old in routing.left_out:
        return Destination(dotted(path), why_not=routing.left_out[old])
    if slot[0] != "route" and routing.ruling and not routing.holds(claim):
        file = routing.ruling.claim.place.file
        return Destination(dotted(path), why_not=f"the patterns of {file} hold")
    notes = [f"of {old}"] if name != old else []
    if slot[0] == "rule" and claim.value["unless"]:
        notes.append("with unless, and again further down without")
    return replace(_reached(path, "", ", ".join(notes), built), value=None)


def _price_path(upstream: str, built: Built) -> tuple[str, ...]:
    models = built.data.get("models", {})
    name = next((n for n, m in models.items() if m["upstream"] == upstream), name_of(upstream))
    return ("models", name, "price")


def _prompt_path(intent: str, part: str, built: Built) -> tuple[tuple[str, ...], str, str]:
    if part == "system":
        return ("opencode", "agents", intent, "prompt"), "", ""
    asked = ", ".join(built.asked_for.get(intent, ()))
    note = f"one $ARGUMENTS in place of: {asked}" if asked else ""
    return ("opencode", "commands", intent, "template"), "", note


def _reached(path: tuple[str, ...], why_not: str, note: str, built: Built) -> Destination:
    value: Any = built.data
    for part in path:
        value = value.get(part) if isinstance(value, dict) else None
    if value is not None:
        return Destination(dotted(path), note=note, value=value)
    refused = next((m for cut, m in built.refused.items() if path[: len(cut)] == cut), "")
    if refused:
        return Destination(dotted(path), why_not=f"the settings do not take it: {refused}")
    above: Any = built.data
    for part in path[:-1]:
        above = above.get(part) if isinstance(above, dict) else None
    if above is not None or path[:2] == ("providers", "openrouter"):
        return Destination(dotted(path), why_not=_USUAL)
    return Destination(dotted(path), why_not=why_not or "it finds no place")
