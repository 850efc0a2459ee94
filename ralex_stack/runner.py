"""The one seam through which programs are run: real, or recorded in tests."""

from __future__ import annotations

import contextlib
import os
import subprocess
import tempfile
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from ralex_stack.errors import CommandError, EngineError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence


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
    ) -> Result:
        """Run to the end and return what was printed.

        `environment` replaces the caller's. Raises CommandError for a code other than 0 when
        `check` is set, EngineError when the program does not exist.
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
    ) -> Result:
        """Run to the end, handing over each line of standard output as it comes.

        Returns the code and what was printed to standard error; with `merge` both go to `on_line`.
        """
        ...


class SystemRunner:
    """Runs programs of this machine."""

    def run(
        self,
        arguments: Sequence[str],
        *,
        check: bool = True,
        stdin: str | None = None,
        environment: Mapping[str, str] | None = None,
    ) -> Result:
        """See Runner.run."""
        with _found(arguments[0]):
            done = subprocess.run(
                list(arguments),
                input=stdin,
                stdin=subprocess.DEVNULL if stdin is None else None,
                capture_output=True,
                text=True,
                errors="replace",
                env=None if environment is None else dict(environment),
                check=False,
            )
        result = Result(done.returncode, done.stdout, done.stderr)
        if check and result.code != 0:
            raise CommandError(tuple(arguments), result.code, result.stdout, result.stderr)
        return result

    def interact(
        self, arguments: Sequence[str], *, environment: Mapping[str, str] | None = None
    ) -> int:
        """See Runner.interact."""
        with _found(arguments[0]):
            return subprocess.run(
                list(arguments),
                env=None if environment is None else dict(environment),
                check=False,
            ).returncode

    def stream(
        self,
        arguments: Sequence[str],
        on_line: Callable[[str], None],
        *,
        stdin: str = "",
        environment: Mapping[str, str] | None = None,
        merge: bool = False,
    ) -> Result:
        """See Runner.stream."""
        with tempfile.TemporaryFile("w+", errors="replace") as errors, _found(arguments[0]):
            process = subprocess.Popen(
                list(arguments),
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT if merge else errors,
                text=True,
                errors="replace",
                env=None if environment is None else dict(environment),
            )
            code = _pump(process, stdin, on_line)
            errors.seek(0)
            return Result(code, stderr=errors.read())


def _pump(process: subprocess.Popen[str], stdin: str, on_line: Callable[[str], None]) -> int:
    """Feed and drain a process; end it when the caller is interrupted."""
    if process.stdin is None or process.stdout is None:
        raise AssertionError("the process was started with pipes")
    try:
        with contextlib.suppress(BrokenPipeError):
            process.stdin.write(stdin)
            process.stdin.close()
        for line in process.stdout:
            on_line(line.rstrip("\n"))
        return process.wait()
    except BaseException:
        process.terminate()
        process.wait()
        raise


class _found:  # noqa: N801 - reads as a clause: with _found(program)
    """Turn a missing program into an error that says so."""

    def __init__(self, program: str) -> None:
        self.program = program

    def __enter__(self) -> None:
        """Nothing to prepare."""

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        if isinstance(error, FileNotFoundError) and not os.path.isabs(self.program):  # noqa: PTH117
            raise EngineError(
                f"the program `{self.program}` was not found on PATH",
                hint="run `make setup`, or install it; `ralex-stack doctor` tells what is missing",
            ) from error
