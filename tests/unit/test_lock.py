"""One command at a time on a stack."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from ralex_stack.errors import LockedError
from ralex_stack.state import StateDirectory

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def directory(tmp_path: Path) -> StateDirectory:
    return StateDirectory(tmp_path / "ralex")


def test_a_second_command_is_refused_and_the_holder_named(directory: StateDirectory) -> None:
    other = StateDirectory(directory.path)
    with (
        directory.lock("up"),
        pytest.raises(
            LockedError, match=rf"`ralex-stack up` \(process {os.getpid()}, since "
        ) as error,
        other.lock("down"),
    ):
        raise AssertionError("held twice")
    assert "wait" in error.value.hint
    with other.lock("down"):
        pass
    assert [p.name for p in directory.path.iterdir()] == ["lock"]


@pytest.mark.parametrize("holder", ["", "{", "[]", '{"command": "up"}'])
def test_a_holder_that_did_not_say_who_it_is(directory: StateDirectory, holder: str) -> None:
    with directory.lock("up"):
        (directory.path / "holder.json").write_text(holder)
        with (
            pytest.raises(LockedError, match="is held by another command"),
            StateDirectory(directory.path).lock("down"),
        ):
            raise AssertionError("held twice")


def test_what_a_killed_command_started_holds_until_it_has_ended(
    directory: StateDirectory, tmp_path: Path
) -> None:
    (tmp_path / "docker").write_text("#!/bin/sh\nsleep 2\n")
    (tmp_path / "docker").chmod(0o755)
    code = (
        "import os, pathlib, signal, sys, threading\n"
        "from ralex_stack.runner import SystemRunner\n"
        "from ralex_stack.state import StateDirectory\n"
        "threading.Timer(0.5, os.kill, (os.getpid(), signal.SIGKILL)).start()\n"
        "with StateDirectory(pathlib.Path(sys.argv[1])).lock('up'):\n"
        "    SystemRunner().run(['docker'])\n"
    )
    path = f"{tmp_path}:{os.environ['PATH']}"
    command = [sys.executable, "-c", code, str(directory.path)]
    assert subprocess.run(command, env={**os.environ, "PATH": path}, check=False).returncode == -9
    with directory.lock("down"):
        pass


def test_the_name_of_a_killed_holder_does_not_outlast_it(directory: StateDirectory) -> None:
    """Where the next holder cannot say who it is, as on a full disk."""
    (directory.path / "holder.json.new").mkdir(parents=True)
    (directory.path / "holder.json").write_text('{"command": "up", "pid": 4194305, "since": 0}')
    with (
        directory.lock("up"),
        pytest.raises(LockedError, match="is held by another command"),
        StateDirectory(directory.path).lock("down"),
    ):
        raise AssertionError("held twice")


def test_a_killed_holder_holds_no_longer(directory: StateDirectory) -> None:
    code = (
        "import os, pathlib, signal, sys\n"
        "from ralex_stack.state import StateDirectory\n"
        "with StateDirectory(pathlib.Path(sys.argv[1])).lock('up'):\n"
        "    os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    done = subprocess.run([sys.executable, "-c", code, str(directory.path)], check=False)
    assert done.returncode == -9
    assert (directory.path / "holder.json").exists()
    with directory.lock("down"):
        pass
