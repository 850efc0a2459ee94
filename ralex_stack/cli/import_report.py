"""The report of an import as text, for people."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING, Any

import click

from ralex_stack.settings.fields import inline

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

Entry = dict[str, Any]

_MOST_ALIKE = 4
"""Values of one setting and file that are told one by one; of more, the number is."""
_LONGEST = 100
_STATUS = {
    "retired": "is retired by its maker",
    "never": "was never at OpenRouter under this name",
    "unknown": "is not known to this release",
}


def report_text(data: Entry, *, verbose: bool) -> str:
    """All of it; values that are many of a kind are counted, unless `verbose`."""
    sections: list[tuple[str, Iterable[str]]] = [
        ("Files", _files(data, verbose=verbose)),
        ("Repaired", _problems(data, repaired=True)),
        ("Not readable", _problems(data, repaired=False)),
        ("Taken", _taken(data["taken"], verbose=verbose)),
        ("Conflicts", _conflicts(data["conflicts"], verbose=verbose)),
        ("Dropped", _dropped(data["dropped"], verbose=verbose)),
        ("Put aside", _dropped(data["put_aside"], verbose=True)),
        ("Models", _models(data["models"])),
        ("Secrets", _secrets(data)),
        ("Written", _written(data)),
        ("Next", _numbered(data["next"])),
    ]
    blocks = [
        "\n".join([click.style(title, bold=True), *(f"  {line}" for line in lines)])
        for title, found in sections
        if (lines := list(found))
    ]
    return "\n\n".join(blocks) + "\n"


def _files(data: Entry, *, verbose: bool) -> Iterator[str]:
    width = max((len(entry["path"]) for entry in data["files"]), default=0)
    for entry in data["files"]:
        yield f"{entry['path']:<{width}}  {entry['kind']}: {entry['outcome']}"
    for entry in data["not_read"]:
        yield f"{entry['path']:<{width}}  not read: {entry['why']}"
    others = data["other_files"]
    if verbose:
        yield from (f"{path:<{width}}  looked through for keys" for path in others)
    elif others:
        files = "file" if len(others) == 1 else "files"
        yield f"and {len(others)} other {files}, looked through for keys"
    if data["skipped_directories"]:
        yield f"not looked into: {', '.join(data['skipped_directories'])}"


def _problems(data: Entry, *, repaired: bool) -> Iterator[str]:
    for entry in data["problems"]:
        if entry["repaired"] is repaired:
            yield f"{_place(entry)}: {entry['message']}"


def _taken(entries: list[Entry], *, verbose: bool) -> Iterator[str]:
    for (setting, file), alike in _grouped(entries, lambda e: (_general(e), e["file"])):
        if len(alike) > _MOST_ALIKE and not verbose:
            yield f"{setting}: {len(alike)} values from {file}{_note(alike[0])}"
            continue
        for entry in alike:
            also = f", also {', '.join(entry['also'])}" if entry["also"] else ""
            value = _value(entry["value"], verbose=verbose)
            yield f"{entry['setting']} = {value}  from {_place(entry)}{also}{_note(entry)}"


def _general(entry: Entry) -> str:
    """The setting, with one name for all intents."""
    parts = entry["setting"].split(".")
    if parts[:3] == ["routing", "auto", "intents"]:
        parts[3] = "NAME"
    return ".".join(parts)


def _note(entry: Entry) -> str:
    return f"  ({entry['note']})" if entry["note"] else ""


def _conflicts(entries: list[Entry], *, verbose: bool) -> Iterator[str]:
    for entry in entries:
        yield entry["setting"]
        taken = entry["taken"]
        value = _value(taken["value"], verbose=verbose)
        yield f"  taken {value}  from {_place(taken)}: {entry['why']}"
        for lost in entry["lost"]:
            yield f"  not   {_value(lost['value'], verbose=verbose)}  from {_place(lost)}"


def _dropped(entries: list[Entry], *, verbose: bool) -> Iterator[str]:
    whole = [entry for entry in entries if not entry["key"]]
    for why, alike in _grouped(whole, lambda e: e["why"]):
        yield f"{', '.join(_place(entry) for entry in alike)}: {why}"
    parts = [entry for entry in entries if entry["key"]]
    for (file, why), alike in _grouped(parts, lambda e: (e["file"], e["why"])):
        yield f"{file}: {why}"
        shown = alike if verbose or len(alike) <= _MOST_ALIKE else alike[: _MOST_ALIKE - 1]
        for entry in shown:
            place = ":".join(str(entry[p]) for p in ("line", "column") if entry[p])
            yield f"  {place:<7} {entry['key']} = {_value(entry['value'], verbose=verbose)}"
        if len(shown) < len(alike):
            yield f"  and {len(alike) - len(shown)} more: --verbose tells all"


def _models(entries: list[Entry]) -> Iterator[str]:
    for upstream, alike in _grouped(entries, lambda e: e["upstream"]):
        entry = alike[0]
        served = ", ".join(e["model"] for e in alike if e["model"]) or "not taken"
        note = f": {entry['note']}" if entry["status"] == "unknown" else ""
        yield f"{upstream} ({served}) {_STATUS[entry['status']]}{note}"
        yield f"  suggestion: {entry['suggestion']}"


def _secrets(data: Entry) -> Iterator[str]:
    for entry in data["secrets"]:
        where = ", ".join(entry["places"])
        sure = "" if entry["certain"] else "; it may be none"
        kept = f"stored as {data['secrets_directory']}/{entry['name']}"
        yield f"{entry['name']} from {where}: {kept if entry['stored'] else 'not stored'}{sure}"


def _written(data: Entry) -> Iterator[str]:
    if data["dry_run"]:
        yield f"nothing, as asked for; {data['settings']} would be"
    elif not data["written"]:
        yield "nothing: all is there already"
    yield from data["written"]
    yield from (f"{path} (what was there before)" for path in data["backups"])
    archive = data["archive"]
    if archive:
        done = "would be" if data["dry_run"] else "is"
        tag = ", tagged ralex-legacy" if archive["tag"] else ""
        yield f"the old checkout {done} {archive['directory']}{tag}"
        yield from archive["notes"]


def _numbered(steps: list[str]) -> Iterator[str]:
    yield from (f"{number}. {step}" for number, step in enumerate(steps, 1))


def _grouped(
    entries: list[Entry], key: Callable[[Entry], Any]
) -> Iterator[tuple[Any, list[Entry]]]:
    """Entries with the same key together, where the first of them stands."""
    order = {found: index for index, found in reversed([*enumerate(map(key, entries))])}
    ordered = sorted(entries, key=lambda entry: order[key(entry)])
    for found, alike in groupby(ordered, key):
        yield found, list(alike)


def _place(entry: Entry) -> str:
    parts = [entry["file"], *(str(entry[part]) for part in ("line", "column") if entry[part])]
    return ":".join(parts)


def _value(value: Any, *, verbose: bool) -> str:
    text = inline(value)
    return text if verbose or len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"
