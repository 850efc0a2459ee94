"""The recording as a value, and as it is drawn."""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

import pytest

from tools.recording import cast, svg
from tools.recording.session import Output, Session

if TYPE_CHECKING:
    from pathlib import Path


def test_waits_are_trimmed_and_commands_typed() -> None:
    outputs = [Output(0, "$ "), Output(9, "ls\r\n"), Output(500, "a\r\n")]
    found = cast.trimmed(outputs, ["ls"])
    assert "".join(output.text for output in found) == "$ ls\r\na\r\n"
    assert [output.text for output in found] == ["$ ", "l", "s", "\r\n", "a\r\n"]
    assert found[-1].at < 6
    assert sorted(found, key=lambda output: output.at) == found


def test_a_long_command_is_shown_faster() -> None:
    outputs = [Output(0, "$ "), Output(1, "ls\r\n"), *(Output(1 + n, f"{n}") for n in range(99))]
    found = cast.trimmed(outputs, ["ls"])
    assert found[-1].at < 12
    assert [output.text for output in found[4:]] == [str(n) for n in range(99)]


def test_a_session_keeps_what_is_shown_without_the_echo(tmp_path: Path) -> None:
    with Session(tmp_path, {"PATH": os.environ["PATH"]}) as session:
        session.type("echo one; echo two")
        session.type("echo three")
    shown = "".join(output.text for output in session.outputs)
    assert re.sub(r"\x1b\[[0-9;]*m", "", shown) == (
        "$ echo one; echo two\r\none\r\ntwo\r\n$ echo three\r\nthree\r\n$ "
    )


def test_other_names_have_the_same_length() -> None:
    outputs = [Output(0, "quick at 4101")]
    assert cast.renamed(outputs, {"quick": "ralex", "4101": "4000"})[0].text == "ralex at 4000"
    with pytest.raises(ValueError, match="length"):
        cast.renamed(outputs, {"quick": "slow"})


def test_what_is_of_this_machine_is_found_across_outputs() -> None:
    outputs = cast.homeless([Output(0, "/home/ada/x /va"), Output(1, "r/me")], "/home/ada")
    assert outputs[0].text == "~/x /va"
    assert cast.private(outputs, ["/home/ada", "/var/me", ""]) == ["/var/me"]


def test_an_asciicast_is_read_as_it_was_written() -> None:
    outputs = [Output(0.5, "\x1b[1mé\x1b[0m\r\n"), Output(1.25, "b")]
    text = cast.to_asciicast(outputs)
    assert text.splitlines()[0].startswith('{"version": 2, "width": 100, "height": 30')
    assert cast.from_asciicast(text) == outputs


def test_each_screen_is_drawn_once_for_its_time() -> None:
    outputs = [
        Output(0, "\x1b[32mgreen\x1b[0m <plain>"),
        Output(0.01, "!"),
        Output(2, "\r\nnext"),
    ]
    shown = svg.frames(outputs)
    assert [frame.at for frame in shown] == [0, 2]
    assert [run.text for run in shown[1].rows[0]] == ["green", "<plain>!"]
    text = svg.to_svg(shown, "A title")
    root = ET.fromstring(text)  # noqa: S314 - made above
    assert root.findtext("{*}title") == "A title"
    assert re.search(r"@keyframes film\{0.000%.*translateY\(-510px\)", text)
    assert text.count("&lt;plain&gt;!") == 1
