"""Progress for people: a table that is drawn over and over on a terminal, plain lines elsewhere."""

from __future__ import annotations

import threading
import time
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from ralex_stack.progress import BuildStep, Event, Phase, ServiceState, nobody

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from rich.console import Console
    from rich.table import Table

    from ralex_stack.cli.output import Output
    from ralex_stack.progress import Listener

_REDRAWN_PER_SECOND = 8
_ROWS_KEPT_FREE = 4
_GOOD = frozenset({"healthy", "running", "removed", "done"})
_BAD = frozenset({"unhealthy", "exited", "dead", "restarting"})


@contextmanager
def shown(output: Output) -> Iterator[Listener]:
    """A listener that shows what it is told until the end."""
    if output.quiet:
        yield nobody
    elif output.live():
        with _live(output.console(err=True)) as listener:
            yield listener
    else:
        yield _plain(output.say)


def _plain(say: Callable[[str], None]) -> Listener:
    told: set[str] = set()

    def listen(event: Event) -> None:
        line = describe(event)
        if line not in told:
            say(line)
        if isinstance(event, Phase):
            told.clear()
        elif isinstance(event, BuildStep):
            told.add(line)

    return listen


def describe(event: Event) -> str:
    """The event as one line."""
    match event:
        case Phase(text, note):
            return f"{text} ({note})" if note else text
        case BuildStep(stage, _, _, True):
            return f"  {stage} done"
        case BuildStep(stage, step, steps):
            return f"  {stage} {step}/{steps}"
        case ServiceState(service, state):
            return f"  {service} {state}"


@dataclass
class Row:
    """A stage or a service, and since when it is in its present state of work (seconds)."""

    state: str
    began: float
    ended: float | None = None


@dataclass
class Board:
    """What was told of the phase that is going on; times come from `clock`, in seconds."""

    clock: Callable[[], float] = time.monotonic
    phase: str = ""
    began: float = 0.0
    rows: dict[str, Row] = field(default_factory=dict)

    def take(self, event: Event) -> str:
        """Take in an event; returns a line on the phase that it ended, or nothing."""
        now = self.clock()
        match event:
            case Phase(text):
                ended = self.summary()
                self.phase, self.began, self.rows = text, now, {}
                return ended
            case BuildStep(stage, step, steps, done):
                self._set(stage, "done" if done else f"step {step}/{steps}", now)
            case ServiceState(service, state):
                self._set(service, state, now)
        return ""

    def _set(self, name: str, state: str, now: float) -> None:
        row = self.rows.setdefault(name, Row(state, now))
        row.state = state
        row.ended = now if state in _GOOD else None

    def summary(self) -> str:
        """The phase and the time that it took."""
        return f"✓ {self.phase} ({lasted(self.clock() - self.began)})" if self.phase else ""

    def table(self, height: int) -> Table:
        """What is going on, in at most so many lines: what is not done first."""
        from rich.spinner import Spinner
        from rich.table import Table

        now = self.clock()
        table = Table.grid(padding=(0, 2, 0, 0))
        if not self.phase:
            return table
        table.add_row(Spinner("dots"), self.phase, "", lasted(now - self.began))
        names = sorted(self.rows, key=lambda name: self.rows[name].ended is not None)
        for name in names[: max(height - _ROWS_KEPT_FREE, 1)]:
            row = self.rows[name]
            mark, style = _looks(row.state)
            end = now if row.ended is None else row.ended
            table.add_row(mark, name, f"[{style}]{row.state}[/]", lasted(end - row.began))
        return table


def _looks(state: str) -> tuple[str, str]:
    if state in _GOOD:
        return "[green]✓[/]", "green"
    return ("[red]✗[/]", "red") if state in _BAD else ("·", "yellow")


def lasted(seconds: float) -> str:
    """A time as people write it: `8 s`, `2:05`."""
    minutes, rest = divmod(int(seconds), 60)
    return f"{minutes}:{rest:02}" if minutes else f"{rest} s"


@contextmanager
def _live(console: Console) -> Iterator[Listener]:
    """Draws until the end, then takes the drawing away: what it led to is told by the command."""
    from rich.live import Live

    # What is printed redraws what is drawn, with the same options: `markup=False` shows its tags.
    from rich.text import Text

    board = Board()
    # Services are told of by a thread of their own, and the drawing has another.
    lock = threading.Lock()

    def draw() -> Table:
        with lock:
            return board.table(console.height)

    live = Live(
        get_renderable=draw,
        console=console,
        transient=True,
        refresh_per_second=_REDRAWN_PER_SECOND,
    )

    def listen(event: Event) -> None:
        with lock:
            ended = board.take(event)
        if ended:
            console.print(Text(ended))
        if isinstance(event, Phase) and event.note:
            console.print(Text(event.note, style="dim"), soft_wrap=True)

    with live:
        yield listen
        console.print(Text(board.summary()))
