"""Which failures OpenCode repeats, and how to say one such that it does not.

Source: the program of OpenCode 1.18.33 (`SessionRetry`, `MessageV2.fromError`, `ProviderError`) and
the AI SDK in it. A failed call is repeated up to five times, after 2, 4, 8, 16 and 30 seconds or as
`Retry-After` says, where any of these holds:
- the status is 408, 409, 429 or 500 and more (`APICallError.isRetryable` of the AI SDK), or the
  connection was refused or reset;
- one of PATTERNS is found in the message or anywhere in the body of the answer, whatever its
  status: a model's name, a number of tokens or a request's id is enough;
- for an error inside a stream, the text holds `exhausted`, `unavailable` or `too_many_requests`.

Nothing is repeated where the context is too long: OpenCode then shortens the conversation. It takes
that from `error.code = "context_length_exceeded"`, status 413, or a list of known sentences.
"""

from __future__ import annotations

import re

STATUSES = frozenset({408, 409, 413, 429})
"""Statuses below 500 that must not reach OpenCode: repeated, or (413) taken for a long context."""

FINAL_STATUS = 424
"""What OpenCode gets in place of those: something that the call depends on failed."""

PATTERNS = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        r"429|500|502|503|504|524",
        r"rate increased too quickly|rate limit|rate-limit|rate_limit|too many requests",
        r"overloaded|service unavailable|service_unavailable|service-unavailable"
        r"|internal error|internal_error|internal server error"
        r"|server error|server_error|server-error"
        r"|provider returned error|provider_returned_error|provider-returned-error",
        r"terminated|fetch failed|failed to fetch|network[-_\s]error|upstream connect"
        r"|connection error|connection refused|connection lost|socket connection was closed"
        r"|socket hang up|reset before headers"
        r"|getaddrinfo|enotfound|eai_again|econnrefused|econnreset|etimedout",
        r"^timeout$|\b(?:request|response|connection|network|stream|read)"
        r" (?:timeout|timed out|time out)\b",
        r"try your request again|retry your request|resource exhausted|resource_exhausted",
        r"\btry again (?:later|in\b)|\b(?:currently|temporarily) at capacity\b",
        r"exhausted|unavailable|too_many_requests",
    )
)

WORD_JOINER = "\N{WORD JOINER}"
"""Takes no room on the screen and no line is broken at it: a text looks as it was."""

_ROUNDS = 10
"""A round misses what overlaps with a match before it, as 429 does in 50429: two are rarely needed.
More are never: no more matches than these begin within one."""


def is_repeated(status: int, text: str) -> bool:
    """Whether OpenCode would call again after an answer with this status and body."""
    return status in STATUSES or status >= 500 or any(p.search(text) for p in PATTERNS)


def made_final(text: str) -> str:
    """The text, with an invisible WORD_JOINER inside whatever OpenCode would repeat a call for."""
    for _ in range(_ROUNDS):
        if not is_repeated(FINAL_STATUS, text):
            break
        for pattern in PATTERNS:
            text = pattern.sub(_parted, text)
    return text


def _parted(found: re.Match[str]) -> str:
    return found[0][0] + WORD_JOINER + found[0][1:]
