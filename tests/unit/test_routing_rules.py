"""The rules of the model `auto`: what is asked, which pattern matches, what LiteLLM decided."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from samples import settings

from ralex_stack.render.routing import rules_of
from ralex_stack.routing import decisions
from ralex_stack.routing.conversation import first_prompt
from ralex_stack.routing.rules import (
    LONGEST,
    RULES_FILE,
    Route,
    Rule,
    Rules,
    RulesError,
    by_patterns,
    load_rules,
    match,
)

TUNING = Path(__file__).parents[1] / "data" / "tuning_prompts.jsonl"
RULES = Rules(
    mode="patterns",
    default_tier="standard",
    tiers={"format": "cheap", "debug": "smart"},
    patterns=(
        Rule("format", r"\bprettier\b|\bindent", unless=r"^why\b"),
        Rule("debug", r"\bcrash"),
    ),
)


@pytest.mark.parametrize(
    ("prompt", "route"),
    [
        ("run Prettier on src", Route("cheap", "format", "pattern 1")),
        ("why does prettier crash", Route("smart", "debug", "pattern 2")),
        ("indent it, then see the crash", Route("cheap", "format", "pattern 1")),
        ("hello", Route("standard", None, "no pattern matches")),
        ("x" * LONGEST + " crash", Route("standard", None, "no pattern matches")),
    ],
)
def test_the_first_pattern_that_matches_decides(prompt: str, route: Route) -> None:
    assert by_patterns(RULES, prompt) == route


def test_a_match_tells_the_words_and_a_reason_does_not() -> None:
    found = match(RULES.patterns, "it CRASHED")
    assert found is not None
    assert (found.number, found.words) == (2, "CRASH")
    assert "crash" not in by_patterns(RULES, "it CRASHED").reason.lower()


@pytest.mark.timeout(30)
@pytest.mark.parametrize("pattern", ["(a+)+$", "(a|aa)+$", "(x?x+)+y", "(.*a){100}z"])
def test_no_pattern_holds_up_a_gateway(pattern: str) -> None:
    rules = Rules("patterns", "standard", {"debug": "smart"}, (Rule("debug", pattern),))
    for prompt in ("a" * (LONGEST - 1) + "!", "x" * LONGEST, "aax " * LONGEST):
        assert by_patterns(rules, prompt).tier == "standard"


def test_half_a_character_is_no_failure() -> None:
    assert by_patterns(RULES, "it \ud83d crashed").intent == "debug"


def test_the_default_patterns_know_the_prompts_that_they_were_made_with() -> None:
    rules = rules_of(settings({"routing": {"auto": {"mode": "patterns"}}}))
    prompts = [json.loads(line) for line in TUNING.read_text().splitlines()]
    right = sum(by_patterns(rules, row["prompt"]).intent == row["intent"] for row in prompts)
    assert right / len(prompts) > 0.95


def test_rules_are_read_as_they_were_written(tmp_path: Path) -> None:
    rules = rules_of(settings({"routing": {"auto": {"mode": "patterns"}}}))
    (tmp_path / RULES_FILE).write_text(json.dumps(rules.to_json()))
    assert load_rules(tmp_path / "litellm.yaml") == rules
    assert rules.served == {
        "tier:cheap": "cheap",
        "tier:standard": "standard",
        "tier:smart": "smart",
        "gemini-flash-lite": "cheap",
        "glm": "standard",
        "claude-sonnet": "smart",
    }


def test_without_a_file_there_are_no_rules_and_a_wrong_one_is_told(tmp_path: Path) -> None:
    assert load_rules(tmp_path / "litellm.yaml") is None
    (tmp_path / RULES_FILE).write_text('{"mode": "patterns"}')
    with pytest.raises(RulesError, match=RULES_FILE):
        load_rules(tmp_path / "litellm.yaml")


REMINDER = "<system-reminder>\nR\n</system-reminder>"
TOOL_RESULT = {"type": "tool_result", "tool_use_id": "1", "content": "crash"}


@pytest.mark.parametrize(
    ("request_", "prompt"),
    [
        ({"messages": [{"role": "system", "content": "S"}, {"role": "user", "content": "A"}]}, "A"),
        ({"messages": [{"role": "user", "content": c} for c in ("A", "B")]}, "A"),
        ({"messages": [{"role": "user", "content": '"fix\\nit"'}]}, "fix\nit"),
        ({"messages": [{"role": "user", "content": '"a" or "b"'}]}, '"a" or "b"'),
        (
            {
                "messages": [
                    {"role": "user", "content": [TOOL_RESULT]},
                    {
                        "role": "user",
                        "content": [
                            {"type": "text", "text": REMINDER},
                            {"type": "image", "source": {}},
                            {"type": "text", "text": "A"},
                        ],
                    },
                ]
            },
            "A",
        ),
        ({"input": "A"}, "A"),
        ({"input": [{"role": "user", "content": [{"type": "input_text", "text": "A"}]}]}, "A"),
        ({"messages": [{"role": "assistant", "content": "A"}]}, ""),
        ({"messages": [{"role": "user", "content": None}]}, ""),
        ({"messages": "A"}, "A"),
        ({"messages": f"{REMINDER}A{REMINDER}B"}, "AB"),
        ({"messages": "<system-reminder>" + REMINDER + "A"}, "A"),
        ({"messages": "A <system-reminder> B"}, "A <system-reminder> B"),
        ({"messages": [1, None]}, ""),
        ({}, ""),
    ],
)
def test_a_conversation_begins_with_the_first_words_of_its_user(
    request_: dict[str, Any], prompt: str
) -> None:
    assert first_prompt(request_) == prompt


@pytest.mark.timeout(30)
def test_reminders_without_an_end_hold_up_nobody() -> None:
    text = "<system-reminder>" * 100_000
    assert first_prompt({"input": text}) == text


COMPLEXITY = Rules("complexity", "standard", {"simple": "cheap", "reasoning": "smart"})
INTENT = Rules("intent", "standard", {"explain": "cheap"})


@pytest.mark.parametrize(
    ("rules", "decision", "route"),
    [
        (
            COMPLEXITY,
            {"cause": "heuristic_scorer", "tier": "SIMPLE", "score": -0.126, "signals": ["secret"]},
            Route("cheap", "simple", "complexity -0.13"),
        ),
        (
            COMPLEXITY,
            {"cause": "reasoning_override", "tier": "REASONING", "score": 0.2},
            Route("smart", "reasoning", "complexity, reasoning override 0.20"),
        ),
        (
            COMPLEXITY,
            {"cause": "default_fallback"},
            Route("standard", None, "complexity failed: default_fallback"),
        ),
        (
            INTENT,
            {"cause": "semantic_match", "routed_model": "explain"},
            Route("cheap", "explain", "nearest examples"),
        ),
        (
            INTENT,
            {"cause": "semantic_no_match", "routed_model": "tier:standard"},
            Route("standard", None, "no example is near enough"),
        ),
        (
            INTENT,
            {"cause": "semantic_error", "classifier_error_type": "Timeout"},
            Route("standard", None, "intent failed: Timeout"),
        ),
        (INTENT, None, Route("standard", None, "intent failed: LiteLLM decided nothing")),
    ],
)
def test_a_decision_of_litellm_is_a_route(
    rules: Rules, decision: dict[str, Any] | None, route: Route
) -> None:
    assert decisions.read(rules, decision) == route
