"""One headless turn, read from OpenCode's events."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ralex_stack.turn import Turn

REJECTED = "The user rejected permission to use this specific tool call."
RULE = "The user has specified a rule which prevents you from using this specific tool call."


def turn_of(*events: Any) -> Turn:
    turn = Turn(answer=lambda _: None, note=lambda _: None)
    for event in events:
        turn.hear(event if isinstance(event, str) else json.dumps(event))
    return turn


def tool(name: str, error: str = "", **inputs: Any) -> dict[str, Any]:
    state = {"input": inputs, **({"error": error} if error else {})}
    return {"type": "tool_use", "sessionID": "ses_1", "part": {"tool": name, "state": state}}


def text(value: str) -> dict[str, Any]:
    return {"type": "text", "sessionID": "ses_1", "part": {"text": value}}


def test_a_turn_that_worked() -> None:
    turn = turn_of(
        tool("write", filePath="hello.py"),
        {"type": "step_finish", "part": {"cost": 0.25, "tokens": {"total": 10}}},
        text("done"),
        {"type": "step_finish", "part": {"cost": 0.5, "tokens": {"total": 7}}},
    )
    assert turn.problem(0, "") is None
    assert turn.to_json(None) == {
        "ok": True,
        "problem": None,
        "code": None,
        "session": "ses_1",
        "text": "done",
        "tools": [{"tool": "write", "about": "hello.py", "error": None}],
        "refused": [],
        "cost": 0.75,
        "tokens": 17,
    }


@pytest.mark.parametrize("refusal", [REJECTED, RULE])
def test_a_refused_permission_fails_the_turn_although_opencode_ends_with_0(refusal: str) -> None:
    turn = turn_of(tool("bash", refusal, command="rm -rf /\necho"), text("I may not do that"))
    assert turn.problem(0, "") == "a permission was refused: bash: rm -rf /\necho"
    assert turn.to_json("x")["refused"] == ["bash: rm -rf /\necho"]


def test_a_tool_that_failed_and_was_tried_again_is_no_failure() -> None:
    turn = turn_of(tool("bash", "exit code 1", command="make"), tool("bash", command="make all"))
    assert turn.problem(0, "") is None


@pytest.mark.parametrize(
    ("event", "message"),
    [
        ({"error": {"name": "APIError", "data": {"message": "no credits"}}}, "no credits"),
        ({"error": {"name": "APIError"}}, "APIError"),
        ({"error": "broken"}, "broken"),
        ({"error": {}}, "unknown error"),
        ({}, "unknown error"),
    ],
)
def test_an_error_fails_the_turn(event: dict[str, Any], message: str) -> None:
    turn = turn_of({"type": "error", **event}, text("partly"))
    assert turn.problem(0, "") == f"the turn failed: {message}"


def test_a_code_other_than_0_fails_the_turn() -> None:
    assert turn_of(text("hi")).problem(3, "no such container\n") == (
        "OpenCode ended with code 3: no such container"
    )


def test_silence_fails_the_turn() -> None:
    assert turn_of().problem(0, "") == "the turn ended without an answer"


def test_what_people_see() -> None:
    answers: list[str] = []
    notes: list[str] = []
    turn = Turn(answers.append, notes.append)
    for line in (
        json.dumps(text("hello")),
        "not JSON",
        json.dumps(tool("bash", "no", command="ls\nx")),
    ):
        turn.hear(line)
    assert answers == ["hello"]
    assert notes == ["not JSON", "✗ bash ls"]


values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3)
    ),
    max_leaves=6,
)
KINDS = ("text", "tool_use", "step_finish", "error", "other")


@given(
    st.sampled_from(KINDS), st.dictionaries(st.sampled_from(["part", "error", "sessionID"]), values)
)
def test_events_of_any_form_are_taken_in(kind: str, rest: dict[str, Any]) -> None:
    turn = turn_of({"type": kind, **rest})
    assert isinstance(turn.to_json(turn.problem(0, "")), dict)


@given(st.text() | values.map(json.dumps))
def test_lines_of_any_form_are_taken_in(line: str) -> None:
    assert turn_of(line).problem(0, "") is not None


def test_words_that_the_gateway_broke_up_are_whole() -> None:
    message = "model 4\u206029 is gone"
    turn = turn_of({"type": "error", "error": {"data": {"message": message}}})
    assert turn.problem(0, "") == "the turn failed: model 429 is gone"
