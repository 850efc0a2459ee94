"""The figures of one run, and where they are kept."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from bench.figures import Figure

ROOT = Path(__file__).parent.parent
KEPT = ROOT / "bench" / "results"
"""Whole runs of committed states, in git."""
SCRATCH = ROOT / ".bench"
"""All else that a run leaves: short runs, runs of changed files, the environment of others."""


@dataclass(frozen=True)
class Machine:
    """What the run had."""

    cores: int
    memory_gib: float
    system: str
    docker: str
    python: str


@dataclass(frozen=True)
class Run:
    """All figures of one run; ratios and aims are in the figures."""

    commit: str
    changed: bool
    """Whether files differed from the commit."""
    quick: bool
    date: datetime
    machine: Machine
    figures: tuple[Figure, ...]

    @property
    def path(self) -> Path:
        """Where it is kept: in git only what can be measured again."""
        if not self.changed and not self.quick:
            return KEPT / f"{self.commit}.json"
        suffix = ("-changed" if self.changed else "") + ("-quick" if self.quick else "")
        return SCRATCH / "results" / f"{self.commit}{suffix}.json"

    def to_json(self) -> dict[str, Any]:
        """As data for its file."""
        return {
            "commit": self.commit,
            "changed": self.changed,
            "quick": self.quick,
            "date": self.date.astimezone(UTC).isoformat(timespec="seconds"),
            "machine": self.machine.__dict__,
            "figures": [figure.to_json() for figure in self.figures],
        }

    def write(self, path: Path) -> None:
        """Keep it there."""
        path.parent.mkdir(parents=True, exist_ok=True)
        text = json.dumps(self.to_json(), indent=1, ensure_ascii=False) + "\n"
        path.write_text(text, encoding="utf-8")


def read(path: Path) -> Run:
    """What `write` wrote. Raises OSError, KeyError, TypeError and ValueError."""
    data = json.loads(path.read_text(encoding="utf-8"))
    return Run(
        commit=data["commit"],
        changed=data["changed"],
        quick=data["quick"],
        date=datetime.fromisoformat(data["date"]),
        machine=Machine(**data["machine"]),
        figures=tuple(Figure.from_json(figure) for figure in data["figures"]),
    )


def newest(directory: Path = KEPT) -> Run | None:
    """The run of the latest date, or none."""
    runs = [read(path) for path in sorted(directory.glob("*.json"))]
    return max(runs, key=lambda run: run.date, default=None)
