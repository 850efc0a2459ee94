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
    """Patterns of an intent, with a priority each, and patterns that speak against it."""
    table = (root.at("pattern_classification_rules") or root).table
    for intent, rule in table.items():
        key, name = f"pattern_classification_rules.{intent}", slug(intent)
        patterns = rule.at("patterns")
        if not name or patterns is None:
            continue
        unless, broken = _negative(source, f"{key}.negative_patterns.[]", rule)
        yield from broken
        priority = rule.at("priority")
        rank = (priority.number or 0.0) if priority else 0.0
        covered = [priority] if priority else []
        covered += unless
        against = "|".join(scoped(node.text) for node in unless)
        for pattern in patterns.elements:
            yield from _pattern(source, key, name, pattern, rank, against, covered)


def _negative(source: Source, key: str, rule: Node) -> tuple[list[Node], list[Dropped]]:
    listed = rule.at("negative_patterns")
    nodes = listed.elements if listed else []
    bad = [node for node in nodes if regex_error(node.text)]
    dropped = [Dropped(n.place, key, n.value, regex_error(n.text)) for n in bad]
    return [node for node in nodes if node not in bad], dropped


def _pattern(
    source: Source,
    key: str,
    intent: str,
    node: Node,
    priority: float,
    unless: str,
    covered: list[Node],
) -> Iterator[Claim | Dropped]:
    regex, confidence = node.at("regex") or node, node.at("confidence")
    if not regex.text:
        return
    if regex_error(regex.text):
        error = regex_error(regex.text)
        yield Dropped(regex.place, f"{key}.patterns.[].regex", regex.value, error)
        return
    sure = (confidence.number or 0.0) if confidence else 0.0
    value = {"intent": intent, "unless": unless, "order": (-priority, -sure)}
    parts = [confidence] if confidence else []
    named = f"{key}.patterns.[].regex"
    yield source.claim(("rule", regex.text), value, named, regex, *parts, *covered)
    examples = node.at("examples")
    for example in examples.elements if examples else []:
        if example.text and not has_mark(example.text):
            slot = ("example", intent, example.text)
            yield source.claim(slot, True, f"{key}.patterns.[].examples.[]", example)


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
    flags = re.match(r"\(\?([aimsx]+)\)", pattern)
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
