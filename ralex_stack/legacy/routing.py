"""Old routes and patterns as `routing.auto`, for the user to switch on."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any

from ralex_stack.legacy.kinds import rank

if TYPE_CHECKING:
    from ralex_stack.legacy.resolve import Resolved, Winner

ROUTES = {
    "code_generation": "generate",
    "code_editing": "edit",
    "debugging": "debug",
    "optimization": "optimize",
    "explanation": "explain",
    "documentation": "explain",
    "general_query": "explain",
    "testing": "",
    "file_operations": "default",
}
"""Intent of patterns and prompts → that of routes, which had names of its own."""

_WITHOUT_ROUTE = "standard"


@dataclass(frozen=True)
class Pattern:
    """What a prompt looks like, and what is meant by it."""

    intent: str
    pattern: str
    unless: str = ""


@dataclass(frozen=True)
class AutomaticRouting:
    """The section `routing.auto`: the first pattern that fits decides."""

    intents: dict[str, dict[str, Any]] = field(default_factory=dict)
    """Intent → tier and examples."""
    patterns: tuple[Pattern, ...] = ()

    def as_settings(self) -> dict[str, Any]:
        """The section as data."""
        if not self.intents:
            return {}
        patterns = [asdict(pattern) for pattern in self.patterns]
        lean = [{key: value for key, value in one.items() if value} for one in patterns]
        mode = "patterns" if lean else "intent"
        return {"mode": mode, "intents": self.intents, **({"patterns": lean} if lean else {})}


def automatic_routing(resolved: Resolved) -> AutomaticRouting:
    """Intents with their tiers and examples, and patterns: highest priority first."""
    rules = sorted(resolved.below("rule"), key=lambda rule: _priority(rule[1]))
    patterns = tuple(
        Pattern(rule.value["intent"], regex, rule.value["unless"]) for (regex,), rule in rules
    )
    routed = set(ROUTES.values()) if patterns else set()
    names = [pattern.intent for pattern in patterns]
    # A route that only other names of intents lead to has no patterns of its own.
    names += [name for (name,), _ in resolved.below("route") if name not in routed]
    return AutomaticRouting({name: _intent(resolved, name) for name in names}, patterns)


def _priority(rule: Winner) -> tuple[object, ...]:
    claim = rule.claim
    return rank(claim.kind, "rule"), rule.value["order"], claim.place


def _intent(resolved: Resolved, name: str) -> dict[str, Any]:
    examples = [text for (intent, text), _ in resolved.below("example") if intent == name]
    return {"tier": tier_of_intent(resolved, name), **({"examples": examples} if examples else {})}


def tier_of_intent(resolved: Resolved, intent: str) -> str:
    """The tier that an intent of patterns or prompts was routed to."""
    own = resolved.value("route", intent)
    mapped = resolved.value("route", ROUTES[intent]) if ROUTES.get(intent) else None
    default = resolved.value("route", "default") if ROUTES.get(intent) != "" else None
    return str(own or mapped or default or _WITHOUT_ROUTE)
