"""Regular expressions that cannot hold up a gateway: RE2's time grows with a text, never faster.

Python's `re` takes longer than the universe lasts for `(a+)+$` and a line of text, and its caller
waits. RE2 has no look-around and no back references, which is what that takes to prove.
"""

from __future__ import annotations

import functools
from typing import Any

LARGEST = 3_000
"""Instructions of a compiled expression. Together with a prompt's longest beginning this is what a
search can take at most, some 50 ms; the largest of the default ones has half of it."""


class ExpressionError(ValueError):
    """A text is no regular expression that a prompt can be searched for."""


@functools.cache
def compiled(text: str) -> Any:
    """The expression, searched for without regard to case. Raises ExpressionError."""
    import re2

    options = re2.Options()
    options.case_sensitive = False
    options.log_errors = False
    try:
        made = re2.compile(text, options)
    except re2.error as error:
        raise ExpressionError(f"is no regular expression of RE2: {_told(error)}") from None
    if made.programsize > LARGEST:
        raise ExpressionError(
            "is too large to be searched for in every prompt; "
            "repetitions such as {1000} stand for as many copies"
        )
    return made


def found(text: str, prompt: str) -> str | None:
    """The words in which the expression is found; none where it is not."""
    # What a client sends as JSON may have half a character, which RE2 does not take.
    match = compiled(text).search(prompt.encode(errors="replace").decode())
    return None if match is None else str(match[0])


def _told(error: Exception) -> str:
    said = error.args[0] if error.args else ""
    return said.decode() if isinstance(said, bytes) else str(said)
