"""Streams that a provider ends without `finish_reason` are failures.

LiteLLM 1.106 gives each of them a `finish_reason` of its own, `stop`, so that half an answer passes
for a whole one, and half a tool call for a tool call. It has no setting and no hook for that: when
a hook sees the last piece, the made-up end looks like a provider's. So the one method that makes
it up is asked to fail there. LiteLLM then does what it does for any stream that breaks off:
it asks a fallback, tells the client, and accounts for a failed call with the tokens that came.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from litellm.exceptions import APIConnectionError
from litellm.litellm_core_utils.streaming_handler import CustomStreamWrapper

from ralex_stack.gateway.refusals import BROKEN_OFF

if TYPE_CHECKING:
    from collections.abc import Callable

_MOCK = "mock_completion_streaming_obj"
"""Name of LiteLLM's generators of such answers; the asynchronous one has a prefix."""


def tell() -> None:
    """Make LiteLLM fail where it would make up an end."""
    CustomStreamWrapper.finish_reason_handler = failing(CustomStreamWrapper.finish_reason_handler)


def failing(original: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """LiteLLM's method, which only writes down the end that a provider sent."""

    def finish_reason_handler(stream: Any) -> Any:
        told = stream.received_finish_reason or stream.intermittent_finish_reason
        if told is None and not is_mock(stream):
            stream._log_stream_failure_and_raise(broken_off(stream))
        return original(stream)

    return finish_reason_handler


def is_mock(stream: Any) -> bool:
    """Whether LiteLLM itself plays the answer (`mock_response`), which never has an end."""
    return str(getattr(stream.completion_stream, "__name__", "")).endswith(_MOCK)


def broken_off(stream: Any) -> APIConnectionError:
    """The failure of a stream, in LiteLLM's terms."""
    provider = stream.custom_llm_provider or "openai"
    return APIConnectionError(message=BROKEN_OFF.message, llm_provider=provider, model=stream.model)
