"""Claims of the first era: tiers, routes, patterns and prompts, each in a JSON file."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from ralex_stack.legacy.claim import Claim, Dropped, slug, tier_of
from ralex_stack.legacy.masking import has_mark
from ralex_stack.routing.expressions import ExpressionError, compiled

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ralex_stack.legacy.claim import Source
    from ralex_stack.legacy.node import Node

TOKENS_PER_PRICE = 1_000_000
"""Prices of the settings are for a million tokens, those of old files for one."""

_CONFIDENCE, _PRIORITY, _LOWERED = 0.7, 50.0, 0.7
"""What old Ralex took for a pattern's confidence and an intent's priority where none was given,
and the part of a confidence that a negative pattern left."""


def tiers(source: Source, root: Node) -> Iterator[Claim | Dropped]:
    """`tiers.NAME` is a list of models, by name alone or with the cost of a token."""
    for name, models in (root.at("tiers") or root).table.items():
        key, tier = f"tiers.{name}", tier_of(name)
        named = [model.at("name") or model for model in models.elements]
        names, found = source.models(f"{key}.[].name", named)
        yield from found
        if tier and names:
            yield source.claim(("tier", tier), names, key, models)
        for model in models.elements:
            yield from _price(source, f"{key}.[].cost_per_token", model)


def _price(source: Source, key: str, model: Node) -> Iterator[Claim | Dropped]:
    cost, name = model.at("cost_per_token"), model.at("name")
    if cost is None or name is None or cost.number is None:
        return
    _, claimed = source.model(key, name, name.text)
    if isinstance(claimed, Claim):
        usd = per_million(cost.number)
        yield source.claim(("price", claimed.value), (usd, usd), key, cost)


def per_million(per_token: float) -> float:
    """USD per token → USD per million tokens, without the noise of binary fractions."""
    return float(f"{per_token * TOKENS_PER_PRICE:.12g}")


def routes(source: Source, root: Node) -> Iterator[Claim | Dropped]:
    """`INTENT: TIER`, or `routing_rules.INTENT.default_tier`."""
    nested = root.at("routing_rules")
    for intent, node in (nested or root).table.items():
        tier = node.at("default_tier") if nested else node
        name = slug(intent)
        if tier is not None and tier.text and tier_of(tier.text) and name:
            key = f"routing_rules.{intent}.default_tier" if nested else intent
            yield source.claim(("route", name), tier_of(tier.text), key, tier)


def rules(source: Source, root: Node) -> Iterator[Claim | Dropped]:
    """Patterns of an intent, with a priority, and patterns that speak against it."""
    table = (root.at("pattern_classification_rules") or root).table
    for intent, rule in table.items():
        key, name = f"pattern_classification_rules.{intent}", slug(intent)
        patterns = rule.at("patterns")
        if not name or patterns is None:
            continue
        unless, broken = _negative(source, f"{key}.negative_patterns.[]", rule)
        yield from broken
        for pattern in patterns.elements:
            yield from _pattern(source, key, name, pattern, rule.at("priority"), unless)
    fallback = root.at("classification_logic", "fallback_intent")
    if fallback is not None and slug(fallback.text):
        key = "classification_logic.fallback_intent"
        yield source.claim(("fallback_intent",), slug(fallback.text), key, fallback)


def _negative(source: Source, key: str, rule: Node) -> tuple[list[Node], list[Dropped]]:
    """Patterns that can be one expression, and those that cannot."""
    listed = rule.at("negative_patterns")
    kept: list[Node] = []
    dropped: list[Dropped] = []
    for node in listed.elements if listed else []:
        why = regex_error(node.text) or _unjoinable(node.text, kept)
        if why:
            dropped.append(Dropped(node.place, key, node.value, why))
        else:
            kept.append(node)
    return kept, dropped


def _unjoinable(text: str, others: list[Node]) -> str:
    joined = "|".join(scoped(pattern) for pattern in [*(node.text for node in others), text])
    if regex_error(joined):
        return "cannot be one expression with the other negative patterns"
    return ""


def _pattern(
    source: Source, key: str, intent: str, node: Node, priority: Node | None, unless: list[Node]
) -> Iterator[Claim | Dropped]:
    regex, confidence = node.at("regex") or node, node.at("confidence")
    if not regex.text:
        return
    named = f"{key}.patterns.[].regex"
    if regex_error(regex.text):
        yield Dropped(regex.place, named, regex.value, regex_error(regex.text))
        return
    covered = [part for part in (confidence, priority, *unless) if part]
    sure = _number(confidence, _CONFIDENCE)
    against = "|".join(scoped(negative.text) for negative in unless)
    for exception, score in [(against, sure), ("", sure * _LOWERED)][: 2 if against else 1]:
        score += (_number(priority, _PRIORITY) - _PRIORITY) / 100
        value = {"intent": intent, "pattern": regex.text, "unless": exception, "order": -score}
        slot = ("rule", str(regex.place), exception)
        yield source.claim(slot, value, named, regex, *covered)
    examples = node.at("examples")
    for example in examples.elements if examples else []:
        if example.text and not has_mark(example.text):
            slot = ("example", intent, example.text)
            yield source.claim(slot, example.text, f"{key}.patterns.[].examples.[]", example)


def _number(node: Node | None, usual: float) -> float:
    number = node.number if node else None
    return usual if number is None else number


def regex_error(text: str) -> str:
    """Why a pattern cannot be used; empty where it can."""
    if not text or has_mark(text):
        return "is no pattern"
    try:
        compiled(text)
    except ExpressionError as error:
        return str(error)
    return ""


def scoped(pattern: str) -> str:
    """A pattern that can stand beside others: flags at its start hold for it alone."""
    flags = re.match(r"\(\?([aimsux]+)\)", pattern)
    if flags is None:
        return f"(?:{pattern})"
    return f"(?{flags[1]}:{pattern[flags.end() :]})"


def prompts(source: Source, root: Node) -> Iterator[Claim | Dropped]:
    """A system prompt and a template for each intent."""
    for intent, prompt in (root.at("intent_prompts") or root).table.items():
        name = slug(intent)
        for part in ("system", "user_template"):
            node = prompt.at(part)
            if node is not None and node.text and name:
                key = f"intent_prompts.{intent}.{part}"
                yield source.claim(("prompt", name, part), node.text, key, node)
