"""The page on troubleshooting, generated from the catalogue.

`python -m ralex_stack.catalogue.page FILE` writes it.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

from ralex_stack.catalogue import AREAS, ENTRIES

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from ralex_stack.catalogue import Area, Entry

_INTRODUCTION = """\
# Troubleshooting

<!-- Generated from ralex_stack/catalogue by `python -m ralex_stack.catalogue.page`. -->

Every error says what is wrong and what to do `next`, and ends with the code of its entry here;
with `--json` the code is in `code`. `ralex-stack explain CODE` prints an entry, without a network.

First of all: `ralex-stack` alone tells the state it finds and what to do next, `ralex-stack doctor`
checks what the stack stands on, each finding with its remedy, and `--verbose` shows each program
that a command runs, with its exit code and time.
"""


def page() -> str:
    """The page as Markdown."""
    return "\n".join([_INTRODUCTION, *(line for area in AREAS for line in _section(area))])


def _section(area: Area) -> Iterator[str]:
    entries = [entry for entry in ENTRIES if entry.area == area]
    yield f"## {AREAS[area]}\n"
    for entry in entries:
        yield from _entry(entry)


def _entry(entry: Entry) -> Iterator[str]:
    status = f" (HTTP {entry.status})" if entry.status else ""
    yield f"### {entry.code}\n"
    yield f"{entry.title[0].upper()}{entry.title[1:]}{status}. {entry.meaning}\n"
    yield from (f"- {step}" for step in entry.steps)
    yield ""


def main(arguments: Sequence[str]) -> int:
    """Write the page to the file that is named; returns the exit code."""
    Path(arguments[0]).write_text(page(), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
