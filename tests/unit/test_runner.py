"""Programs that are really run."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from ralex_stack.errors import CommandError, EngineError, SilentError
from ralex_stack.runner import SystemRunner

runner = SystemRunner()
LARGE = 3_000_000
"""Characters: much more than a pipe holds."""


def python(code: str) -> list[str]:
    return [sys.executable, "-c", code]


def test_what_a_program_printed() -> None:
    result = runner.run(["sh", "-c", "echo out; echo err >&2; exit 3"], check=False)
    assert (result.code, result.stdout, result.stderr) == (3, "out\n", "err\n")


def test_a_failure_carries_the_end_of_what_was_printed() -> None:
    with pytest.raises(CommandError) as error:
        runner.run(["sh", "-c", "seq 100 >&2; exit 3"])
    assert error.value.returned == 3
    assert error.value.stderr.startswith("1\n2\n")
    assert str(error.value).endswith("ended with code 3:\n" + "\n".join(map(str, range(81, 101))))


def test_standard_input_is_given_or_empty() -> None:
    assert runner.run(["cat"], stdin="hello").stdout == "hello"
    assert runner.run(["cat"]).stdout == ""


def test_the_environment_is_replaced() -> None:
    assert runner.run(["/usr/bin/env"], environment={"A": "b"}).stdout == "A=b\n"


@pytest.mark.parametrize("locale", ["C", "C.UTF-8"])
def test_text_is_utf8_whatever_the_locale(locale: str) -> None:
    code = (
        "from ralex_stack.runner import SystemRunner as R\n"
        "lines = []\n"
        "assert R().run(['cat'], stdin='\\xe9').stdout == '\\xe9'\n"
        "assert R().stream(['cat'], lines.append, stdin='\\xe9').code == 0\n"
        "assert lines == ['\\xe9']\n"
    )
    environment = {**os.environ, "LC_ALL": locale, "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
    root = Path(__file__).parents[2]
    done = subprocess.run(python(code), env=environment, cwd=root, capture_output=True, check=False)
    assert done.stderr == b""


def test_bytes_that_are_no_text_do_no_harm() -> None:
    assert runner.run(["printf", "a\\377b"]).stdout == "a\ufffdb"


def test_large_output_on_both_sides_at_once() -> None:
    code = f"import sys; sys.stdout.write('o' * {LARGE}); sys.stderr.write('e' * {LARGE})"
    result = runner.run(python(code))
    assert (len(result.stdout), len(result.stderr)) == (LARGE, LARGE)


def test_a_stream_hands_over_lines_as_they_come() -> None:
    lines: list[str] = []
    code = (
        "import sys\nprint('one', flush=True)\nassert sys.stdin.readline() == 'go\\n'\nprint('two')"
    )
    result = runner.stream(python(code), lines.append, stdin="go\n")
    assert (result.code, lines) == (0, ["one", "two"])


def test_a_stream_with_large_input_output_and_errors() -> None:
    code = (
        f"import sys; sys.stderr.write('e' * {LARGE}); print('o' * {LARGE}, flush=True); "
        "print(len(sys.stdin.read()))"
    )
    lines: list[str] = []
    result = runner.stream(python(code), lines.append, stdin="i" * LARGE)
    assert [len(lines[0]), lines[1], len(result.stderr)] == [LARGE, str(LARGE), LARGE]


def test_a_stream_can_hand_over_errors_too() -> None:
    lines: list[str] = []
    result = runner.stream(["sh", "-c", "echo out; echo err >&2; exit 4"], lines.append, merge=True)
    assert (result.code, lines, result.stderr) == (4, ["out", "err"], "")


def test_a_program_that_does_not_read_its_input() -> None:
    assert runner.run(["true"], stdin="x" * LARGE).code == 0
    assert runner.stream(["true"], print, stdin="x" * LARGE).code == 0


def test_a_program_that_takes_too_long_is_ended() -> None:
    with pytest.raises(EngineError, match=r"`sleep 600 …` did not end within 0.2 s") as error:
        runner.run(["sleep", "600"], within=0.2)
    assert "doctor" in error.value.hint


def test_a_stream_that_does_not_begin_is_ended() -> None:
    with pytest.raises(SilentError, match=r"`sleep 600 …` printed nothing within 0.2 s"):
        runner.stream(["sleep", "600"], print, first_within=0.2)


@pytest.mark.parametrize("script", ["echo one; sleep 2.5; echo two", "exit 0"])
def test_only_the_first_line_of_a_stream_has_a_limit(script: str) -> None:
    lines: list[str] = []
    assert runner.stream(["sh", "-c", script], lines.append, first_within=2).code == 0
    assert lines == (["one", "two"] if "echo" in script else [])


def test_a_program_is_ended_when_its_caller_is_killed(tmp_path: Path) -> None:
    code = (
        "import sys\n"
        "from ralex_stack.runner import SystemRunner\n"
        "SystemRunner().run(['sh', '-c', 'echo $$ >\"$0\"; exec sleep 600', sys.argv[1]])\n"
    )
    file = tmp_path / "pid"
    with subprocess.Popen([*python(code), str(file)]) as caller:
        while not (file.exists() and file.read_text().endswith("\n")):
            time.sleep(0.01)
        caller.kill()
    program = Path("/proc") / file.read_text().strip()
    while program.exists() and "(zombie)" not in (program / "status").read_text():
        time.sleep(0.01)


def test_a_program_for_the_time_after_a_kill(tmp_path: Path) -> None:
    code = (
        "import os, signal, sys\n"
        "from ralex_stack.runner import SystemRunner\n"
        "with SystemRunner().when_killed(['touch', sys.argv[1]]):\n"
        "    if sys.argv[2] == 'kill':\n"
        "        os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    for how, file in (("end", tmp_path / "ended"), ("kill", tmp_path / "killed")):
        subprocess.run([*python(code), str(file), how], check=False)
    while not (tmp_path / "killed").exists():
        time.sleep(0.01)
    assert not (tmp_path / "ended").exists()


def test_what_cannot_be_told_to_end_with_its_caller_is_run_all_the_same(tmp_path: Path) -> None:
    """As BusyBox, whose `setpriv` has no such option."""
    (tmp_path / "setpriv").write_text("#!/bin/sh\necho 'unrecognized option' >&2; exit 1\n")
    (tmp_path / "setpriv").chmod(0o755)
    code = (
        "from ralex_stack.runner import SystemRunner\n"
        "print(SystemRunner().run(['echo', 'ran']).stdout, end='')\n"
    )
    environment = {**os.environ, "PATH": f"{tmp_path}:{os.environ['PATH']}"}
    done = subprocess.run(python(code), env=environment, capture_output=True, check=False)
    assert (done.stdout, done.stderr) == (b"ran\n", b"")


def test_a_program_that_does_not_exist() -> None:
    for program in ("no-such-program", "/no/such/program"):
        for run in (runner.run, runner.interact):
            with pytest.raises(EngineError, match=f"`{program}` was not found") as error:
                run([program, "x"])
            assert "make setup" in error.value.hint


def test_an_error_of_the_listener_is_not_taken_for_a_missing_program() -> None:
    def listen(line: str) -> None:
        raise FileNotFoundError(line)

    with pytest.raises(FileNotFoundError, match="hello"):
        runner.stream(["echo", "hello"], listen)


def test_a_stream_that_fails_ends_its_program(tmp_path: Path) -> None:
    def listen(line: str) -> None:
        (tmp_path / "pid").write_text(line)
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        runner.stream(["sh", "-c", "echo $$; exec sleep 600"], listen)
    assert_gone(int((tmp_path / "pid").read_text()))


def test_a_program_that_is_ended_can_clean_up(tmp_path: Path) -> None:
    def listen(line: str) -> None:
        raise KeyboardInterrupt

    script = f"trap 'touch {tmp_path}/cleaned; exit' TERM; echo ready; while :; do sleep 0.1; done"
    with pytest.raises(KeyboardInterrupt):
        runner.stream(["sh", "-c", script], listen)
    assert (tmp_path / "cleaned").exists()


@pytest.mark.parametrize("how", ["run", "interact"])
def test_an_end_by_signal_ends_the_program_and_leaves_no_zombie(tmp_path: Path, how: str) -> None:
    """As `ralex-stack` does when it is told to end: by an exception."""
    pid_file = tmp_path / "pid"
    previous = signal.signal(signal.SIGUSR1, _interrupt)
    waiter = threading.Thread(target=_signal_when_started, args=(pid_file,))
    waiter.start()
    try:
        with pytest.raises(SystemExit):
            getattr(runner, how)(
                [
                    "sh",
                    "-c",
                    f"echo $$ >{pid_file}.new; mv {pid_file}.new {pid_file}; exec sleep 600",
                ]
            )
    finally:
        waiter.join()
        signal.signal(signal.SIGUSR1, previous)
    assert_gone(int(pid_file.read_text()))


def test_ctrl_c_is_for_the_program_at_the_terminal() -> None:
    code = (
        "import signal, sys\n"
        "signal.signal(signal.SIGINT, lambda *_: sys.exit(7))\n"
        "import os; os.kill(os.getppid(), signal.SIGINT); os.kill(os.getpid(), signal.SIGINT)\n"
    )
    assert runner.interact(python(code)) == 7
    with pytest.raises(KeyboardInterrupt):
        signal.raise_signal(signal.SIGINT)


def _interrupt(number: int, frame: object) -> None:
    raise SystemExit(128 + number)


def _signal_when_started(pid_file: Path) -> None:
    while not pid_file.exists():
        time.sleep(0.01)
    os.kill(os.getpid(), signal.SIGUSR1)


def assert_gone(pid: int) -> None:
    """Also no zombie: for that, the process would still be there."""
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)
