"""Telling of programs that are run."""

from __future__ import annotations

import re

import pytest
from fakes import RecordingRunner

from ralex_stack.errors import CommandError, EngineError
from ralex_stack.runner import SystemRunner
from ralex_stack.tracing import TracingRunner, shown


def tracing(inner: RecordingRunner) -> tuple[TracingRunner, list[str]]:
    told: list[str] = []
    return TracingRunner(inner, told.append), told


def test_each_way_to_run_a_program_is_told() -> None:
    inner = RecordingRunner().on("true", stdout="line\n").on("three", code=3)
    runner, told = tracing(inner)
    heard: list[str] = []
    runner.run(["true", "a b"])
    runner.stream(["true"], heard.append)
    assert runner.interact(["three"]) == 3
    assert [re.sub(r"[\d.]+ s", "S", line) for line in told] == [
        "ran (code 0, S): true 'a b'",
        "ran (code 0, S): true",
        "ran (code 3, S): three",
    ]
    assert heard == ["line"]


def test_a_failure_is_told_and_raised() -> None:
    inner = RecordingRunner().on("false", code=1).on("none", error=EngineError("not found"))
    runner, told = tracing(inner)
    with pytest.raises(CommandError):
        runner.run(["false"])
    with pytest.raises(EngineError):
        runner.run(["none"])
    assert told[0].startswith("ran (code 1, ")
    assert told[1].startswith("ran (not started, ")


def test_real_programs_are_run() -> None:
    told: list[str] = []
    assert TracingRunner(SystemRunner(), told.append).run(["echo", "hi"]).stdout == "hi\n"
    assert told[0].endswith(": echo hi")


@pytest.mark.parametrize(
    ("argument", "expected"),
    [
        ("two\nlines", "'two lines'"),
        ("x" * 200, "'" + "x" * 120 + "…'"),
        ("sk-or-v1-0123456789abcdef0123456789abcdef", "(hidden)"),
        ("--key=sk-or-v1-0123456789abcdef0123456789abcdef", "(hidden)"),
    ],
)
def test_how_an_argument_is_shown(argument: str, expected: str) -> None:
    assert shown([argument]) == expected
