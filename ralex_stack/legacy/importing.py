"""The import as one pure function: files in; settings, other files, secrets and a report out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ralex_stack.legacy.masking import shown
from ralex_stack.legacy.read_files import read_files
from ralex_stack.legacy.reporting import report_on
from ralex_stack.legacy.resolve import resolve
from ralex_stack.legacy.settings_data import build
from ralex_stack.legacy.settings_text import settings_text

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from ralex_stack.legacy.node import Place
    from ralex_stack.legacy.report import Report
    from ralex_stack.legacy.resolve import Resolved

STANDARDS = "agent-os/standards"
"""Where the agent runtime reads standards, beside the settings file."""

ASIDE = "agent-os/put-aside"
"""Where nothing is read by a program: for the user to look at."""


@dataclass(frozen=True)
class Imported:
    """What an import makes; nothing of it is written yet."""

    settings: str
    files: Mapping[str, str]
    """Path beside the settings file → content."""
    secrets: Mapping[str, str]
    """Name → secret; never to be shown."""
    report: Report


def import_files(
    files: Mapping[str, bytes],
    secrets_directory: str,
    keys_elsewhere: Sequence[tuple[str, Place]] = (),
    committed: Sequence[str] = (),
) -> Imported:
    """Import files by their paths in the checkout; raises nothing, whatever they hold.

    `keys_elsewhere` are keys in files of no known kind, with their places; `committed` are files
    of environment variables that git has or had.
    """
    reading = read_files(files, keys_elsewhere)
    resolved = resolve(reading.claims)
    secrets = reading.masks.secrets
    built = build(resolved, secrets, secrets_directory)
    report = report_on(reading, resolved, built, committed)
    return Imported(
        settings_text(built),
        _texts(resolved),
        {secret.name: secret.value for secret in secrets if secret.stored},
        report,
    )


def _texts(resolved: Resolved) -> dict[str, str]:
    standards = {
        f"{STANDARDS}/{name}": _ended(shown(winner.value))
        for (name,), winner in resolved.below("standard")
    }
    aside = {
        f"{ASIDE}/{name}": _put_aside(*winner.value) for (name,), winner in resolved.below("aside")
    }
    return {**standards, **aside}


def _ended(text: str) -> str:
    return text.rstrip("\n") + "\n"


def _put_aside(text: str, what: str, line: int) -> str:
    head = f"<!-- Put aside: line {line + 2} orders {what}. No program reads this file. -->\n\n"
    return head + _ended(shown(text))
