"""What the shell completes: click's protocol as bash speaks it, in a process of its own."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
from commands import call, up

from ralex_stack.catalogue import ENTRIES

if TYPE_CHECKING:
    from pathlib import Path

    from fakes import RecordingRunner

HEAVY = ("pydantic", "docker", "rich", "httpx", "yaml", "requests")
PROGRAM = f"""
import sys
from ralex_stack.cli.main import main
sys.argv = ["ralex-stack"]
try:
    main()
finally:
    loaded = [name for name in {HEAVY!r} if name in sys.modules]
    assert not loaded, loaded
"""
SETTINGS = """
[stack]
name = "mine"
[models.own]
upstream = "openrouter/a/b"
[models.other]
upstream = "openrouter/a/c"
[tiers]
fast = { models = ["own"] }
"""


def completed(words: str, cwd: Path) -> list[str]:
    """What is offered for the last word; none of it may load anything heavy."""
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM],
        cwd=cwd,
        env={
            **os.environ,
            "_RALEX_STACK_COMPLETE": "bash_complete",
            "COMP_WORDS": words,
            "COMP_CWORD": str(len(words.split(" ")) - 1),
            "XDG_STATE_HOME": str(cwd / "state"),
        },
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    return [line.partition(",")[2] for line in done.stdout.splitlines()]


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("ralex-stack re", ["restart", "render"]),
        ("ralex-stack --stack mi", ["mine"]),
        ("ralex-stack restart ga", ["gateway"]),
        ("ralex-stack restart gateway ga", []),
        ("ralex-stack --stack mine logs v", ["valkey"]),
        ("ralex-stack run hello --model o", ["own", "other"]),
        ("ralex-stack run hello --model tier:", ["tier:fast"]),
        ("ralex-stack explain port-", ["port-taken"]),
        ("ralex-stack --set network.g", ["network.gateway_port="]),
        ("ralex-stack --set stack.provider=re", ["stack.provider=real", "stack.provider=record"]),
        ("ralex-stack config show sandbox.r", ["sandbox.resources"]),
        ("ralex-stack --color n", ["never"]),
        ("ralex-stack plan --color al", ["always"]),
        ("ralex-stack completion z", ["zsh"]),
        ("ralex-stack up --js", ["--json"]),
    ],
)
def test_what_is_offered(tmp_path: Path, words: str, expected: list[str]) -> None:
    (tmp_path / "ralex-stack.toml").write_text(SETTINGS)
    project = tmp_path / "state" / "ralex-stack" / "mine" / "project"
    project.mkdir(parents=True)
    (project.parent / "state.json").touch()
    (project / "compose.yaml").write_text(
        "name: mine\nservices:\n  gateway:\n    image: a\n  valkey:\n    image: b\n"
        "  workspace:\n    image: c\nvolumes:\n  data: {}\n"
    )
    found = completed(words, tmp_path)
    assert found[: len(expected)] == expected
    assert len(found) <= len(expected) + 3


def test_codes_are_all_offered(tmp_path: Path) -> None:
    assert completed("ralex-stack explain ", tmp_path) == [entry.code for entry in ENTRIES]


@pytest.mark.parametrize("text", ["[models", "\x00", "stack = 3", '[stack]\nname = ["a"]'])
def test_settings_that_are_broken_break_no_completion(tmp_path: Path, text: str) -> None:
    (tmp_path / "ralex-stack.toml").write_text(text)
    assert "tier:cheap" in completed("ralex-stack run hello --model ", tmp_path)
    assert "gateway" in completed("ralex-stack restart ", tmp_path)


def test_services_are_those_of_the_project_as_it_is_written(
    runner: RecordingRunner, tmp_path: Path
) -> None:
    up(runner)
    offered = completed("ralex-stack restart ", tmp_path)
    listed = set(call(runner, "status", "--json").stdout.split('"service": "')[1:])
    assert {name for name in offered if not name.startswith("-")} == {
        text.partition('"')[0] for text in listed
    }


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_the_script_calls_this_program(runner: RecordingRunner, shell: str) -> None:
    script = call(runner, "completion", shell).stdout
    assert "_RALEX_STACK_COMPLETE=" + shell in script
    assert "ralex-stack" in script


def test_another_shell_is_refused(runner: RecordingRunner) -> None:
    result = call(runner, "completion", "tcsh")
    assert result.exit_code == 2
    assert "'bash', 'zsh', 'fish'" in result.stderr
