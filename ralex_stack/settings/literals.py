"""Values that no setting may have: credentials written out, and what JSON cannot hold."""

from __future__ import annotations

import math
import re
from datetime import date, datetime, time
from typing import TYPE_CHECKING, Any

from ralex_stack.settings.problem import Path, Problem
from ralex_stack.settings.secret import looks_like_key

if TYPE_CHECKING:
    from collections.abc import Iterator

_SECRET_NAME = re.compile(
    r"(^|[_-])(api[_-]?key|access[_-]?key|token|secret|password|authorization)$", re.IGNORECASE
)
# LiteLLM's and OpenCode's own ways to refer to the environment or a file.
_REFERENCE = re.compile(r"^(os\.environ/\w+|(Bearer )?\{(env|file):[^}]+\})$")
_LOOKS = "looks like a secret"
_ADVICE = (
    "a secret is a reference, never a literal: "
    '{ env = "NAME" }, { file = "PATH" } or { command = "…" }'
)


def literal_problems(data: Any, path: Path = ()) -> Iterator[Problem]:
    """Every credential, date or non-finite number in the data; values are not told."""
    if isinstance(data, dict):
        for key, value in data.items():
            if looks_like_key(key):
                yield Problem((*path, key), f"a name that {_LOOKS}; {_ADVICE}")
            yield from literal_problems(value, (*path, key))
    elif isinstance(data, list):
        for index, value in enumerate(data):
            yield from literal_problems(value, (*path, index))
    else:
        message = _wrong(data, path)
        if message:
            yield Problem(path, message)


def _wrong(value: object, path: Path) -> str:
    if isinstance(value, str):
        return _secret(value, path)
    if isinstance(value, date | datetime | time):
        return "dates and times are not allowed; write it as a text in quotes"
    if isinstance(value, float) and not math.isfinite(value):
        return "must be a finite number"
    return ""


def _secret(value: str, path: Path) -> str:
    named_so = isinstance(path[-1], str) and bool(_SECRET_NAME.search(path[-1]))
    if named_so and value and not _REFERENCE.match(value):
        return _ADVICE
    return f"{_LOOKS}; {_ADVICE}" if looks_like_key(value) else ""
