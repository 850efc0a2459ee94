"""Prompts, routes, standards and names of models: what they become."""

from __future__ import annotations

import tomllib
from typing import Any

import pytest
from old_checkouts import FIRST_ERA, encoded

from ralex_stack.legacy.importing import Imported, import_files
from ralex_stack.legacy.model_names import fate_of, name_of, upstream_of
from ralex_stack.legacy.prompts import template_of


def imported(files: dict[str, str]) -> Imported:
    return import_files(encoded(files), "/secrets")


def data(result: Imported) -> dict[str, Any]:
    return tomllib.loads(result.settings)


def test_prompts_become_agents_and_commands() -> None:
    result = imported(FIRST_ERA)
    opencode = data(result)["opencode"]
    assert opencode["agents"]["debugging"] == {
        "description": "Debugging",
        "prompt": "You are a debugging expert.",
        "model": "tier:smart",
    }
    assert opencode["agents"]["testing"]["model"] == "tier:standard"
    assert opencode["commands"]["debugging"] == {
        "description": "Debugging",
        "template": "$ARGUMENTS\n\nGive:\n1. A cause",
        "agent": "debugging",
    }
    [taken] = [
        t for t in result.report.taken if t.setting == "opencode.commands.debugging.template"
    ]
    assert taken.note == "one $ARGUMENTS in place of: language, code, error"


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("Task: {task}\n\nDo it.", "$ARGUMENTS\n\nDo it."),
        ("No parts", "$ARGUMENTS\n\nNo parts"),
        ("{a}", "$ARGUMENTS"),
        ("Code:\n```\n{code}\n```\nThen\n```\nkept\n```", "$ARGUMENTS\n\nThen\n```\nkept\n```"),
        ("Costs $1, $ARGUMENTS, !`rm x`", "$ARGUMENTS\n\nCosts $ 1, $ ARGUMENTS, ! `rm x`"),
    ],
)
def test_templates(old: str, new: str) -> None:
    assert template_of(old).text == new


def test_routes_and_patterns_are_kept_as_a_comment_in_order() -> None:
    result = imported(FIRST_ERA)
    routing = result.report.routing_auto
    assert [(p["intent"], p["pattern"]) for p in routing["patterns"]] == [
        ("debugging", "(?i)debug"),
        ("debugging", "(?i)(error|bug)"),
        ("testing", "pytest"),
        ("explanation", "(?i)(explain|describe)"),
        ("file_operations", "read file"),
    ]
    assert routing["patterns"][3]["unless"] == "(?i:(write|create))|(?:fix)"
    assert routing["intents"] == {
        "debugging": {"tier": "smart", "examples": ["a bug in my code", "debug this"]},
        "testing": {"tier": "standard"},
        "explanation": {"tier": "cheap", "examples": ["explain it"]},
        "file_operations": {"tier": "standard"},
        "review": {"tier": "smart"},
    }
    lines = result.settings.partition("# [routing.auto]")
    commented = (lines[1] + lines[2]).split("\n")
    block = "\n".join(line.removeprefix("# ").removeprefix("#") for line in commented)
    assert tomllib.loads(block) == {"routing": {"auto": routing}}
    # One that Python alone would take is no pattern of the settings either.
    broken = [d.said.value for d in result.report.dropped if "regular expression" in d.why]
    assert broken == ["(unclosed", "(?=bug)"]


def test_routes_of_both_shapes() -> None:
    flat = '{"generate": "premium"}'
    nested = '{"routing_rules": {"generate": {"default_tier": "premium", "max_cost": 1}}}'
    intents = [
        imported({"config/intent_routes.json": text}).report.routing_auto["intents"]
        for text in (flat, nested)
    ]
    assert intents == [{"generate": {"tier": "smart"}}] * 2


@pytest.mark.parametrize(
    ("text", "upstream", "name"),
    [
        (
            "openrouter/google/gemini-flash-1.5",
            "openrouter/google/gemini-flash-1.5",
            "gemini-flash-1.5",
        ),
        ("google/gemini-flash-1.5", "openrouter/google/gemini-flash-1.5", "gemini-flash-1.5"),
        ("qwen/qwen3-coder:free", "openrouter/qwen/qwen3-coder:free", "qwen3-coder-free"),
        ("claude-3-opus", "openrouter/anthropic/claude-3-opus", "claude-3-opus"),
        ("openrouter,z-ai/glm-4.6", "openrouter/z-ai/glm-4.6", "glm-4.6"),
        ("openrouter/auto", "openrouter/auto", "auto"),
        ("unheard-of", "", "model"),
        ("a b", "", "model"),
        ("", "", "model"),
    ],
)
def test_names_of_models(text: str, upstream: str, name: str) -> None:
    assert upstream_of(text) == upstream
    assert name_of(upstream) == name


@pytest.mark.parametrize(
    ("upstream", "status", "suggestion"),
    [
        ("openrouter/anthropic/claude-3.5-sonnet", "retired", "anthropic/claude-sonnet-4.5"),
        ("openrouter/google/gemini-1.5-flash", "never", "google/gemini-2.5-flash-lite"),
        ("openrouter/z-ai/glm-4.6", "known", ""),
        ("openrouter/somebody/unheard-of", "unknown", "z-ai/glm-4.6"),
    ],
)
def test_fates_of_models(upstream: str, status: str, suggestion: str) -> None:
    fate = fate_of(upstream)
    assert fate is not None
    assert fate.status == status
    assert fate.suggestion.endswith(suggestion)


def test_retired_models_are_told_with_a_suggestion_in_report_and_settings() -> None:
    result = imported(FIRST_ERA)
    assert {(m.upstream.rpartition("/")[2], m.status) for m in result.report.models} == {
        ("mistral-7b-instruct-v0.2", "retired"),
        ("gemini-1.5-flash", "never"),
        ("claude-3-sonnet-20240229", "never"),
    }
    assert (
        '# upstream = "openrouter/anthropic/claude-sonnet-4.5"\n[models.claude-3' in result.settings
    )


def test_standards_are_taken_and_orders_put_aside() -> None:
    result = imported(FIRST_ERA)
    assert set(result.files) == {
        "agent-os/standards/python.md",
        "agent-os/standards/instructions-testing.md",
        "agent-os/put-aside/instructions-continuous-push.md",
        "agent-os/put-aside/git-workflow.md",
    }
    assert result.files["agent-os/standards/python.md"] == FIRST_ERA["agent_os/standards/python.md"]
    aside = result.files["agent-os/put-aside/git-workflow.md"]
    assert aside.startswith("<!-- Put aside: line 5 orders pushes at intervals.")
    assert {entry.said.place.line for entry in result.report.put_aside} == {3, 6}
    assert any("put-aside" in step for step in result.report.next)


def test_the_later_standards_win_over_the_first() -> None:
    files = {"agent_os/standards/a.md": "old\n", ".agent-os/standards/a.md": "new\n"}
    result = imported(files)
    assert result.files == {"agent-os/standards/a.md": "new\n"}
    [conflict] = result.report.conflicts
    assert conflict.taken.place.file == ".agent-os/standards/a.md"
