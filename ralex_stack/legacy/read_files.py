"""From the files of a checkout to claims. Pure: the files are given as bytes."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from ralex_stack.legacy import agent_os, first_era, litellm_era, other_files, table
from ralex_stack.legacy.claim import Claim, Dropped, Source
from ralex_stack.legacy.decoding import decoded
from ralex_stack.legacy.env_document import read_env
from ralex_stack.legacy.json_document import read_json
from ralex_stack.legacy.kinds import kind_of
from ralex_stack.legacy.masking import Masks, is_secret_name, names_apart, shown_path
from ralex_stack.legacy.node import Document, Node, Place, Problem, leaves, plain
from ralex_stack.legacy.shell_document import read_shell
from ralex_stack.legacy.yaml_document import read_yaml
from ralex_stack.settings.load import problems_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from ralex_stack.legacy.kinds import Kind
    from ralex_stack.legacy.node import KeyPath

_FORMATS: Mapping[str, Callable[[str, str], Document]] = {
    "json": read_json,
    "yaml": read_yaml,
    "env": read_env,
    "shell": read_shell,
}
_EXTRACTORS: Mapping[str, Callable[[Source, Node], Iterator[Claim | Dropped]]] = {
    "env": other_files.environment,
    "env-example": other_files.environment,
    "litellm": litellm_era.litellm,
    "intelligence": other_files.intelligence,
    "router": other_files.router,
    "aliases": other_files.aliases,
    "k83": other_files.rotation,
    "mcp": other_files.mcp_servers,
    "tiers": first_era.tiers,
    "routes": first_era.routes,
    "rules": first_era.rules,
    "prompts": first_era.prompts,
}
_UNKNOWN = "old Ralex's own code knew no such key, and ralex-stack has no setting for it"


@dataclass(frozen=True)
class FileRead:
    """One file, what it is and what came of it."""

    path: str
    kind: Kind
    copy_of: str = ""
    problems: tuple[Problem, ...] = ()


@dataclass
class Reading:
    """All that the files say."""

    masks: Masks
    files: list[FileRead] = field(default_factory=list)
    claims: list[Claim] = field(default_factory=list)
    dropped: list[Dropped] = field(default_factory=list)


def read_files(
    files: Mapping[str, bytes], keys_elsewhere: Sequence[tuple[str, Place]] = ()
) -> Reading:
    """Read the files that are of a known kind, by their paths in the checkout."""
    texts = {path: decoded(raw) for path, raw in sorted(files.items(), key=_nearest)}
    reading = Reading(Masks())
    for path, (text, _) in texts.items():
        kind = kind_of(path)
        if kind is not None:
            settings = kind.format != "markdown"
            reading.masks.learn(text, shown_path(path), settings=settings, example=kind.example)
    for value, place in keys_elsewhere:
        reading.masks.meet(value, place)
    seen: dict[tuple[str, bytes], str] = {}
    for path, (text, problem) in texts.items():
        kind = kind_of(path)
        if kind is None:
            continue
        original = seen.setdefault((kind.name, files[path]), path)
        # Agent OS goes by the names of files, too.
        if original != path and kind.format != "markdown":
            reading.files.append(FileRead(shown_path(path), kind, shown_path(original)))
            continue
        source = Source(kind, shown_path(path), reading.masks)
        problems = [Problem(Place(source.path), problem)] if problem else []
        _read_one(reading, source, text, problems)
    names_apart(reading.masks.secrets)
    return reading


def _nearest(item: tuple[str, bytes]) -> tuple[int, str]:
    """Files near the top of the checkout first: copies lie further down."""
    return item[0].count("/"), item[0]


def _read_one(reading: Reading, source: Source, text: str, problems: list[Problem]) -> None:
    markdown = source.kind.format == "markdown"
    text = reading.masks.hide(text, settings=not markdown)
    if markdown:
        found = list(agent_os.texts(source, text))
    else:
        document = _FORMATS[source.kind.format](text, source.path)
        problems += document.problems
        root = reading.masks.hidden(document.root) if document.root else None
        found = list(_claims(source, root)) if root else []
        problems += _misshapen(source, root)
    reading.files.append(FileRead(source.path, source.kind, problems=tuple(problems)))
    reading.claims += [one for one in found if isinstance(one, Claim)]
    reading.dropped += [one for one in found if isinstance(one, Dropped)]


def _misshapen(source: Source, root: Node | None) -> list[Problem]:
    if root is None or isinstance(root.value, dict):
        return []
    return [Problem(root.place, f"a {source.kind.title} is a table, and this is none")]


def _claims(source: Source, root: Node) -> Iterator[Claim | Dropped]:
    found: list[Claim | Dropped] = []
    if isinstance(root.value, dict):
        extract = _EXTRACTORS.get(source.kind.name)
        found = [*_scalars(source, root), *(extract(source, root) if extract else ())]
    yield from found
    used = {p for one in found for p in (one.covers if isinstance(one, Claim) else (one.place,))}
    for path, node in leaves(root):
        if node.place not in used and path:
            yield from _unused(source, path, node)


def _scalars(source: Source, root: Node) -> Iterator[Claim | Dropped]:
    """Values that the table takes as they are."""
    for path, node in leaves(root):
        row = table.row_of(source.kind.name, path)
        if row is None or not row.slot:
            continue
        key, slot = ".".join(path), tuple(row.slot.split("."))
        if row.take == "model":
            name, claimed = source.model(key, node, node.text)
            yield claimed
            value: object = name or None
        else:
            value = _taken(row.take, node)
        why = _refusal(row, value)
        if why:
            yield Dropped(node.place, key, node.value, f"the settings do not take it: {why}")
        elif value is not None:
            yield source.claim(slot, value, key, node)


def _refusal(row: table.Row, value: object) -> str:
    """Why the settings do not take a value, so that another file's may win; empty where they do."""
    section, _, name = row.slot.partition(".")
    if value is None or row.slot != row.becomes or row.take in ("model", "threshold"):
        return ""
    return next((problem.message for problem in problems_of({section: {name: value}})), "")


def _taken(take: table.Take, node: Node) -> object:
    if take == "text":
        return node.text or None
    number = node.number
    if number is None or (take == "count" and not number.is_integer()):
        return None
    if take == "threshold":
        return (number,)
    return int(number) if number.is_integer() and take != "amount" else number


def _unused(source: Source, path: KeyPath, node: Node) -> Iterator[Dropped]:
    """A value that nothing was made of, with the reason that the table has for it."""
    if isinstance(node.value, dict | list) and not node.value and source.kind.name != "mcp":
        return
    row = table.row_of(source.kind.name, path)
    key = ".".join(path)
    if row is None:
        why = _UNKNOWN
    elif row.dropped:
        why = row.dropped
    else:
        why = f"not what {row.becomes} takes, or not with what stands around it"
    value = plain(node)
    named = next((part for part in reversed(path) if part != "[]"), "")
    if is_secret_name(named) and isinstance(value, str) and source.masks.of(value) is None:
        reference = value.startswith(("os.environ/", "${"))
        value, why = (value, why) if reference else ("(hidden)", "is a placeholder, no key")
    yield Dropped(node.place, key, value, why)
