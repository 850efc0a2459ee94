"""Checks of the model `auto`: tiers and intents that there are not, names that it would take."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ralex_stack.routing.rules import AUTO
from ralex_stack.settings.problem import Problem, nearest, shown

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from ralex_stack.settings.problem import Path
    from ralex_stack.settings.root import Settings

_HERE: Path = ("routing", "auto")


def problems(settings: Settings, tiers: Sequence[str]) -> Iterator[Problem]:
    """What is wrong with the model `auto`; `tiers` are those that may be named."""
    auto = settings.routing.auto
    for path, tier in _tiers(settings):
        # Without chat models there are no tiers at all, and nothing for `auto` to choose from.
        if tiers and tier not in tiers:
            message = f'"{shown(tier)}" names no tier'
            yield Problem(path, message, tuple(tiers), nearest(tier, tiers))
    for index, rule in enumerate(auto.patterns):
        if rule.intent not in auto.intents:
            message = f'"{shown(rule.intent)}" names no intent; write [routing.auto.intents.NAME]'
            names = tuple(auto.intents)
            at: Path = (*_HERE, "patterns", index, "intent")
            yield Problem(at, message, names, nearest(rule.intent, names))
    if auto.mode != "off" and AUTO in settings.models:
        message = f'a model cannot be called "{AUTO}" while routing.auto.mode is "{auto.mode}"'
        yield Problem(("models", AUTO), message)
    yield from _without_examples(settings)


def _tiers(settings: Settings) -> Iterator[tuple[Path, str]]:
    auto = settings.routing.auto
    yield (*_HERE, "default_tier"), auto.default_tier
    for grade, tier in auto.complexity.model_dump().items():
        yield (*_HERE, "complexity", grade), tier
    for name, intent in auto.intents.items():
        yield (*_HERE, "intents", name, "tier"), intent.tier


def _without_examples(settings: Settings) -> Iterator[Problem]:
    auto = settings.routing.auto
    if auto.mode != "intent":
        return
    for name, intent in auto.intents.items():
        if not any(map(str.strip, intent.examples)):
            path = (*_HERE, "intents", name, "examples")
            yield Problem(path, 'mode "intent" knows an intent by its examples, and there are none')
