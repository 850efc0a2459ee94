"""A recording as an animated SVG: each screen below the one before, moved past a window by CSS."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING
from xml.sax.saxutils import escape

import pyte

from tools.recording.session import COLUMNS, ROWS

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from tools.recording.session import Output

_CELL_WIDTH, _CELL_HEIGHT, _MARGIN = 8.4, 17, 14
_SHORTEST = 0.12
"""Seconds between two screens that are shown."""
_LAST = 5.0
"""Seconds that the last screen stays."""
_COLORS = {
    "default": "#d8dee9",
    "black": "#4c566a",
    "red": "#ff7b85",
    "green": "#a3d977",
    "brown": "#ebcb8b",
    "blue": "#81a1c1",
    "magenta": "#c59ac8",
    "cyan": "#88d0e0",
    "white": "#eceff4",
}
_BACKGROUND = "#1d222b"
_WORDS = re.compile(r"\S+(?: \S+)*")


@dataclass(frozen=True)
class Run:
    """Letters of one look, from a column on."""

    column: int
    text: str
    color: str
    bold: bool


Row = tuple[Run, ...]


@dataclass(frozen=True)
class Frame:
    """What the terminal shows from a time on, in seconds."""

    at: float
    rows: tuple[Row, ...]


def frames(outputs: Iterable[Output]) -> list[Frame]:
    """The screens, one after another, those that stay too short for an eye left out."""
    screen = pyte.Screen(COLUMNS, ROWS)
    stream = pyte.Stream(screen)
    found: list[Frame] = []
    for output in outputs:
        stream.feed(output.text)
        frame = Frame(output.at, tuple(_row(screen, line) for line in range(ROWS)))
        if found and frame.rows == found[-1].rows:
            continue
        if found and frame.at - found[-1].at < _SHORTEST:
            frame = Frame(found.pop().at, frame.rows)
        found.append(frame)
    return found


def _row(screen: pyte.Screen, line: int) -> Row:
    runs: list[Run] = []
    for column in range(COLUMNS):
        char = screen.buffer[line][column]
        color = _COLORS.get(char.fg, _COLORS["default"])
        last = runs[-1] if runs else None
        if last and (last.color, last.bold) == (color, char.bold):
            runs[-1] = Run(last.column, last.text + char.data, color, char.bold)
        else:
            runs.append(Run(column, char.data, color, char.bold))
    return tuple(piece for run in runs for piece in _pieces(run))


def _pieces(run: Run) -> Iterator[Run]:
    """Its words, apart where there is a gap: so columns stay in line whatever the font."""
    for found in _WORDS.finditer(run.text):
        yield Run(run.column + found.start(), found[0], run.color, run.bold)


def to_svg(shown: Sequence[Frame], title: str) -> str:
    """The screens as one file without a script, which every browser plays."""
    return "\n".join(_svg(shown, title)) + "\n"


def _svg(shown: Sequence[Frame], title: str) -> Iterator[str]:
    width, height = COLUMNS * _CELL_WIDTH, ROWS * _CELL_HEIGHT
    whole = f"{width + 2 * _MARGIN:.0f} {height + 2 * _MARGIN}"
    yield f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {whole}" role="img">'
    yield f"<title>{escape(title)}</title>"
    yield f"<style>{_style(shown, height)}</style>"
    yield f'<rect width="100%" height="100%" rx="8" fill="{_BACKGROUND}"/>'
    rows = {row: f"r{n}" for n, row in enumerate(dict.fromkeys(r for f in shown for r in f.rows))}
    yield "<defs>"
    for row, name in rows.items():
        if row:
            yield f'<g id="{name}">{"".join(map(_run, row))}</g>'
    yield "</defs>"
    yield f'<svg x="{_MARGIN}" y="{_MARGIN}" width="{width:.0f}" height="{height}"><g class="film">'
    for number, frame in enumerate(shown):
        for line, row in enumerate(frame.rows):
            if row:
                y = number * height + line * _CELL_HEIGHT
                yield f'<use href="#{rows[row]}" y="{y}"/>'
    yield "</g></svg></svg>"


def _run(run: Run) -> str:
    x, length = run.column * _CELL_WIDTH, len(run.text) * _CELL_WIDTH
    weight = ' font-weight="bold"' if run.bold else ""
    return (
        f'<text x="{x:.1f}" y="13" textLength="{length:.1f}" fill="{run.color}"{weight}>'
        f"{escape(run.text)}</text>"
    )


def _style(shown: Sequence[Frame], height: int) -> str:
    end = shown[-1].at + _LAST
    stops = "".join(
        f"{frame.at / end * 100:.3f}%{{transform:translateY(-{number * height}px)}}"
        for number, frame in enumerate(shown)
    )
    still = f"translateY(-{(len(shown) - 1) * height}px)"
    return (
        "text{font:14px ui-monospace,SFMono-Regular,Menlo,Consolas,'DejaVu Sans Mono',monospace;"
        "white-space:pre}"
        f".film{{animation:film {end:.2f}s step-end infinite}}"
        f"@keyframes film{{{stops}}}"
        # Who wants no movement sees the end.
        f"@media(prefers-reduced-motion){{.film{{animation:none;transform:{still}}}}}"
    )
