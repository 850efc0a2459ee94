"""Whether a streamed answer came to its end: an API's last word, or a failure that was told."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from ralex_stack.gateway.apis import is_error_event

if TYPE_CHECKING:
    from ralex_stack.gateway.apis import ApiName

_LAST_WORDS = {
    "chat": re.compile(rb'"finish_reason":\s?"'),
    "messages": re.compile(rb'"type":\s?"message_stop"'),
    "responses": re.compile(rb'"type":\s?"response\.(?:completed|incomplete|cancelled)"'),
}
"""What ends a stream; inside a model's text the quotes would be escaped."""

_LONGEST = 40
"""Bytes that a last word can take: it may come in two pieces."""


class Progress:
    """What has been seen of one stream so far."""

    def __init__(self, api: ApiName) -> None:
        self._last_word = _LAST_WORDS.get(api)
        self._tail = b""
        self.is_complete = False
        self.has_failed = False

    def feed(self, chunk: bytes) -> None:
        """Take in a piece as it was sent to the client."""
        if is_error_event(chunk):
            self.has_failed = True
        elif not self.is_complete and self._last_word is not None:
            seen = self._tail + chunk
            self.is_complete = self._last_word.search(seen) is not None
            self._tail = seen[-_LONGEST:]

    @property
    def breaks_off(self) -> bool:
        """Whether the client would be left without an end, were this all."""
        return not (self.is_complete or self.has_failed or self._last_word is None)
