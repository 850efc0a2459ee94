"""A recording as a value: waits trimmed, names of this machine taken out, and as asciicast v2.

Format: https://docs.asciinema.org/manual/asciicast/v2/
"""

from __future__ import annotations

import json
import re
from itertools import pairwise
from typing import TYPE_CHECKING

from tools.recording.session import COLUMNS, ROWS, Output

if TYPE_CHECKING:
    from collections.abc import Container, Iterable, Iterator, Mapping, Sequence

_LONGEST_WAIT = 1.2
_LONGEST_COMMAND = 9.0
"""Seconds; one that takes longer is shown faster."""
_TYPING = 0.035
"""Seconds for each letter of a command."""
_MOMENT = 1.5
"""Seconds that what a command has led to is left to be read."""


def trimmed(outputs: Sequence[Output], commands: Sequence[str]) -> list[Output]:
    """The same with no long wait, and the commands typed letter by letter."""
    typed = {f"{command}\r\n" for command in commands}
    found: list[Output] = []
    now = 0.0
    for part in _parts(outputs, typed):
        first, *rest = part
        if first.text in typed:
            now += _MOMENT
            for letter in [*first.text[:-2], "\r\n"]:
                found.append(Output(now, letter))
                now += _TYPING
        else:
            found.append(Output(now, first.text))
        gaps = [min(after.at - before.at, _LONGEST_WAIT) for before, after in pairwise(part)]
        faster = min(1.0, _LONGEST_COMMAND / sum(gaps)) if sum(gaps) else 1.0
        for gap, output in zip(gaps, rest, strict=True):
            now += gap * faster
            found.append(Output(now, output.text))
    return found


def _parts(outputs: Iterable[Output], typed: Container[str]) -> list[list[Output]]:
    """The outputs, each command with what follows it."""
    parts: list[list[Output]] = []
    for output in outputs:
        if output.text in typed or not parts:
            parts.append([])
        parts[-1].append(output)
    return parts


def renamed(outputs: Iterable[Output], names: Mapping[str, str]) -> list[Output]:
    """With other names, of the same length so that tables stay as they are."""
    if unequal := [name for name, other in names.items() if len(name) != len(other)]:
        raise ValueError(f"not of the same length: {unequal}")
    pattern = re.compile("|".join(map(re.escape, names)))
    return [
        Output(output.at, pattern.sub(lambda found: names[found[0]], output.text))
        for output in outputs
    ]


def homeless(outputs: Iterable[Output], home: str) -> list[Output]:
    """With `~` for the home directory."""
    return [Output(output.at, output.text.replace(home, "~")) for output in outputs]


def private(outputs: Iterable[Output], words: Iterable[str]) -> list[str]:
    """Those of the words that the recording shows."""
    text = "".join(output.text for output in outputs)
    return sorted({word for word in words if word and word in text})


def to_asciicast(outputs: Iterable[Output]) -> str:
    """The recording as asciinema plays it."""
    return "".join(line + "\n" for line in _lines(outputs))


def _lines(outputs: Iterable[Output]) -> Iterator[str]:
    yield json.dumps({"version": 2, "width": COLUMNS, "height": ROWS, "env": {"TERM": "xterm"}})
    for output in outputs:
        yield json.dumps([round(output.at, 3), "o", output.text], ensure_ascii=False)


def from_asciicast(text: str) -> list[Output]:
    """The outputs of a file in this format."""
    events = [json.loads(line) for line in text.splitlines()[1:]]
    return [Output(at, data) for at, kind, data in events if kind == "o"]
