"""By which id a provider knows a streamed answer, as soon as LiteLLM sees it.

LiteLLM has no hook for that. OpenRouter tells it in the header `X-Generation-Id` before the first
piece, which can be long in coming, and in each piece of chat completions. A client that hangs up
leaves the id as all that is known of what its call cost.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from litellm.litellm_core_utils.streaming_handler import CustomStreamWrapper
from litellm.responses.streaming_iterator import BaseResponsesAPIStreamingIterator

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping


_HEADER = "x-generation-id"


def tell(hear: Callable[[str], None]) -> None:
    """Have `hear` told of each id, in the context of the call; of a fallback's after the first."""
    stream, responses = CustomStreamWrapper, BaseResponsesAPIStreamingIterator
    stream.__init__ = telling_header(stream.__init__, "_response_headers", hear)
    stream.chunk_creator = telling_piece(stream.chunk_creator, hear)
    responses.__init__ = telling_header(responses.__init__, "response", hear)


def telling_header(original: Any, attribute: str, hear: Callable[[str], None]) -> Any:
    """LiteLLM's method that takes a provider's answer, and keeps it or its headers."""

    def __init__(self: Any, *arguments: Any, **named: Any) -> None:  # noqa: N807
        original(self, *arguments, **named)
        kept = getattr(self, attribute, None)
        headers: Mapping[str, str] = getattr(kept, "headers", kept) or {}
        # Those of a dictionary are as they came.
        found = next((value for name, value in headers.items() if name.lower() == _HEADER), None)
        if found:
            hear(found)

    return __init__


def telling_piece(original: Any, hear: Callable[[str], None]) -> Any:
    """LiteLLM's method that takes a piece of an answer, of which the first has the id."""

    def chunk_creator(self: Any, chunk: Any) -> Any:
        if not self.sent_first_chunk and isinstance(found := getattr(chunk, "id", None), str):
            hear(found)
        return original(self, chunk)

    return chunk_creator
