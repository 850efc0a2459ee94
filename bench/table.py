"""The figures for people."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.table import Table

if TYPE_CHECKING:
    from bench.figures import Figure
    from bench.results import Run

COLUMNS = ("what", "unit", "ours", "compared with", "ratio", "aim", "")


def table(run: Run) -> Table:
    """All figures with aim and whether it is met."""
    changed = ", with changes" if run.changed else ""
    made = Table(title=f"{run.commit[:12]}{changed}", title_justify="left")
    for column in COLUMNS:
        made.add_column(column, justify="right" if column in ("ours", "ratio") else "left")
    for figure in run.figures:
        made.add_row(*cells(figure), style="red" if figure.met is False else None)
    return made


def cells(figure: Figure) -> tuple[str, ...]:
    """One figure's cells, in the order of COLUMNS."""
    return (
        figure.name,
        figure.unit,
        number(figure.ours),
        number(figure.theirs),
        "" if figure.ratio is None else f"{figure.ratio:.2f}x",
        "" if figure.aim is None else str(figure.aim),
        {True: "met", False: "missed", None: ""}[figure.met],
    )


def number(value: float | None) -> str:
    """Three digits where there is a fraction, none where it would be noise."""
    if value is None:
        return ""
    return f"{value:.0f}" if abs(value) >= 100 else f"{value:.3g}"
