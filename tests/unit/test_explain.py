"""The command `explain`."""

from __future__ import annotations

import json

import pytest
from commands import call
from fakes import RecordingRunner

from ralex_stack.catalogue import ENTRIES
from ralex_stack.errors import RalexError


def test_an_entry_is_shown_with_what_to_do() -> None:
    runner = RecordingRunner()
    shown = call(runner, "explain", "port-taken").stdout
    assert shown.startswith("port-taken: a port that the stack publishes is taken\n")
    assert "network.gateway_port=4400" in shown
    assert runner.calls == []


def test_without_a_code_all_are_listed() -> None:
    lines = call(RecordingRunner(), "explain").stdout.splitlines()
    listed = {line.split()[0] for line in lines if line.startswith("  ")}
    assert listed == {entry.code for entry in ENTRIES}


def test_as_json() -> None:
    one = json.loads(call(RecordingRunner(), "explain", "budget-spent", "--json").stdout)
    assert (one["code"], one["status"]) == ("budget-spent", 402)
    every = json.loads(call(RecordingRunner(), "--json", "explain").stdout)
    assert len(every) == len(ENTRIES)


def test_an_unknown_code_is_told_with_the_nearest() -> None:
    with pytest.raises(RalexError, match="no entry `port-takn`") as error:
        call(RecordingRunner(), "explain", "port-takn")
    assert error.value.hint.startswith("nearest: port-taken")
