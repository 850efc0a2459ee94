"""Old routes and patterns as `routing.auto`, with the tiers that old Ralex chose.

Old Ralex gave each pattern that matched a score, its confidence and a part of its intent's
priority, and the highest won: a list in the order of scores, of which the first that matches
wins, decides the same. A negative pattern lowered the score: such a pattern stands in the list
twice, high with `unless`, and lower without.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from ralex_stack.legacy.resolve import Winner, winner_of
from ralex_stack.routing.rules import AUTO

if TYPE_CHECKING:
    from collections.abc import Collection

    from ralex_stack.legacy.claim import Claim
    from ralex_stack.legacy.resolve import Resolved

ROUTES = {
    "code_generation": "generate",
    "code_editing": "edit",
    "debugging": "debug",
    "optimization": "optimize",
    "explanation": "explain",
    "documentation": "explain",
    "general_query": "explain",
}
"""Intent of patterns and prompts → that of routes, which is the settings' own name, too."""

DEFAULT_ROUTE = "default"
"""Name of the route of what has none of its own."""

_WITHOUT_DEFAULT = frozenset({"testing"})
"""Intents that had the standard tier, not that of `default`."""
_WITHOUT_ROUTE = "standard"


@dataclass
class AutomaticRouting:
    """The section `routing.auto`, and what there is to say of it."""

    section: dict[str, Any] = field(default_factory=dict)
    ruling: Winner | None = None
    """The first pattern of the file whose patterns hold; those of other files have lost."""
    names: dict[str, str] = field(default_factory=dict)
    """Old intent → intent of the settings."""
    left_out: dict[str, str] = field(default_factory=dict)
    """Old intent → why it is not routed."""

    def holds(self, claim: Claim) -> bool:
        """Whether a pattern, or an example, is of the file whose patterns hold."""
        return self.ruling is not None and claim.place.file == self.ruling.claim.place.file


def automatic_routing(
    resolved: Resolved, tiers: Collection[str], models: Collection[str]
) -> AutomaticRouting:
    """Intents with their tiers and examples, and patterns, as far as their tiers are there.

    A list of patterns is one whole: those of one file hold. What prompts are compared with where
    there are routes alone are the patterns that the settings have anyway.
    """
    all_rules = [rule for _, rule in resolved.below("rule")]
    routing = AutomaticRouting(ruling=_ruling(all_rules))
    rules = [rule for rule in all_rules if routing.holds(rule.claim)]
    olds = {rule.value["intent"]: None for rule in rules}
    olds |= {name: None for (name,), _ in resolved.below("route") if name != DEFAULT_ROUTE}
    routing.left_out = {
        old: f'"{tier}" is the name of no tier'
        for old in olds
        if (tier := tier_of_intent(resolved, old)) not in tiers
    }
    routing.names = _names(resolved, [old for old in olds if old not in routing.left_out])
    patterns = [
        {"intent": routing.names[rule.value["intent"]], **_expressions(rule.value)}
        for rule in sorted(rules, key=lambda rule: rule.value["order"])
        if rule.value["intent"] in routing.names
    ]
    if routing.names:
        default = default_tier(resolved)
        routing.section = {
            "mode": "off" if AUTO in models else "patterns",
            "default_tier": default if default in tiers else None,
            "intents": _intents(resolved, routing),
            "patterns": patterns,
        }
    return routing


def _ruling(rules: list[Winner]) -> Winner | None:
    """The first pattern of the best file; those of files with another list have lost."""
    lists: dict[str, list[Claim]] = {}
    for rule in rules:
        lists.setdefault(rule.claim.place.file, []).append(rule.claim)
    if not lists:
        return None
    best = winner_of([claims[0] for claims in lists.values()])
    values = {file: [claim.value for claim in claims] for file, claims in lists.items()}
    others = (*best.agreeing, *best.lost)
    same = values[best.claim.place.file]
    return Winner(
        best.claim,
        agreeing=tuple(c for c in others if values[c.place.file] == same),
        lost=tuple(c for c in others if values[c.place.file] != same),
    )


def _names(resolved: Resolved, olds: list[str]) -> dict[str, str]:
    """The settings' own names for intents, where all that go by such a name have one tier."""
    tiers: dict[str, set[str]] = {}
    for old in olds:
        tiers.setdefault(ROUTES.get(old, old), set()).add(tier_of_intent(resolved, old))
    named = {old: ROUTES.get(old, old) for old in olds}
    return {old: name if len(tiers[name]) == 1 else old for old, name in named.items()}


def _intents(resolved: Resolved, routing: AutomaticRouting) -> dict[str, Any]:
    intents: dict[str, Any] = {
        name: {"tier": tier_of_intent(resolved, old), "examples": []}
        for old, name in routing.names.items()
    }
    for (old, text), winner in resolved.below("example"):
        if old in routing.names and routing.holds(winner.claim):
            intents[routing.names[old]]["examples"].append(text)
    for intent in intents.values():
        intent["examples"] = [*dict.fromkeys(intent["examples"])]
    return intents


def _expressions(rule: dict[str, Any]) -> dict[str, str]:
    return {key: rule[key] for key in ("pattern", "unless") if rule[key]}


def tier_of_intent(resolved: Resolved, intent: str) -> str:
    """The tier that an intent of patterns or prompts was routed to."""
    own = resolved.value("route", intent)
    mapped = resolved.value("route", ROUTES[intent]) if intent in ROUTES else None
    default = None if intent in _WITHOUT_DEFAULT else resolved.value("route", DEFAULT_ROUTE)
    return str(own or mapped or default or _WITHOUT_ROUTE)


def default_tier(resolved: Resolved) -> str | None:
    """The tier of what no pattern fits; none where nothing is said of it."""
    fallback = resolved.value("fallback_intent")
    if fallback:
        return tier_of_intent(resolved, fallback)
    route = resolved.value("route", DEFAULT_ROUTE)
    return str(route) if route else None
