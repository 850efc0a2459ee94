"""Work that cannot be done ends with a non-zero code and says why and what to do."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from harness import eventually

if TYPE_CHECKING:
    from collections.abc import Callable

    from harness import Stack

HELLO = "create hello.py that prints hello"


def test_a_failed_turn(faulty: Stack, repo: Path) -> None:
    done = faulty.run("run", HELLO, "--dir", repo, "--model", "lonely-refused", code=1)

    assert "error: the turn failed" in done.stderr
    assert "no auth credentials found" in done.stderr
    assert not (repo / "hello.py").exists()
    assert faulty.containers(one_off=True) == {}


def test_a_failed_turn_as_json(faulty: Stack, repo: Path) -> None:
    result = faulty.json("run", HELLO, "--dir", repo, "--model", "lonely-out", code=1)

    assert result["ok"] is False
    assert "insufficient credits" in result["problem"]


@pytest.mark.parametrize("agent", ["asking", "denying"])
def test_a_refused_permission(faulty: Stack, repo: Path, agent: str) -> None:
    (repo / "check.sh").write_text("touch ran\n")

    done = faulty.run("run", "run check.sh", "--dir", repo, "--agent", agent, code=1)

    assert "a permission was refused: bash: sh check.sh" in done.stderr
    assert not (repo / "ran").exists()


def test_a_permission_that_the_project_refuses(stack: Stack, repo: Path) -> None:
    (repo / "check.sh").write_text("touch ran\n")
    (repo / "opencode.json").write_text(json.dumps({"permission": {"bash": "ask"}}))

    result = stack.json("run", "run check.sh", "--dir", repo, code=1)

    assert result["refused"] == ["bash: sh check.sh"]
    assert not (repo / "ran").exists()


def test_an_unknown_model_is_answered_with_the_nearest(stack: Stack, repo: Path) -> None:
    done = stack.run("run", HELLO, "--dir", repo, "--model", "tier:smarr", code=1)

    assert "there is no model `tier:smarr`" in done.stderr
    assert "tier:smart" in done.stderr


@pytest.mark.parametrize(
    ("directory", "said"),
    [
        ("/nowhere/at/all", "is not a directory"),
        ("/", "too wide"),
        (str(Path.home()), "too wide"),
        (str(Path.home().parent), "too wide"),
    ],
    ids=["missing", "root", "home", "above-home"],
)
def test_a_directory_that_is_no_workspace(stack: Stack, directory: str, said: str) -> None:
    done = stack.run("run", HELLO, "--dir", directory, code=1)

    assert said in done.stderr
    assert "next: " in done.stderr


def test_an_empty_prompt(stack: Stack, repo: Path) -> None:
    done = stack.run("run", " ", "--dir", repo, code=2)

    assert "the prompt is empty" in done.stderr


@pytest.mark.parametrize(
    "command", [["run", HELLO], ["logs"], ["restart"], ["env"]], ids=lambda c: str(c[0])
)
def test_a_stack_that_is_not_up(
    another: Callable[..., Stack], repo: Path, command: list[str]
) -> None:
    done = another().run(*command, code=1, cwd=repo)

    assert "ralex-stack up" in done.stderr


def test_code_needs_a_terminal(stack: Stack, repo: Path) -> None:
    done = stack.run("code", repo, code=1)

    assert "needs a terminal" in done.stderr


def test_a_command_that_is_killed_ends_its_turn(stack: Stack, repo: Path) -> None:
    (repo / "check.sh").write_text("touch begun; sleep 600\n")
    command = stack.arguments("run", "run check.sh", "--dir", repo)
    with subprocess.Popen(command, stdin=subprocess.DEVNULL, env=stack.environment) as process:
        eventually((repo / "begun").exists)
        process.kill()

    eventually(lambda: not stack.containers(one_off=True))
