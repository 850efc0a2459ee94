"""What was measured, as values."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from bench.statistics import median, ratio

if TYPE_CHECKING:
    from collections.abc import Sequence

Unit = Literal["s", "ms", "MB", "requests/s", "%", "USD"]


@dataclass(frozen=True)
class Aim:
    """An upper limit: of the ratio to the other side, or of our own value in the figure's unit."""

    limit: float
    of: Literal["ratio", "value"] = "ratio"

    def __str__(self) -> str:
        """As the table shows it."""
        return f"≤ {self.limit:g}x" if self.of == "ratio" else f"≤ {self.limit:g}"


@dataclass(frozen=True)
class Figure:
    """One line of the table: medians of ours and, where there is another side, theirs."""

    name: str
    unit: Unit
    ours: float
    theirs: float | None = None
    aim: Aim | None = None
    samples: tuple[tuple[float, ...], ...] = ()
    """What ours, and theirs, is the median of."""

    @property
    def ratio(self) -> float | None:
        """How many times theirs ours is."""
        return ratio(self.ours, self.theirs)

    @property
    def met(self) -> bool | None:
        """Whether the aim is met; none where there is none, or nothing to compare."""
        value = self.ours if self.aim and self.aim.of == "value" else self.ratio
        return None if self.aim is None or value is None else value <= self.aim.limit

    def to_json(self) -> dict[str, Any]:
        """As data for the results' file."""
        aim = {"limit": self.aim.limit, "of": self.aim.of} if self.aim else None
        ratio_ = None if self.ratio is None else round(self.ratio, 3)
        return {
            "name": self.name,
            "unit": self.unit,
            "ours": round(self.ours, 4),
            "theirs": None if self.theirs is None else round(self.theirs, 4),
            "ratio": ratio_,
            "aim": aim,
            "met": self.met,
            "samples": [[round(sample, 4) for sample in side] for side in self.samples],
        }

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> Figure:
        """What `to_json` made. Raises KeyError and TypeError for anything else."""
        return cls(
            name=data["name"],
            unit=data["unit"],
            ours=data["ours"],
            theirs=data["theirs"],
            aim=Aim(**data["aim"]) if data["aim"] else None,
            samples=tuple(tuple(side) for side in data["samples"]),
        )


def compared(
    name: str,
    unit: Unit,
    ours: Sequence[float],
    theirs: Sequence[float] = (),
    aim: Aim | None = None,
) -> Figure:
    """A figure from the samples of one side or both."""
    return Figure(
        name,
        unit,
        median(ours),
        median(theirs) if theirs else None,
        aim,
        (tuple(ours), *([tuple(theirs)] if theirs else [])),
    )
