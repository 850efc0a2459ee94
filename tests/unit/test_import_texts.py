"""Prompts, routes, standards and names of models: what they become."""

from __future__ import annotations

import tomllib
from typing import Any

import pytest
from old_checkouts import FIRST_ERA, encoded

from ralex_stack.legacy.importing import Imported, import_files
from ralex_stack.legacy.model_names import FATES, fate_of, name_of, upstream_of
from ralex_stack.legacy.prompts import template_of
from ralex_stack.settings.defaults import MODELS


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
        ("openrouter/openai/gpt-3.5-turbo:free", "retired", "google/gemini-2.5-flash-lite"),
        ("anthropic/claude-3-opus-20240229", "retired", "anthropic/claude-sonnet-4.5"),
        ("gemini/gemini-1.5-pro", "retired", "anthropic/claude-sonnet-4.5"),
    ],
)
def test_fates_of_models(upstream: str, status: str, suggestion: str) -> None:
    fate = fate_of(upstream)
    assert fate is not None
    assert fate.status == status
    assert fate.suggestion.endswith(suggestion)


def test_models_of_other_providers_are_not_judged() -> None:
    assert fate_of("ollama/qwen3:8b") is None


def test_what_is_suggested_is_a_model_of_the_default_settings() -> None:
    defaults = {model.upstream for model in MODELS.values()}
    unknown = fate_of("openrouter/somebody/mini-1")
    assert unknown is not None
    assert unknown.suggestion.split()[-1] in defaults
    assert {fate.suggestion for fate in FATES.values()} <= defaults
    assert not FATES.keys() & {str(upstream).removeprefix("openrouter/") for upstream in defaults}


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
