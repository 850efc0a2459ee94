"""Accuracy and cost of the model `auto`, from what `route` tells; and the prompts they are of."""

from __future__ import annotations

import json
from collections import Counter
from typing import TYPE_CHECKING

import pytest
from commands import call

from bench.measures.routing import (
    ANSWER_TOKENS,
    CONTEXT_TOKENS,
    Labelled,
    Row,
    accuracy,
    cost,
    labelled,
    rightly,
)
from bench.results import ROOT
from ralex_stack.settings.routing import INTENTS

if TYPE_CHECKING:
    from fakes import RecordingRunner

TIERS = {"explain": "cheap", "debug": "smart", "review": "smart"}
LABELS = [Labelled("a", "explain"), Labelled("b", "debug"), Labelled("c", "debug")]


def row(intent: str | None, tier: str, price: float = 1) -> Row:
    return {"prompt": "p" * 40, "intent": intent, "tier": tier, "input": price, "output": price}


def test_a_wrong_intent_can_have_the_right_tier() -> None:
    rows = [row("explain", "cheap"), row("review", "smart"), row(None, "standard")]
    intent, tier = accuracy("patterns", rows, LABELS, TIERS)
    assert intent.ours == pytest.approx(100 / 3)
    assert tier.ours == pytest.approx(200 / 3)


def test_grades_are_no_intents() -> None:
    rows = [row("simple", "cheap")] * 3
    (tier,) = accuracy("complexity", rows, LABELS, TIERS)
    assert tier.ours == pytest.approx(100 / 3)


def test_cost_is_that_of_prompt_context_and_answer() -> None:
    figure = cost("patterns", [row("explain", "cheap", price=1), row("debug", "smart", price=3)])
    tokens = 10 + CONTEXT_TOKENS + ANSWER_TOKENS
    assert figure.ours == pytest.approx(1000 * tokens * 2 / 1_000_000)
    assert figure.theirs == pytest.approx(
        1000 * (3 * (10 + CONTEXT_TOKENS) + 15 * ANSWER_TOKENS) / 1_000_000
    )


def test_a_choice_that_is_always_right_is_right_and_costs_what_its_tiers_cost() -> None:
    rows = rightly([Labelled("p" * 40, "explain"), Labelled("p" * 40, "debug")])
    assert [(row["tier"], row["input"], row["output"]) for row in rows] == [
        ("cheap", 0.1, 0.4),
        ("smart", 3, 15),
    ]
    assert accuracy("patterns", rows[:1], LABELS[:1], TIERS)[1].ours == 100


def test_the_labelled_prompts_are_of_all_intents_and_none_of_the_examples() -> None:
    prompts = labelled()
    counted = Counter(label.intent for label in prompts)
    assert set(counted) == set(INTENTS)
    assert min(counted.values()) >= 30
    assert len({label.prompt for label in prompts}) == len(prompts) >= 150
    examples = {example for intent in INTENTS.values() for example in intent.examples}
    assert not examples & {label.prompt for label in prompts}


def test_the_page_on_routing_has_the_figures_of_patterns(runner: RecordingRunner) -> None:
    prompts = ROOT / "tests" / "data" / "labelled_prompts.jsonl"
    mode = ("--set", "routing.auto.mode=patterns")
    rows = json.loads(call(runner, *mode, "route", "--file", str(prompts), "--json").stdout)
    tiers = {name: intent.tier for name, intent in INTENTS.items()}
    intent, tier = (round(figure.ours) for figure in accuracy("patterns", rows, labelled(), tiers))
    spent = cost("patterns", rows)
    line = f"| `patterns` | {intent} % | {tier} % | {spent.ours:.2f} | {spent.ratio:.2f}x |"
    assert line in (ROOT / "docs" / "routing.md").read_text(encoding="utf-8")
