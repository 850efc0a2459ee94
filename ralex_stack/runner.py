"""The one seam through which programs are run: real, or recorded in tests."""

from __future__ import annotations

import contextlib
import os
import select
import shutil
import signal
import subprocess
import tempfile
import threading
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any, Protocol

from ralex_stack.errors import CommandError, EngineError, SilentError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from typing import IO

_GRACE = 20
"""Seconds that a program has to end before it is killed; containers are given 10 to stop."""

_WHEN_KILLED = 'read -r ended || { "$@"; sleep 3; exec "$@"; }'
"""Waits for a line, or the end of the pipe, which is its writer's; twice, since what that was about
to start may come a moment later."""


@dataclass(frozen=True)
class Result:
    """How a program ended."""

    code: int
    stdout: str = ""
    stderr: str = ""


class Runner(Protocol):
    """Runs programs given as argument lists, never through a shell."""

    def run(
        self,
        arguments: Sequence[str],
        *,
        check: bool = True,
        stdin: str | None = None,
        environment: Mapping[str, str] | None = None,
        within: float | None = None,
    ) -> Result:
        """Run to the end and return what was printed.

        `environment` replaces the caller's. Raises CommandError for a code other than 0 when
        `check` is set, EngineError when the program does not exist, or is ended because it took
        longer than `within` seconds.
        """
        ...

    def interact(
        self, arguments: Sequence[str], *, environment: Mapping[str, str] | None = None
    ) -> int:
        """Run with the caller's terminal and return the code."""
        ...

    def stream(
        self,
        arguments: Sequence[str],
        on_line: Callable[[str], None],
        *,
        stdin: str = "",
        environment: Mapping[str, str] | None = None,
        merge: bool = False,
        first_within: float | None = None,
    ) -> Result:
        """Run to the end, handing over each line of standard output as it comes.

        Returns the code and what was printed to standard error; with `merge` both go to `on_line`.
        Raises SilentError where nothing was printed within `first_within` seconds; it is ended.
        """
        ...

    def when_killed(self, arguments: Sequence[str]) -> AbstractContextManager[None]:
        """Run a program should this process be killed in the context, and not otherwise."""
        ...


class SystemRunner:
    """Runs programs of this machine. What they print is read as UTF-8."""

    def run(
        self,
        arguments: Sequence[str],
        *,
        check: bool = True,
        stdin: str | None = None,
        environment: Mapping[str, str] | None = None,
        within: float | None = None,
    ) -> Result:
        """See Runner.run."""
        with (
            _start(
                arguments,
                environment,
                stdin=subprocess.DEVNULL if stdin is None else subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
            ) as process,
            _ended(process),
        ):
            stdout, stderr = _communicate(process, arguments, stdin, within)
        result = Result(process.returncode, stdout, stderr)
        if check and result.code != 0:
            raise CommandError(tuple(arguments), result.code, result.stdout, result.stderr)
        return result

    def interact(
        self, arguments: Sequence[str], *, environment: Mapping[str, str] | None = None
    ) -> int:
        """See Runner.interact."""
        with (
            _start(arguments, environment) as process,
            _ended(process),
            _interrupts_left_to_children(),
        ):
            return process.wait()

    def stream(
        self,
        arguments: Sequence[str],
        on_line: Callable[[str], None],
        *,
        stdin: str = "",
        environment: Mapping[str, str] | None = None,
        merge: bool = False,
        first_within: float | None = None,
    ) -> Result:
        """See Runner.stream."""
        # Standard error goes to a file: two pipes cannot be read in turn without a deadlock.
        with tempfile.TemporaryFile("w+", encoding="utf-8", errors="replace") as errors:
            with (
                _start(
                    arguments,
                    environment,
                    stdin=subprocess.PIPE,
                    stdout=subprocess.PIPE,
                    stderr=subprocess.STDOUT if merge else errors,
                ) as process,
                _ended(process),
            ):
                code = _pump(process, arguments, stdin, on_line, first_within)
            errors.seek(0)
            return Result(code, stderr=errors.read())

    @contextmanager
    def when_killed(self, arguments: Sequence[str]) -> Iterator[None]:
        """See Runner.when_killed."""
        with subprocess.Popen(
            ["sh", "-c", _WHEN_KILLED, "sh", *arguments],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            # What ends all that is at this terminal must not end it.
            start_new_session=True,
        ) as waiting:
            try:
                yield
            finally:
                waiting.communicate(b"ended\n")


def _start(
    arguments: Sequence[str], environment: Mapping[str, str] | None, **streams: Any
) -> subprocess.Popen[str]:
    program = arguments[0]
    path = (os.environ if environment is None else environment).get("PATH")
    if shutil.which(program, path=path) is None:
        raise EngineError(
            f"the program `{program}` was not found on PATH",
            hint="run `make setup`, or install it; `ralex-stack doctor` tells what is missing",
            code="program-missing",
        )
    return subprocess.Popen(
        [*_ends_with_caller(), *arguments],
        encoding="utf-8",
        errors="replace",
        env=None if environment is None else dict(environment),
        # What works on a stack goes on holding it, should this process be killed: see lock.py.
        # Other programs may leave some of their own behind, which must not.
        close_fds=program != "docker",
        **streams,
    )


@cache
def _ends_with_caller() -> tuple[str, ...]:
    """What a program is started by so that it is told to end when this process is killed.

    Linux does so on request, and util-linux asks for it; BusyBox and old versions do not.
    """
    setpriv = shutil.which("setpriv")
    if setpriv is None:
        return ()
    prefix = (setpriv, "--pdeathsig", "TERM", "--")
    tried = subprocess.run([*prefix, "true"], capture_output=True, check=False)
    return prefix if tried.returncode == 0 else ()


def _communicate(
    process: subprocess.Popen[str],
    arguments: Sequence[str],
    stdin: str | None,
    within: float | None,
) -> tuple[str, str]:
    try:
        return process.communicate(stdin, timeout=within)
    except subprocess.TimeoutExpired:
        raise EngineError(
            f"`{' '.join(arguments[:4])} …` did not end within {within:g} s, and was ended",
            hint="`ralex-stack doctor` checks what the stack stands on; then run this again",
            code="program-hangs",
        ) from None


def _pump(
    process: subprocess.Popen[str],
    arguments: Sequence[str],
    stdin: str,
    on_line: Callable[[str], None],
    first_within: float | None,
) -> int:
    if process.stdin is None or process.stdout is None:
        raise AssertionError("the process was started with pipes")
    # Beside the reading: a program may print before it has read all.
    feeder = threading.Thread(target=_feed, args=(process.stdin, stdin), daemon=True)
    feeder.start()
    if not select.select([process.stdout], [], [], first_within)[0]:
        raise SilentError(
            f"`{' '.join(arguments[:4])} …` printed nothing within {first_within:g} s: ended",
            hint="`ralex-stack doctor` checks what the stack stands on; then run this again",
        )
    for line in process.stdout:
        on_line(line.rstrip("\n"))
    code = process.wait()
    feeder.join()
    return code


def _feed(pipe: IO[str], text: str) -> None:
    with contextlib.suppress(BrokenPipeError):
        pipe.write(text)
    with contextlib.suppress(BrokenPipeError):
        pipe.close()


@contextmanager
def _ended(process: subprocess.Popen[str]) -> Iterator[None]:
    """End the process when the caller is interrupted or fails."""
    try:
        yield
    except BaseException:
        process.terminate()
        try:
            process.wait(_GRACE)
        except subprocess.TimeoutExpired:
            process.kill()
        raise


@contextmanager
def _interrupts_left_to_children() -> Iterator[None]:
    """Ctrl-C is for the program that has the terminal; it decides whether to end."""
    before = signal.signal(signal.SIGINT, lambda number, frame: None)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
