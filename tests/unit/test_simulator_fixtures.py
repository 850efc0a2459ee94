"""The simulator's fixtures as data; that they work is shown by the integration tests."""

import json
from pathlib import Path
from typing import Any

import pytest

DIRECTORY = Path(__file__).parents[2] / "stack" / "simulator" / "fixtures"
TOOLS = {
    "write": {"filePath", "content"},
    "read": {"filePath"},
    "edit": {"filePath", "oldString", "newString", "replaceAll"},
    "bash": {"command", "description"},
}
"""Arguments that OpenCode's tools take, as far as the fixtures use them."""


def load() -> list[dict[str, Any]]:
    """Every fixture, in the order in which the simulator tries them."""
    files = sorted(DIRECTORY.glob("*.json"))
    return [fixture for file in files for fixture in json.loads(file.read_text())["fixtures"]]


FIXTURES = load()
FAULTS = [f for f in FIXTURES if f["match"].get("model", "").startswith("simulator/")]
ANSWERS = [f["response"] for f in FIXTURES if "error" not in f["response"]]
CALLS = [call for answer in ANSWERS for call in answer.get("toolCalls", [])]


def test_only_the_last_fixture_matches_every_chat() -> None:
    catch_all = {"endpoint": "chat"}
    assert [fixture["match"] for fixture in FIXTURES].index(catch_all) == len(FIXTURES) - 1


def test_no_text_is_the_answer_to_an_embedding() -> None:
    matches = [f["match"] for f in FIXTURES if "error" not in f["response"]]
    assert not [
        m for m in matches if not {"endpoint", "userMessage", "systemMessage", "model"} & set(m)
    ]


def test_every_answer_says_what_it_used() -> None:
    for answer in ANSWERS:
        usage = answer["usage"]
        assert usage["total_tokens"] == usage["prompt_tokens"] + usage["completion_tokens"] > 0


def test_every_answer_has_a_cost_except_those_priced_by_the_settings() -> None:
    free = [f["match"] for f in FIXTURES if f["response"].get("usage", {}).get("cost", 1) == 0]
    unpriced = [
        fixture["match"]["userMessage"]
        for fixture in FIXTURES
        if "usage" in fixture["response"] and "cost" not in fixture["response"]["usage"]
    ]
    assert (free, unpriced) == ([], ["count to 2000", "count slowly to 100"])


def test_every_call_is_told_apart_by_its_id() -> None:
    ids = [call["id"] for call in CALLS]
    assert len(ids) == len(set(ids))


@pytest.mark.parametrize("call", CALLS, ids=lambda call: call["id"])
def test_every_call_has_arguments_that_opencode_takes(call: dict[str, Any]) -> None:
    assert set(call["arguments"]) <= TOOLS[call["name"]]


def test_every_result_that_is_waited_for_comes_from_a_call() -> None:
    waited = {f["match"]["toolCallId"] for f in FIXTURES if "toolCallId" in f["match"]}
    assert waited <= {call["id"] for call in CALLS}


def test_the_last_call_of_every_answer_is_waited_for() -> None:
    waited = {f["match"]["toolCallId"] for f in FIXTURES if "toolCallId" in f["match"]}
    last = {answer["toolCalls"][-1]["id"] for answer in ANSWERS if "toolCalls" in answer}
    assert last == waited


def test_every_prompt_that_calls_a_tool_has_a_title() -> None:
    prompts = {f["match"]["userMessage"] for f in FIXTURES if "toolName" in f["match"]}
    titles = {f["match"]["userMessage"] for f in FIXTURES if set(f["match"]) == {"userMessage"}}
    assert prompts <= titles


def test_the_default_answer_names_the_prompts() -> None:
    default = FIXTURES[-1]["response"]["content"]
    prompts = {f["match"]["userMessage"] for f in FIXTURES if "toolName" in f["match"]}
    assert {p for p in prompts if p not in default} == {"read /etc/hostname"}


@pytest.mark.parametrize(
    ("model", "status"),
    [
        ("rate-limited", 429),
        ("broken", 500),
        ("unavailable", 503),
        ("refused-key", 401),
        ("out-of-credit", 402),
    ],
)
def test_a_faulty_model_answers_with_its_status(model: str, status: int) -> None:
    fault = next(f for f in FAULTS if f["match"]["model"] == f"simulator/{model}")
    assert fault["response"]["status"] == status


def test_faults_are_tried_before_everything_else() -> None:
    assert FIXTURES[: len(FAULTS)] == FAULTS
