"""What an import did, for people and programs."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from ralex_stack.legacy.masking import HIDDEN, shown, shown_line
from ralex_stack.legacy.node import Node

if TYPE_CHECKING:
    from collections.abc import Iterable

    from ralex_stack.legacy.claim import Claim
    from ralex_stack.legacy.node import Place


@dataclass(frozen=True)
class FileEntry:
    """A file that was found."""

    path: str
    kind: str
    outcome: str


@dataclass(frozen=True)
class ProblemEntry:
    """What is wrong in a file, and what was done about it."""

    place: Place
    message: str
    repaired: bool


@dataclass(frozen=True)
class Said:
    """A value, and where it is said."""

    value: Any
    place: Place
    key: str


@dataclass(frozen=True)
class TakenEntry:
    """A value that became a setting or a file."""

    setting: str
    said: Said
    also: tuple[Place, ...] = ()
    note: str = ""


@dataclass(frozen=True)
class ConflictEntry:
    """Files that say different things."""

    setting: str
    taken: Said
    lost: tuple[Said, ...]
    why: str


@dataclass(frozen=True)
class DroppedEntry:
    """A value that became nothing."""

    said: Said
    why: str


@dataclass(frozen=True)
class ModelEntry:
    """A model that is retired, never was, or is not known."""

    model: str
    upstream: str
    status: str
    note: str
    suggestion: str
    place: Place


@dataclass(frozen=True)
class SecretEntry:
    """A secret, never told itself."""

    name: str
    certain: bool
    stored: bool
    places: tuple[Place, ...]


@dataclass
class Report:
    """All of it."""

    files: list[FileEntry] = field(default_factory=list)
    problems: list[ProblemEntry] = field(default_factory=list)
    taken: list[TakenEntry] = field(default_factory=list)
    conflicts: list[ConflictEntry] = field(default_factory=list)
    dropped: list[DroppedEntry] = field(default_factory=list)
    models: list[ModelEntry] = field(default_factory=list)
    secrets: list[SecretEntry] = field(default_factory=list)
    committed: list[str] = field(default_factory=list)
    """Files of environment variables that are or were in git."""
    put_aside: list[DroppedEntry] = field(default_factory=list)
    routing_auto: dict[str, Any] = field(default_factory=dict)
    next: list[str] = field(default_factory=list)

    def as_dict(self) -> dict[str, Any]:
        """The report as JSON has it."""
        return {
            "files": [vars(entry) for entry in self.files],
            "problems": [_placed(e.place, vars(e)) for e in self.problems],
            "taken": [_taken(entry) for entry in self.taken],
            "conflicts": [_conflict(entry) for entry in self.conflicts],
            "dropped": [{**_said(entry.said), "why": entry.why} for entry in self.dropped],
            "models": [_placed(entry.place, vars(entry)) for entry in self.models],
            "secrets": [{**vars(e), "places": _places(e.places)} for e in self.secrets],
            "committed": self.committed,
            "put_aside": [{**_said(entry.said), "why": entry.why} for entry in self.put_aside],
            "routing_auto": self.routing_auto,
            "next": self.next,
        }


def said_by(claim: Claim) -> Said:
    """A claim as the report tells it."""
    value = readable(claim.value)
    if isinstance(value, dict) and "secret" in value:
        value = HIDDEN
    elif claim.slot[0] == "rule":
        value = value["pattern"]
    return Said(value, claim.place, shown_line(claim.key))


def readable(value: Any) -> Any:
    """A value with its secrets hidden, and without places."""
    if isinstance(value, Node):
        return readable(value.value)
    if isinstance(value, dict):
        return {shown(str(key)): readable(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [readable(item) for item in value]
    return shown(value) if isinstance(value, str) else value


def _placed(place: Place, fields: dict[str, Any]) -> dict[str, Any]:
    rest = {key: value for key, value in fields.items() if key != "place"}
    return {"file": place.file, "line": place.line, "column": place.column, **rest}


def _said(said: Said) -> dict[str, Any]:
    return _placed(said.place, vars(said))


def _taken(entry: TakenEntry) -> dict[str, Any]:
    also = _places(entry.also)
    return {"setting": entry.setting, **_said(entry.said), "also": also, "note": entry.note}


def _conflict(entry: ConflictEntry) -> dict[str, Any]:
    lost = [_said(said) for said in entry.lost]
    return {"setting": entry.setting, "taken": _said(entry.taken), "lost": lost, "why": entry.why}


def _places(places: Iterable[Place]) -> list[str]:
    return [str(place) for place in places]
