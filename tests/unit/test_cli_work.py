"""The commands that work on a directory, on a stand-in of the engine."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from commands import call, up

from ralex_stack.errors import EngineError, RalexError, SilentError, WorkspaceError
from ralex_stack.runner import Result

if TYPE_CHECKING:
    from pathlib import Path

    from fakes import Call, RecordingRunner

KEY = "sk-or-v1-0123456789abcdef"


def events(*found: dict[str, Any]) -> str:
    return "\n".join(json.dumps(event) for event in found)


DONE = events({"type": "text", "sessionID": "ses_1", "part": {"text": "done"}})
REFUSED = events(
    {
        "type": "tool_use",
        "part": {
            "tool": "bash",
            "state": {"input": {"command": "rm"}, "error": "The user rejected permission"},
        },
    }
)


def test_run_works_on_this_directory(runner: RecordingRunner, tmp_path: Path) -> None:
    up(runner)
    runner.on("compose", "run", stdout=DONE)
    result = call(runner, "run", "create hello.py")
    assert (result.exit_code, result.stdout) == (0, "done\n")
    (made,) = runner.asked("compose", "run")
    assert made.stdin == "create hello.py"
    assert made.has(["--rm", "--no-TTY", "--workdir", str(tmp_path / "here"), "workspace"])
    assert made.arguments[-4:] == ("opencode", "run", "--format", "json")
    assert len(runner.asked("docker", "rm", "--force")) == 1


def test_run_takes_prompt_directory_model_and_agent(
    runner: RecordingRunner, tmp_path: Path
) -> None:
    up(runner)
    (tmp_path / "project").mkdir()
    runner.on("compose", "run", stdout=DONE)
    options = ["--dir", str(tmp_path / "project"), "--model", "tier:smart", "--agent", "build"]
    result = call(runner, "run", "-", *options, "--continue", "--json", stdin="from a pipe\n")
    (made,) = runner.asked("compose", "run")
    assert made.stdin == "from a pipe\n"
    assert made.has(["--workdir", str(tmp_path / "project"), "--agent", "build", "--continue"])
    assert made.arguments[made.arguments.index("--model") + 1].endswith("tier:smart")
    assert json.loads(result.stdout)["text"] == "done"


@pytest.mark.parametrize(
    ("stdout", "code", "said"),
    [
        (REFUSED, 0, "a permission was refused: bash: rm"),
        ("", 0, "without an answer"),
        (DONE, 2, "code 2"),
    ],
)
def test_run_ends_with_1_where_the_turn_failed(
    runner: RecordingRunner, stdout: str, code: int, said: str
) -> None:
    up(runner)
    runner.on("compose", "run", stdout=stdout, code=code)
    result = call(runner, "run", "hi")
    assert result.exit_code == 1
    assert said in result.stderr
    data = json.loads(call(runner, "run", "hi", "--json").stdout)
    assert data["ok"] is False
    assert said in data["problem"]


def test_a_turn_that_does_not_begin_is_begun_once_more(runner: RecordingRunner) -> None:
    up(runner)
    results = iter([SilentError("silent"), Result(0, DONE)])

    def answer(_: Call) -> Result:
        found = next(results)
        if isinstance(found, Exception):
            raise found
        return found

    runner.on("compose", "run", do=answer)
    result = call(runner, "run", "hi")
    assert (result.exit_code, result.stdout) == (0, "done\n")
    assert "warning: OpenCode told nothing within 300 s" in result.stderr
    first, second = runner.asked("compose", "run")
    assert first.within == second.within == 300
    assert first.arguments != second.arguments
    assert len(runner.asked("docker", "rm", "--force")) == 2


def test_a_turn_that_never_begins_ends_with_an_error(runner: RecordingRunner) -> None:
    up(runner)
    runner.on("compose", "run", error=SilentError("silent"))
    with pytest.raises(EngineError, match="OpenCode hangs: it was begun 2 times") as error:
        call(runner, "--set", "routing.idle_timeout=10", "run", "hi")
    assert error.value.code == "opencode-hangs"
    calls = runner.asked("compose", "run")
    assert [made.within for made in calls] == [130, 130]
    assert len(runner.asked("docker", "rm", "--force")) == 2


def test_run_refuses_before_anything_is_started(runner: RecordingRunner, tmp_path: Path) -> None:
    up(runner)
    (tmp_path / "home").mkdir()
    with pytest.raises(WorkspaceError, match="too wide"):
        call(runner, "run", "hi", "--dir", str(tmp_path / "home"))
    with pytest.raises(WorkspaceError, match="not a directory"):
        call(runner, "run", "hi", "--dir", "none")
    with pytest.raises(RalexError, match="there is no model `tier:smrt`") as error:
        call(runner, "run", "hi", "--model", "tier:smrt")
    assert "nearest: tier:smart" in error.value.hint
    assert call(runner, "run", " ").exit_code == 2
    assert not runner.asked("compose", "run")


def test_code_needs_a_terminal(runner: RecordingRunner) -> None:
    up(runner)
    with pytest.raises(WorkspaceError, match="needs a terminal") as error:
        call(runner, "code")
    assert "ralex-stack run" in error.value.hint
