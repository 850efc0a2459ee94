"""Texts that OpenCode repeats a call for, and what is made of them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ralex_stack.gateway.repeats import FINAL_STATUS, WORD_JOINER, is_repeated, made_final

SAID = [
    "model claude-429 is gone",
    "used 15000 tokens, request req_50277429",
    "Rate limit reached",
    "rate_limit_error",
    "Too Many Requests",
    "Internal Server Error",
    "the server_error of the provider",
    "Provider returned error",
    "Connection error.",
    "Request timed out",
    "timeout",
    "please try again later",
    "RESOURCE_EXHAUSTED",
    "no provider available, all are unavailable",
]


@pytest.mark.parametrize("text", SAID)
def test_what_is_repeated_is_no_more_and_looks_the_same(text: str) -> None:
    assert is_repeated(400, text)
    final = made_final(text)
    assert not is_repeated(400, final)
    assert final.replace(WORD_JOINER, "") == text


@pytest.mark.parametrize("text", ["no auth credentials found", "insufficient credits", ""])
def test_other_texts_stay_as_they_are(text: str) -> None:
    assert made_final(text) == text


@given(st.lists(st.sampled_from([*SAID, "4", "2", "9", " ", "rate", "limit"])).map("".join))
def test_no_text_is_repeated(text: str) -> None:
    assert not is_repeated(FINAL_STATUS, made_final(text))


@pytest.mark.timeout(10)
@pytest.mark.parametrize("text", ["429", "50429", "502 Bad ", "rate limit", "too many requests"])
def test_a_long_text_takes_no_longer_by_its_square(text: str) -> None:
    long = text * 40_000
    final = made_final(long)
    assert not is_repeated(FINAL_STATUS, final)
    assert final.replace(WORD_JOINER, "") == long


@pytest.mark.parametrize("status", [408, 409, 413, 429, 500, 502, 503, 504, 529])
def test_statuses_that_are_repeated(status: int) -> None:
    assert is_repeated(status, "")


@pytest.mark.parametrize("status", [400, 401, 402, 403, 404, 422, FINAL_STATUS])
def test_statuses_that_are_shown_at_once(status: int) -> None:
    assert not is_repeated(status, "")
