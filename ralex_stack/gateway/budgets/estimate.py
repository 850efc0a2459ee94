"""What a call costs at most, before it is made."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ralex_stack.gateway.budgets.policy import NANO

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from ralex_stack.gateway.budgets.policy import Rates

BYTES_PER_TOKEN = 2
"""Fewer than any tokenizer in use needs on average for code and text (about 3 to 4)."""

TOKENS_PER_PICTURE = 2_000
"""More than providers count for one (OpenAI to 1,105, Anthropic about 1,600, Gemini to 1,806)."""

OVERHEAD_TOKENS = 200
"""What providers put around messages and tools."""

ANSWER_PARAMETERS = ("max_completion_tokens", "max_output_tokens", "max_tokens")
"""Where the APIs have the limit of an answer."""

_PROMPT = (
    "messages",
    "system",
    "input",
    "instructions",
    "prompt",
    "tools",
    "functions",
    "response_format",
    "text",
)
_REMEMBERED = ("previous_response_id", "conversation")
"""Parameters by which a provider adds to the prompt what it has kept."""

_PICTURES = ("data:image/", "http://", "https://")
_PICTURE_KEYS = ("url", "image_url", "data", "file_data")


@dataclass(frozen=True)
class Size:
    """Of a request, whatever model it goes to; in tokens."""

    prompt: int | None
    """None where a provider adds to it what it has kept."""
    answer: int | None
    """The limit of an answer that the request sets."""
    answers: int = 1

    def nano(self, rates: Rates) -> int:
        """The most that it can cost at a model, in billionths of a US dollar, rounded up."""
        # A provider refuses what is longer than the context.
        prompt = rates.context if self.prompt is None else min(self.prompt, rates.context)
        answer = rates.longest_answer if self.answer is None else self.answer
        usd = prompt * rates.input + answer * self.answers * rates.output
        return math.ceil(usd * NANO)


def measure(request: Mapping[str, Any]) -> Size:
    """Size of a request of any of the APIs; an embedding has no answer that is paid for."""
    remembered = any(request.get(name) for name in _REMEMBERED)
    counted = math.ceil(sum(_tokens(request.get(name)) for name in _PROMPT)) + OVERHEAD_TOKENS
    asked = [_whole(request.get(name)) for name in ANSWER_PARAMETERS]
    return Size(
        prompt=None if remembered else counted,
        answer=max((limit for limit in asked if limit is not None), default=None),
        answers=max(1, _whole(request.get("n")) or 1),
    )


def _whole(value: Any) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def _tokens(value: Any) -> float:
    """Of a text, or of all that is in a part of a request, names of fields included."""
    return sum(_of_one(key, text) for key, text in _texts(value))


def _of_one(key: str, text: str) -> float:
    if key in _PICTURE_KEYS and text.startswith(_PICTURES):
        return TOKENS_PER_PICTURE
    # Characters first: encoding a long prompt takes time that all other calls wait for.
    size = len(text) if text.isascii() else len(text.encode(errors="replace"))
    return size / BYTES_PER_TOKEN


def _texts(value: Any, key: str = "") -> Iterator[tuple[str, str]]:
    waiting = [(key, value)]
    while waiting:
        key, value = waiting.pop()
        if isinstance(value, str):
            yield key, value
        elif isinstance(value, dict):
            waiting += [(str(name), inner) for name, inner in value.items()]
            yield "", "".join(map(str, value)) + "x" * len(value)
        elif isinstance(value, list):
            waiting += [(key, inner) for inner in value]
        elif value is not None:
            yield "", str(value)
