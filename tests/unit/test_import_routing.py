"""Old routes and patterns as the model `auto`: the same prompt has the same tier."""

from __future__ import annotations

import json
import re
import tomllib
from typing import TYPE_CHECKING, Any

import commands
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from old_checkouts import ERAS, FIRST_ERA, LITELLM_ERA, encoded, write_checkout

from ralex_stack.legacy.importing import Imported, import_files
from ralex_stack.routing.rules import Rule, match
from ralex_stack.settings.load import problems_of

if TYPE_CHECKING:
    from pathlib import Path

    from fakes import RecordingRunner

ROUTES = "config/intent_routes.json"
RULES = "config/pattern_rules.json"


def imported(files: dict[str, str]) -> Imported:
    return import_files(encoded(files), "/secrets")


def auto(files: dict[str, str]) -> dict[str, Any]:
    data = tomllib.loads(imported(files).settings)
    assert problems_of(data) == []
    return dict(data["routing"]["auto"])


def tier(section: dict[str, Any], prompt: str) -> str:
    """What the gateway chooses by these settings."""
    found = match([Rule(**rule) for rule in section["patterns"]], prompt)
    intents = section["intents"]
    return str(intents[found.rule.intent]["tier"] if found else section["default_tier"])


def test_patterns_are_in_the_order_of_their_scores() -> None:
    section = auto(FIRST_ERA)
    assert [(p["intent"], p["pattern"]) for p in section["patterns"]] == [
        ("debug", "(?i)debug"),
        ("debug", "(?i)(error|bug)"),
        ("testing", "pytest"),
        ("file_operations", "read file"),
        ("explain", "(?i)(explain|describe)"),
        ("explain", "(?i)(explain|describe)"),
    ]
    unless = [p.get("unless") for p in section["patterns"]]
    assert unless == [None] * 4 + ["(?i:(write|create))|(?:fix)", None]
    assert section["mode"] == "patterns"
    assert section["default_tier"] == "standard"
    assert section["intents"] == {
        "debug": {"tier": "smart", "examples": ["a bug in my code", "debug this"]},
        "testing": {"tier": "standard"},
        "explain": {"tier": "cheap", "examples": ["explain it"]},
        "file_operations": {"tier": "standard"},
        "generate": {"tier": "standard"},
        "review": {"tier": "smart"},
    }


@pytest.mark.parametrize(
    ("era", "prompt", "wanted"),
    [
        ("first", "there is a bug in the parser", "smart"),
        ("first", "Describe this module", "cheap"),
        ("first", "read file a.txt", "standard"),
        ("first", "good morning", "standard"),
        ("litellm", "fix the typo", "cheap"),
        ("litellm", "refactor the parser", "smart"),
    ],
)
def test_the_program_explains_the_tier_offline(
    runner: RecordingRunner, tmp_path: Path, era: str, prompt: str, wanted: str
) -> None:
    commands.call(runner, "import", str(write_checkout(tmp_path / "old", ERAS[era])))
    [row] = json.loads(commands.call(runner, "route", prompt, "--json").stdout)
    assert row["tier"] == wanted
    assert runner.asked("docker", "run") == []


ROUTE_OF = {
    "code_generation": "generate",
    "code_editing": "edit",
    "debugging": "debug",
    "optimization": "optimize",
    "explanation": "explain",
    "documentation": "explain",
    "general_query": "explain",
    "testing": "",
}
"""As the old program had it; written apart from what is tested, so that a slip there shows."""
words = st.sampled_from(["fix", "bug", "make"])
intents = st.sampled_from(["debugging", "explanation", "documentation", "testing", "own"])
tiers = st.sampled_from(["cheap", "standard", "premium"])
rule = st.fixed_dictionaries(
    {
        "patterns": st.lists(
            st.fixed_dictionaries(
                {"regex": words}, optional={"confidence": st.sampled_from([0.6, 0.75, 0.95])}
            ),
            max_size=3,
        )
    },
    optional={
        "priority": st.sampled_from([50, 65, 70, 95]),
        "negative_patterns": st.lists(words, max_size=1),
    },
)


def old_tier(rules: dict[str, Any], routes: dict[str, str], prompt: str) -> str:
    """What old Ralex's own code made of the same files, but for no match: its fallback."""
    best, highest = "general_query", 0.0
    for intent, given_rule in rules.items():
        sure = max(
            (
                pattern.get("confidence", 0.7)
                for pattern in given_rule["patterns"]
                if re.search(pattern["regex"], prompt)
            ),
            default=0.0,
        )
        if not sure:
            continue
        for negative in given_rule.get("negative_patterns", []):
            sure *= 0.7 if re.search(negative, prompt) else 1
        sure += (given_rule.get("priority", 50) - 50) / 100
        if sure > highest:
            best, highest = intent, sure
    named = ROUTE_OF.get(best, best)
    found = routes.get(best) or routes.get(named) or (named and routes.get("default")) or "standard"
    return "smart" if found == "premium" else found


@settings(max_examples=300, deadline=None, derandomize=True)
@given(
    st.dictionaries(intents, rule, min_size=2),
    st.dictionaries(st.sampled_from(["debug", "explain", "documentation", "default"]), tiers),
    st.lists(words, min_size=1, max_size=4).map(" ".join),
)
def test_a_prompt_has_the_tier_that_it_had(
    rules: dict[str, Any], routes: dict[str, str], prompt: str
) -> None:
    logic = {"fallback_intent": "general_query"}
    texts = {
        RULES: json.dumps({"pattern_classification_rules": rules, "classification_logic": logic}),
        ROUTES: json.dumps(routes),
    }
    data = tomllib.loads(imported(texts).settings)
    if "routing" in data:
        section = {"patterns": [], **data["routing"]["auto"]}
        assert tier(section, prompt) == old_tier(rules, routes, prompt)


def test_routes_alone_go_with_the_patterns_that_are_there_anyway() -> None:
    flat = '{"generate": "premium", "default": "cheap"}'
    nested = (
        '{"routing_rules": {"code_generation": {"default_tier": "premium", "max_cost": 1},'
        ' "default": {"default_tier": "cheap"}}}'
    )
    wanted = {
        "mode": "patterns",
        "default_tier": "cheap",
        "intents": {"generate": {"tier": "smart"}},
    }
    assert [auto({ROUTES: text}) for text in (flat, nested)] == [wanted] * 2


def test_intents_of_one_name_and_two_tiers_stay_apart() -> None:
    routes = '{"explain": "cheap", "documentation": "premium"}'
    section = auto({ROUTES: routes, RULES: '{"explanation": {"patterns": ["what"]}}'})
    assert {name: one["tier"] for name, one in section["intents"].items()} == {
        "explanation": "cheap",
        "explain": "cheap",
        "documentation": "smart",
    }


def test_the_patterns_of_one_file_hold_and_the_others_are_a_conflict() -> None:
    other = "routing_rules:\n- {pattern: urgent, model: smart}\n"
    files = {**FIRST_ERA, **LITELLM_ERA, "b/litellm_config.yaml": other}
    report = imported(files).report
    assert [p["pattern"] for p in report.routing_auto["patterns"]] == ["fix|typo", "refactor"]
    [conflict] = [c for c in report.conflicts if c.setting == "routing.auto.patterns"]
    assert (conflict.taken.value, conflict.taken.place.file) == (
        "(2 patterns)",
        "litellm_budget_config.yaml",
    )
    assert {(said.value, said.place.file) for said in conflict.lost} == {
        ("(1 pattern)", "b/litellm_config.yaml"),
        ("(5 patterns)", RULES),
    }
    dropped = {d.said.value for d in report.dropped if "patterns of litellm_budget" in d.why}
    assert {"urgent", "pytest", "explain it"} <= dropped


def test_a_pattern_for_a_model_makes_a_tier_of_it() -> None:
    text = """model_list:
- {model_name: big, litellm_params: {model: openrouter/z-ai/glm-4.6}}
routing_rules:
- {pattern: hard, model: big}
- {pattern: odd, model: nobody}
"""
    result = imported({"litellm.yaml": text})
    data = tomllib.loads(result.settings)
    assert data["tiers"]["big"] == {"models": ["big"]}
    assert data["routing"]["auto"]["patterns"] == [{"intent": "big", "pattern": "hard"}]
    [lost] = [d for d in result.report.dropped if d.said.value == "odd"]
    assert lost.why.startswith('"nobody" is the name of no tier')


def test_a_model_called_auto_stays_and_auto_is_off() -> None:
    text = """model_list:
- {model_name: auto, litellm_params: {model: openrouter/auto}}
routing_rules:
- {pattern: hard, model: smart}
"""
    result = imported({"litellm.yaml": text})
    data = tomllib.loads(result.settings)
    assert problems_of(data) == []
    assert "auto" in data["models"]
    assert data["routing"]["auto"]["mode"] == "off"
    assert any("rename the model" in step for step in result.report.next)


@pytest.mark.parametrize(
    ("negative", "unless", "dropped"),
    [
        (["(?i)a", "b"], "(?i:a)|(?:b)", []),
        (["a", r"(b)\1"], "(?:a)", [r"(b)\1"]),
        (["(open", "b"], "(?:b)", ["(open"]),
    ],
)
def test_negative_patterns_are_one_expression(
    negative: list[str], unless: str, dropped: list[str]
) -> None:
    text = json.dumps({"testing": {"patterns": ["t"], "negative_patterns": negative}})
    result = imported({RULES: text})
    patterns = tomllib.loads(result.settings)["routing"]["auto"]["patterns"]
    assert [p.get("unless") for p in patterns] == [unless, None]
    assert [d.said.value for d in result.report.dropped] == dropped


def test_a_pattern_that_the_settings_would_refuse_is_told() -> None:
    """Also one that Python alone would take."""
    broken = [d for d in imported(FIRST_ERA).report.dropped if "regular expression" in d.why]
    assert [each.said.value for each in broken] == ["(unclosed", "(?=bug)"]
