"""The command line as a whole: what it loads, how it ends."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
from typing import TYPE_CHECKING

import click
import pytest

from ralex_stack.cli.main import COMMANDS, LazyGroup, cli

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path
HEAVY = ("pydantic", "docker", "rich", "httpx", "yaml", "requests")


def program(
    *arguments: str, cwd: Path, environment: Mapping[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "ralex_stack", *arguments],
        cwd=cwd,
        env={**os.environ, "XDG_STATE_HOME": str(cwd / "state"), **(environment or {})},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize("option", ["--version", "--help", "-h"])
def test_help_and_version_load_nothing_heavy(option: str) -> None:
    code = (
        "import sys\nfrom ralex_stack.cli.main import main\n"
        f"sys.argv = ['ralex-stack', {option!r}]\n"
        "try:\n    main()\nexcept SystemExit as error:\n    assert not error.code\n"
        f"loaded = [name for name in {HEAVY!r} if name in sys.modules]\n"
        "assert not loaded, loaded\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    assert "ralex-stack" in done.stdout


@pytest.mark.parametrize("name", COMMANDS)
def test_the_table_of_commands_says_what_the_commands_say(name: str) -> None:
    context = click.Context(cli)
    assert isinstance(cli, LazyGroup)
    command = cli.get_command(context, name)
    assert command is not None
    assert command.name == name
    table = words(COMMANDS[name][1])
    own = words((command.help or "").partition("\n\n")[0])
    assert set(table) <= set(own)


def words(text: str) -> list[str]:
    return re.findall(r"[a-z]+", text.lower())


def test_help_lists_every_command(tmp_path: Path) -> None:
    shown = program("--help", cwd=tmp_path).stdout
    for name, (_, text) in COMMANDS.items():
        assert re.search(rf"^  {name} +{re.escape(text)}$", shown, re.MULTILINE)


def test_an_unknown_command(tmp_path: Path) -> None:
    done = program("upp", cwd=tmp_path)
    assert done.returncode == 2
    assert "No such command 'upp'" in done.stderr


def test_errors_go_to_standard_error_with_what_to_do_next(tmp_path: Path) -> None:
    done = program("--stack", "none", "status", cwd=tmp_path)
    assert (done.returncode, done.stdout) == (1, "")
    assert (
        done.stderr == "error: no stack `none` was brought up by this user\nnext: there are: none\n"
        "more: ralex-stack explain stack-unknown\n"
    )


def test_errors_are_json_on_standard_output_where_that_was_asked_for(tmp_path: Path) -> None:
    done = program("--stack", "none", "status", "--json", cwd=tmp_path)
    assert json.loads(done.stdout) == {
        "error": "no stack `none` was brought up by this user",
        "hint": "there are: none",
        "code": "stack-unknown",
    }
    assert done.stderr.startswith("error: ")


def test_invalid_settings_end_with_2(tmp_path: Path) -> None:
    (tmp_path / "ralex-stack.toml").write_text("[stck]\n")
    done = program("plan", "--json", cwd=tmp_path)
    assert done.returncode == 2
    assert "stck" in json.loads(done.stdout)["error"]
    assert not (tmp_path / "state").exists()


def test_without_a_docker_program_there_is_one_clear_error(tmp_path: Path) -> None:
    done = program("up", cwd=tmp_path, environment={"PATH": "/nowhere"})
    assert done.returncode == 1
    assert done.stderr.splitlines() == [
        "error: the program `docker` was not found on PATH",
        "next: run `make setup`, or install it; `ralex-stack doctor` tells what is missing",
        "more: ralex-stack explain program-missing",
    ]


def test_without_an_engine_there_is_one_clear_error(tmp_path: Path) -> None:
    (tmp_path / "docker").write_text(
        f"""#!/bin/sh
echo '[{{"Endpoints": {{"docker": {{"Host": "unix://{tmp_path}/none.sock"}}}}}}]'
"""
    )
    (tmp_path / "docker").chmod(0o755)
    path = f"{tmp_path}:{os.environ['PATH']}"
    done = program("up", cwd=tmp_path, environment={"PATH": path})
    error, hint, more = done.stderr.splitlines()
    assert done.returncode == 1
    assert error.startswith("error: the Docker engine does not answer at unix://")
    assert error.endswith("none.sock: there is no such socket")
    assert "make setup" in hint
    assert more == "more: ralex-stack explain engine-unreachable"


def test_a_reader_that_goes_away_is_no_defect(tmp_path: Path) -> None:
    done = subprocess.run(
        [
            "bash",
            "-c",
            f"{sys.executable} -m ralex_stack schema | true; exit ${{PIPESTATUS[0]}}",
        ],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode in (0, 1)
    assert done.stderr == ""


@pytest.mark.parametrize(
    ("number", "code", "said"),
    [
        (signal.SIGINT, 130, "error: interrupted\n"),
        (signal.SIGTERM, 143, ""),
        (signal.SIGHUP, 129, ""),
    ],
)
def test_a_signal_ends_what_was_started_too(
    tmp_path: Path, number: signal.Signals, code: int, said: str
) -> None:
    command = f"echo $$ >{tmp_path}/pid.new; mv {tmp_path}/pid.new {tmp_path}/pid; exec sleep 600"
    (tmp_path / "ralex-stack.toml").write_text(
        f"[providers.openrouter]\napi_key = {{ command = '{command}' }}\n"
    )
    process = subprocess.Popen(
        [sys.executable, "-m", "ralex_stack", "render"],
        cwd=tmp_path,
        env={**os.environ, "XDG_STATE_HOME": str(tmp_path / "state")},
        stderr=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        text=True,
    )
    while not (tmp_path / "pid").exists():
        time.sleep(0.02)
    process.send_signal(number)
    _, shown = process.communicate()
    assert process.returncode == code
    assert said in shown
    assert "Traceback" not in shown
    with pytest.raises(ProcessLookupError):
        os.kill(int((tmp_path / "pid").read_text()), 0)


def test_a_hangup_is_ignored_where_the_caller_says_so(tmp_path: Path) -> None:
    code = (
        "import os, signal\n"
        "import click\n"
        "from ralex_stack.cli.failure import run\n"
        "command = click.Command('x', callback=lambda: os.kill(os.getpid(), signal.SIGHUP))\n"
        "run(command)\n"
    )
    done = subprocess.run(
        ["nohup", sys.executable, "-c", code], cwd=tmp_path, capture_output=True, check=False
    )
    assert done.returncode == 0
