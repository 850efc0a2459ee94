"""The report, made from what was read, what won and what the settings took."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from ralex_stack.legacy.destinations import destination
from ralex_stack.legacy.masking import shown_line
from ralex_stack.legacy.model_names import fate_of
from ralex_stack.legacy.report import (
    ConflictEntry,
    DroppedEntry,
    FileEntry,
    ModelEntry,
    ProblemEntry,
    Report,
    Said,
    SecretEntry,
    TakenEntry,
    readable,
    said_by,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from ralex_stack.legacy.claim import Claim
    from ralex_stack.legacy.destinations import Destination
    from ralex_stack.legacy.read_files import FileRead, Reading
    from ralex_stack.legacy.resolve import Resolved, Winner
    from ralex_stack.legacy.settings_data import Built

_TEXT = "(text)"
_SMALL_OUTPUT = 4096
"""Tokens of an answer below which an agent's edits of files are cut off."""


def report_on(
    reading: Reading,
    resolved: Resolved,
    built: Built,
    committed: Sequence[str],
) -> Report:
    """Every file, value, conflict, model and secret."""
    report = Report(routing_auto=built.data.get("routing", {}).get("auto", {}))
    report.files = [_file(read, reading) for read in reading.files]
    report.problems = [
        ProblemEntry(problem.place, shown_line(problem.message), problem.repaired)
        for read in reading.files
        for problem in sorted(read.problems, key=lambda problem: problem.place)
    ]
    for slot, winner in resolved.winners.items():
        _tell(report, slot, winner, resolved, built)
    report.conflicts += _lists_of_patterns(resolved, built)
    for one in reading.dropped:
        said = Said(readable(one.value), one.place, shown_line(one.key))
        report.dropped.append(DroppedEntry(said, one.why))
    report.dropped.sort(key=lambda entry: entry.said.place)
    report.models = list(_models(resolved, built))
    report.secrets = [
        SecretEntry(s.name, s.certain, s.stored, tuple(s.places))
        for s in reading.masks.secrets
        if s.places
    ]
    report.committed = list(committed)
    report.next = [*_revoke(report), *_next(report, built)]
    return report


def _file(read: FileRead, reading: Reading) -> FileEntry:
    if read.copy_of:
        return FileEntry(read.path, read.kind.title, f"same as {read.copy_of}")
    counts = {
        "value": sum(claim.place.file == read.path for claim in reading.claims),
        "dropped": sum(one.place.file == read.path for one in reading.dropped),
        "problem": sum(not problem.repaired for problem in read.problems),
    }
    plural = {"dropped": ""}
    told = [
        f"{count} {what}{plural.get(what, 's') if count != 1 else ''}"
        for what, count in counts.items()
        if count or what == "value"
    ]
    return FileEntry(read.path, read.kind.title, ", ".join(told))


def _tell(
    report: Report, slot: tuple[str, ...], winner: Winner, resolved: Resolved, built: Built
) -> None:
    """One value that won: taken, put aside, or without a place."""
    where, said = destination(slot, resolved, built), said_by(winner.claim)
    setting = shown_line(where.setting)
    if winner.lost:
        lost = tuple(said_by(claim) for claim in winner.lost)
        if slot[0] in ("standard", "aside"):
            said, lost = _without_text(said), tuple(map(_without_text, lost))
        report.conflicts.append(ConflictEntry(setting, said, lost, winner.why))
    if slot[0] == "aside":
        _, what, _ = winner.value
        report.put_aside.append(DroppedEntry(_without_text(said), f"it orders {what}: {setting}"))
    elif where.why_not:
        report.dropped.append(DroppedEntry(said, f"{where.why_not} ({setting})"))
    else:
        said = replace(said, value=_taken_value(slot, said, where))
        also = tuple(claim.place for claim in winner.agreeing)
        report.taken.append(TakenEntry(setting, said, also, where.note))


def _lists_of_patterns(resolved: Resolved, built: Built) -> Iterator[ConflictEntry]:
    """Files that each have patterns, of which those of one hold."""
    ruling = built.routing.ruling
    if ruling is None or not ruling.lost:
        return
    places = {rule.claim.place for _, rule in resolved.below("rule")}
    counts = Counter(place.file for place in places)

    def counted(claim: Claim) -> Said:
        count = counts[claim.place.file]
        return replace(said_by(claim), value=f"({count} pattern{'s' if count != 1 else ''})")

    lost = tuple(map(counted, ruling.lost))
    yield ConflictEntry("routing.auto.patterns", counted(ruling.claim), lost, ruling.why)


def _without_text(said: Said) -> Said:
    return replace(said, value=_TEXT)


def _taken_value(slot: tuple[str, ...], said: Said, where: Destination) -> Any:
    """The value as the setting has it; slots that hold a name have it as their value."""
    if slot[0] == "standard":
        return _TEXT
    if slot[-1] == "named":
        return slot[1]
    return said.value if where.value is None else readable(where.value)


def _models(resolved: Resolved, built: Built) -> Iterator[ModelEntry]:
    written = built.data.get("models", {})
    for slot, winner in resolved.winners.items():
        if slot[0] != "model" or slot[2] != "upstream":
            continue
        fate = fate_of(winner.value)
        if fate is not None and fate.status != "known":
            name = slot[1] if slot[1] in written else ""
            where = winner.claim.place
            yield ModelEntry(name, winner.value, fate.status, fate.note, fate.suggestion, where)


def _revoke(report: Report) -> Iterator[str]:
    """What is left to the user with secrets."""
    certain = [secret for secret in report.secrets if secret.certain]
    if certain:
        names = ", ".join(secret.name for secret in certain)
        yield (
            f"revoke, where they were made: {names}. They were in files of the checkout, so that "
            "whoever has a copy of it or of its git history has them"
        )
    if report.committed:
        yield (
            f"revoke every key that ever was in {', '.join(report.committed)}: git has or had it, "
            "and its history keeps what was removed since"
        )


def _next(report: Report, built: Built) -> Iterator[str]:
    """What else is left to the user."""
    gone = [m.model for m in report.models if m.model and m.status in ("retired", "never")]
    if gone:
        yield (
            f"replace models that are gone: {', '.join(gone)}; the settings file suggests one of "
            "the default models for each, which is no more than a suggestion"
        )
    if built.without_price:
        yield (
            f"give prices: {', '.join(built.without_price)} had none and stand at 0; what "
            "OpenRouter reports of a call's cost is counted anyway"
        )
    small = [
        name
        for name, model in built.data.get("models", {}).items()
        if model.get("output", _SMALL_OUTPUT) < _SMALL_OUTPUT
    ]
    if small:
        yield (
            f"raise models.NAME.output of {', '.join(small)}: answers of so few tokens end in the "
            "middle of a file"
        )
    if report.routing_auto:
        yield _auto(report.routing_auto)
    if built.data.get("opencode", {}).get("mcp"):
        yield "look at opencode.mcp: servers are switched off until what they run is in the sandbox"
    if report.put_aside:
        yield "look at agent-os/put-aside: texts that order actions are not read by any program"
    yield "`ralex-stack validate`, then `ralex-stack plan`"


def _auto(section: dict[str, Any]) -> str:
    if section["mode"] == "off":
        return (
            "a model is called `auto`, which is the name of what chooses by patterns: rename the "
            'model and set routing.auto.mode = "patterns"'
        )
    return (
        "try `ralex-stack route PROMPT`: it tells which tier the model `auto` chooses. "
        'opencode.model = "auto" has it choose for every conversation'
    )
