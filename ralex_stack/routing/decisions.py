"""What LiteLLM's own strategies decided, in terms of tiers.

Source of the fields: LiteLLM 1.106, `StandardLoggingRoutingDecision`. Those that quote the prompt
(`signals`) are for the user who asks for an explanation, never for a log.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ralex_stack.routing.rules import Route

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ralex_stack.routing.rules import Rules

_SCORED = "heuristic_scorer"
_MATCHED = "semantic_match"
_NOT_MATCHED = "semantic_no_match"


def read(rules: Rules, decision: Mapping[str, Any] | None) -> Route:
    """The route that a decision stands for; the default tier where nothing was decided."""
    if decision is None:
        return failed(rules, "LiteLLM decided nothing")
    return (_grade if rules.mode == "complexity" else _intent)(rules, decision)


def failed(rules: Rules, why: str) -> Route:
    """The default tier, because the choice failed."""
    return Route(rules.default_tier, None, f"{rules.mode} failed: {why}")


def _grade(rules: Rules, decision: Mapping[str, Any]) -> Route:
    grade = str(decision.get("tier", "")).lower()
    cause = str(decision.get("cause"))
    if grade not in rules.tiers:
        return failed(rules, cause)
    score = decision.get("score")
    told = "complexity" if cause == _SCORED else f"complexity, {cause.replace('_', ' ')}"
    return Route(rules.tiers[grade], grade, told + (f" {score:.2f}" if score is not None else ""))


def _intent(rules: Rules, decision: Mapping[str, Any]) -> Route:
    intent, cause = str(decision.get("routed_model")), decision.get("cause")
    if cause == _MATCHED and intent in rules.tiers:
        return Route(rules.tiers[intent], intent, "nearest examples")
    if cause == _NOT_MATCHED:
        return Route(rules.default_tier, None, "no example is near enough")
    return failed(rules, str(decision.get("classifier_error_type") or cause))
