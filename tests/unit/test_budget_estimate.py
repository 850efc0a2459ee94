"""What a call costs at most."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ralex_stack.gateway.budgets.estimate import (
    OVERHEAD_TOKENS,
    TOKENS_PER_PICTURE,
    Size,
    measure,
)
from ralex_stack.gateway.budgets.policy import Rates

USD = 1_000_000_000
RATES = Rates(("p",), input=0.001, output=0.01, longest_answer=100, context=10_000)


def message(content: Any) -> dict[str, Any]:
    return {"messages": [{"role": "user", "content": content}]}


def tokens(request: dict[str, Any]) -> int:
    counted = measure(request).prompt
    assert counted is not None
    return counted


@pytest.mark.parametrize(
    ("size", "expected"),
    [
        (Size(prompt=1000, answer=50), 1 * USD + USD // 2),
        (Size(prompt=1000, answer=None), 1 * USD + 1 * USD),
        (Size(prompt=1000, answer=50, answers=4), 1 * USD + 2 * USD),
        # A provider refuses what is longer than the context, and may fill it with what it kept.
        (Size(prompt=99_999, answer=0), 10 * USD),
        (Size(prompt=None, answer=0), 10 * USD),
    ],
)
def test_a_call_costs_at_most_its_prompt_and_the_longest_answer(size: Size, expected: int) -> None:
    assert size.nano(RATES) == expected


def test_what_costs_nothing_holds_nothing() -> None:
    assert Size(prompt=10_000, answer=None).nano(Rates(("local",))) == 0


@pytest.mark.parametrize(
    ("request_", "answer", "answers"),
    [
        ({"max_tokens": 7}, 7, 1),
        ({"max_completion_tokens": 8, "n": 3}, 8, 3),
        ({"max_output_tokens": 9}, 9, 1),
        ({"max_tokens": 7, "max_completion_tokens": 9}, 9, 1),
        ({"max_tokens": None}, None, 1),
        ({"max_tokens": "7", "n": True}, None, 1),
        ({"n": 0}, None, 1),
    ],
)
def test_limits_of_answers_are_those_of_the_request(
    request_: dict[str, Any], answer: int | None, answers: int
) -> None:
    size = measure(request_)
    assert (size.answer, size.answers) == (answer, answers)


@pytest.mark.parametrize("text", ["x" * 3000, "def f(x):\n    return x\n" * 100, "漢字" * 500])
@pytest.mark.parametrize(
    "wrapped",
    [
        message,
        lambda text: message([{"type": "text", "text": text}]),
        lambda text: {"system": text, **message("hi")},
        lambda text: {"input": text},
        lambda text: {
            "input": [{"role": "user", "content": [{"type": "input_text", "text": text}]}]
        },
        lambda text: {"instructions": text, "input": "hi"},
        lambda text: {**message("hi"), "tools": [{"function": {"description": text}}]},
        lambda text: {**message("hi"), "tools": [{"function": {"parameters": {text: {}}}}]},
        lambda text: {"messages": [{"role": "assistant", "tool_calls": [{"arguments": text}]}]},
    ],
)
def test_text_counts_wherever_it_stands(text: str, wrapped: Any) -> None:
    assert tokens(wrapped(text)) >= len(text.encode()) / 2


@pytest.mark.parametrize(
    "part",
    [
        {"type": "image_url", "image_url": {"url": "data:image/png;base64," + "A" * 100_000}},
        {"type": "input_image", "image_url": "data:image/png;base64," + "A" * 100_000},
        {"type": "image_url", "image_url": {"url": "https://example.com/a.png"}},
    ],
)
def test_a_picture_counts_as_one_however_large_it_is(part: dict[str, Any]) -> None:
    counted = tokens(message([part]))
    assert TOKENS_PER_PICTURE <= counted < TOKENS_PER_PICTURE + OVERHEAD_TOKENS + 100


@pytest.mark.parametrize("name", ["previous_response_id", "conversation"])
def test_what_a_provider_remembers_is_not_known(name: str) -> None:
    assert measure({"input": "hi", name: "x"}).prompt is None


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
        lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    )
)
def test_any_request_has_a_size(value: Any) -> None:
    assert tokens({"messages": value, "n": value, "max_tokens": value}) >= OVERHEAD_TOKENS
