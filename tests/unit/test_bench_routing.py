"""Accuracy, latency and cost of the model `auto`, and the prompts they are of."""

from __future__ import annotations

import json
from collections import Counter
from typing import TYPE_CHECKING

import pytest
from commands import call

from bench.measures.day import Session, cost, day, default_prices
from bench.measures.routing import Labelled, Row, accuracy, added, labelled
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


def test_what_a_choice_adds_is_the_difference_of_calls_made_in_turn() -> None:
    figure = added("intent", [0.05, 0.07, 0.06], [0.04, 0.05, 0.01])
    assert figure.ours == pytest.approx(20)
    assert figure.theirs is None


def test_a_session_costs_what_all_its_calls_do_at_its_tier() -> None:
    sessions = [
        Session("p", "explain", ((1000, 100), (3000, 100))),
        Session("q", "debug", ((1, 0),)),
    ]
    figure = cost("by intent", sessions, ["cheap", "smart"])
    cheap, smart = (default_prices()[tier] for tier in ("cheap", "smart"))
    last = smart.input / 1_000_000
    assert figure.ours == pytest.approx((4000 * cheap.input + 200 * cheap.output) / 1e6 + last)
    assert figure.theirs == pytest.approx((4000 * smart.input + 200 * smart.output) / 1e6 + last)


def test_the_day_is_of_labelled_prompts_of_all_intents_and_its_sessions_grow() -> None:
    sessions = day()
    assert {(each.prompt, each.intent) for each in sessions} <= {
        (label.prompt, label.intent) for label in labelled()
    }
    assert set(Counter(each.intent for each in sessions).values()) == {8}
    for each in sessions:
        asked = [tokens for tokens, _ in each.calls]
        assert asked == sorted(asked)
        assert asked[0] >= 7750


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
    chosen = {row["prompt"]: row["tier"] for row in rows}
    spent = cost("by patterns", day(), [chosen[session.prompt] for session in day()])
    line = f"| `patterns` | {intent} % | {tier} % | {spent.ours:.2f} | {spent.ratio:.2f}x |"
    assert line in (ROOT / "docs" / "routing.md").read_text(encoding="utf-8")
