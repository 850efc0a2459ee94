"""Messages that fit on a screen. Pure."""

from __future__ import annotations

import textwrap

_ROWS_KEPT_FREE = 6
"""For the prompt, what to do next, and some of what stood there before."""
_FEWEST_ROWS = 8
_ROWS_OF_A_LINE = 3


def fit(text: str, columns: int, rows: int) -> str:
    """The text with long lines wrapped, and lines left out of its middle, for a terminal's size.

    The first line is kept whole; of any other at most three rows are shown.
    """
    first, *others = [_printable(line) for line in text.splitlines()] or [""]
    # `error: ` stands before the first one.
    shown = _wrapped(first, columns - len("error: "))
    for line in others:
        wrapped = _wrapped(line, columns)
        cut = len(wrapped) > _ROWS_OF_A_LINE
        shown += [*wrapped[: _ROWS_OF_A_LINE - 1], "    …"] if cut else wrapped
    room = max(rows - _ROWS_KEPT_FREE, _FEWEST_ROWS)
    if len(shown) > room:
        head = room // 2
        left_out = len(shown) - room + 1
        tail = shown[len(shown) - (room - head - 1) :]
        shown = [*shown[:head], f"  … {left_out} lines left out …", *tail]
    return "\n".join(shown)


def folded(text: str, columns: int) -> str:
    """The text with long lines folded between words, the rest of them indented."""
    lines = text.splitlines()
    return "\n".join(
        line if len(line) <= columns else "\n".join(_wrapped(line, columns)) for line in lines
    )


def _printable(line: str) -> str:
    """The line without what would move the cursor or hide something."""
    return "".join(char if char.isprintable() or char == "\t" else " " for char in line)


def _wrapped(line: str, columns: int) -> list[str]:
    indent = " " * min(len(line) - len(line.lstrip()) + 2, max(columns // 2, 1))
    width = max(columns, 20)
    return textwrap.wrap(
        line.rstrip(),
        width,
        subsequent_indent=indent,
        break_on_hyphens=False,
        drop_whitespace=True,
        replace_whitespace=False,
    ) or [""]
