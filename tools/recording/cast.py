"""A recording as a value: waits trimmed, names of this machine taken out, and as asciicast v2.

Format: https://docs.asciinema.org/manual/asciicast/v2/
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

from tools.recording.session import COLUMNS, ROWS, Output

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

_LONGEST_WAIT = 1.2
_TYPING = 0.035
"""Seconds for each letter of a command."""
_MOMENT = 1.5
"""Seconds that what a command has led to is left to be read."""


def trimmed(outputs: Sequence[Output], commands: Sequence[str]) -> list[Output]:
    """The same with no long wait, and the commands typed letter by letter."""
    typed = {f"{command}\r\n" for command in commands}
    found: list[Output] = []
    now, before = 0.0, outputs[0].at
    for output in outputs:
        now += min(output.at - before, _LONGEST_WAIT)
        before = output.at
        if output.text not in typed:
            found.append(Output(now, output.text))
            continue
        now += _MOMENT
        for letter in [*output.text[:-2], "\r\n"]:
            found.append(Output(now, letter))
            now += _TYPING
    return found


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
