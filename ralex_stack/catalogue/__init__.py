"""The failures that users meet: what each means, and what to do. Imports nothing heavy.

An error carries the code of its entry (`RalexError.code`), and so do findings of `doctor` and
answers of edge and gateway. `ralex-stack explain` and docs/troubleshooting.md show the entries.
"""

from __future__ import annotations

from difflib import get_close_matches

from ralex_stack.catalogue import database, engine, gateway, machine, metrics, settings, stack, work
from ralex_stack.catalogue.entry import AREAS, Area, Entry

ENTRIES: tuple[Entry, ...] = (
    *settings.ENTRIES,
    *machine.ENTRIES,
    *engine.ENTRIES,
    *stack.ENTRIES,
    *database.ENTRIES,
    *metrics.ENTRIES,
    *work.ENTRIES,
    *gateway.ENTRIES,
)

BY_CODE = {entry.code: entry for entry in ENTRIES}


def find(text: str) -> Entry | None:
    """The entry of a code, however its words are joined."""
    wanted = _plain(text)
    return next((entry for entry in ENTRIES if _plain(entry.code) == wanted), None)


def similar(text: str) -> tuple[str, ...]:
    """Codes that may have been meant: those like it, and those whose entry has the word."""
    plain = {_plain(entry.code): entry.code for entry in ENTRIES}
    close = [plain[name] for name in get_close_matches(_plain(text), plain, cutoff=0.5)]
    word = text.casefold()
    said = [
        entry.code
        for entry in ENTRIES
        if word in f"{entry.code} {entry.status} {entry.title} {entry.meaning}".casefold()
    ]
    return tuple(dict.fromkeys([*close, *said]))[:8]


def _plain(code: str) -> str:
    return code.casefold().replace("_", "-")


__all__ = ["AREAS", "BY_CODE", "ENTRIES", "Area", "Entry", "find", "similar"]
