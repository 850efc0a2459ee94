"""A runner that tells of each program that it runs."""

from __future__ import annotations

import shlex
import time
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ralex_stack.errors import CommandError, RalexError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from contextlib import AbstractContextManager

    from ralex_stack.runner import Result, Runner

_SHOWN_OF_AN_ARGUMENT = 120


@dataclass(frozen=True)
class TracingRunner:
    """Runs programs through another runner; `tell` is given a line on each when it has ended."""

    inner: Runner
    tell: Callable[[str], None]

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
        with self._told(arguments) as ended:
            result = self.inner.run(
                arguments, check=check, stdin=stdin, environment=environment, within=within
            )
            ended.append(result.code)
        return result

    def interact(
        self, arguments: Sequence[str], *, environment: Mapping[str, str] | None = None
    ) -> int:
        """See Runner.interact."""
        with self._told(arguments) as ended:
            code = self.inner.interact(arguments, environment=environment)
            ended.append(code)
        return code

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
        with self._told(arguments) as ended:
            result = self.inner.stream(
                arguments,
                on_line,
                stdin=stdin,
                environment=environment,
                merge=merge,
                first_within=first_within,
            )
            ended.append(result.code)
        return result

    def when_killed(self, arguments: Sequence[str]) -> AbstractContextManager[None]:
        """See Runner.when_killed."""
        return self.inner.when_killed(arguments)

    @contextmanager
    def _told(self, arguments: Sequence[str]) -> Iterator[list[int]]:
        """Tells of a program in the end, with the code that was put into the list."""
        began = time.monotonic()
        codes: list[int] = []
        how = "interrupted"
        try:
            yield codes
            how = f"code {codes[0]}"
        except CommandError as error:
            how = f"code {error.returned}"
            raise
        except RalexError:
            how = "not started"
            raise
        finally:
            seconds = time.monotonic() - began
            self.tell(f"ran ({how}, {seconds:.2f} s): {shown(arguments)}")


def shown(arguments: Sequence[str]) -> str:
    """The arguments as a shell takes them, on one line, long ones cut, likely keys hidden."""
    from ralex_stack.settings.secret import looks_like_key

    parts = []
    for argument in arguments:
        line = " ".join(argument.split()) if "\n" in argument else argument
        line = line if len(line) <= _SHOWN_OF_AN_ARGUMENT else line[:_SHOWN_OF_AN_ARGUMENT] + "…"
        hidden = any(looks_like_key(word) for word in argument.replace("=", " ").split())
        parts.append("(hidden)" if hidden else shlex.quote(line))
    return " ".join(parts)
