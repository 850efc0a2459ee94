"""Whether a stream came to its end."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from ralex_stack.gateway.streams import Progress

if TYPE_CHECKING:
    from ralex_stack.gateway.apis import ApiName

CHAT_WORDS = b'data: {"choices":[{"delta":{"content":"hi"},"finish_reason":null}]}\n\n'
CHAT_END = b'data: {"choices":[{"delta":{},"finish_reason":"stop"}]}\n\n'
QUOTED = b'data: {"choices":[{"delta":{"content":"\\"finish_reason\\": \\"stop\\""}}]}\n\n'
ERROR = b'data: {"error": {"message": "gone"}}\n\n'


def progress(api: ApiName, *pieces: bytes) -> Progress:
    made = Progress(api)
    for piece in pieces:
        made.feed(piece)
    return made


@pytest.mark.parametrize(
    ("api", "pieces"),
    [
        ("chat", [CHAT_WORDS, CHAT_END]),
        ("chat", [CHAT_WORDS, CHAT_END[:50], CHAT_END[50:]]),
        ("chat", [CHAT_WORDS, ERROR]),
        ("messages", [b'event: message_stop\ndata: {"type": "message_stop"}\n\n']),
        ("messages", [b'event: error\ndata: {"type": "error"}\n\n']),
        ("responses", [b'data: {"type":"response.completed","response":{}}\n\n']),
        ("responses", [b'data: {"type":"response.failed","response":{}}\n\n']),
        ("embeddings", [b"{}"]),
    ],
)
def test_streams_that_end(api: ApiName, pieces: list[bytes]) -> None:
    assert not progress(api, *pieces).breaks_off


@pytest.mark.parametrize(
    ("api", "pieces"),
    [
        ("chat", []),
        ("chat", [CHAT_WORDS, b"data: [DONE]\n\n"]),
        ("chat", [QUOTED]),
        ("messages", [b'data: {"type": "content_block_stop"}\n\n']),
        ("responses", [b'data: {"type":"response.output_text.delta"}\n\n']),
    ],
)
def test_streams_that_break_off(api: ApiName, pieces: list[bytes]) -> None:
    assert progress(api, *pieces).breaks_off


def test_a_failure_that_was_told_is_one() -> None:
    assert progress("chat", ERROR).has_failed
    assert not progress("chat", CHAT_END).has_failed
