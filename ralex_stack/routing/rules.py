"""The rules of the model `auto`, which the gateway reads from a file beside its configuration."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, NamedTuple

from ralex_stack.routing.expressions import found

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

AUTO = "auto"
"""The model that stands for a tier, chosen by what is asked."""

RULES_FILE = "routing.json"

LONGEST = 2000
"""Characters of a prompt that are looked at: what is asked for stands at its beginning, and
LiteLLM's semantic router looks at no more."""


class RulesError(Exception):
    """The file of rules is not what the gateway understands."""


@dataclass(frozen=True)
class Rule:
    """A prompt in which `pattern` is found, and `unless` is not, has the intent."""

    intent: str
    pattern: str
    unless: str | None = None


@dataclass(frozen=True)
class Rules:
    """How tiers are chosen."""

    mode: str
    default_tier: str
    tiers: Mapping[str, str]
    """Intent, or grade in mode `complexity`, → tier."""
    patterns: tuple[Rule, ...] = ()
    served: Mapping[str, str] = field(default_factory=dict)
    """`tier:NAME`, or the model that is the first of a tier, → the tier."""

    def to_json(self) -> dict[str, object]:
        """As data for the file."""
        return asdict(self)


@dataclass(frozen=True)
class Route:
    """What was chosen, and why; `reason` never repeats what was asked."""

    tier: str
    intent: str | None
    """Grade in mode `complexity`; none where nothing matched."""
    reason: str


class Match(NamedTuple):
    """A rule that matched, its place among them, from 1, and the words that it was found in."""

    rule: Rule
    number: int
    words: str


def load_rules(config: Path) -> Rules | None:
    """Read the rules beside LiteLLM's configuration; none where there is no file.

    Raises RulesError when the file is anything else.
    """
    path = config.with_name(RULES_FILE)
    if not path.exists():
        return None
    try:
        return from_json(json.loads(path.read_text(encoding="utf-8")))
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise RulesError(
            f"{path} is not a map with the fields of Rules ({error}). "
            "It is rendered from the settings: run `ralex-stack up` again."
        ) from error


def from_json(data: Mapping[str, object]) -> Rules:
    """What `to_json` made. Raises TypeError, KeyError or AttributeError for anything else."""
    fields = dict(data)
    patterns = fields.pop("patterns")
    if not isinstance(patterns, list | tuple):
        raise TypeError("patterns is no list")
    return Rules(patterns=tuple(Rule(**rule) for rule in patterns), **fields)  # type: ignore[arg-type]


def match(patterns: Sequence[Rule], prompt: str) -> Match | None:
    """The first rule that matches the beginning of the prompt."""
    text = prompt[:LONGEST]
    for number, rule in enumerate(patterns, 1):
        words = found(rule.pattern, text)
        if words is not None and not (rule.unless and found(rule.unless, text) is not None):
            return Match(rule, number, words.strip())
    return None


def by_patterns(rules: Rules, prompt: str) -> Route:
    """The route by the first pattern that matches, else the default tier."""
    first = match(rules.patterns, prompt)
    if first is None:
        return Route(rules.default_tier, None, "no pattern matches")
    intent = first.rule.intent
    return Route(rules.tiers[intent], intent, f"pattern {first.number}")
