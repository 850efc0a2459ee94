"""Logs of a service with one container, and with several."""

from __future__ import annotations

import pytest
from fakes import RecordingRunner

from ralex_stack.engines import logs


def printed() -> RecordingRunner:
    return (
        RecordingRunner()
        .on("docker", "logs", "g1", stdout="T1 one\nT4 four and more\n")
        .on("docker", "logs", "g2", stdout="T2 two\nT3 three\n", code=2)
    )


def test_lines_of_several_containers_are_told_in_their_order() -> None:
    heard: list[str] = []
    assert logs.read(printed(), ["g1", "g2"], heard.append) == 2
    assert heard == ["one", "two", "three", "four and more"]


def test_lines_of_one_container_are_told_as_they_are() -> None:
    heard: list[str] = []
    assert logs.read(printed(), ["g1"], heard.append) == 0
    assert heard == ["T1 one", "T4 four and more"]


@pytest.mark.parametrize(("names", "code"), [(["g1"], 0), (["g1", "g2"], 2)])
def test_all_containers_are_followed(names: list[str], code: int) -> None:
    heard: list[str] = []
    runner = printed()
    assert logs.follow(runner, names, heard.append) == code
    assert len(heard) == 2 * len(names)
    assert {call.arguments[-1] for call in runner.asked("--follow")} == set(names)
