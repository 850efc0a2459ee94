"""A stand-in of the seam through which programs are run."""

from __future__ import annotations

from contextlib import nullcontext
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ralex_stack.errors import CommandError
from ralex_stack.runner import Result

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from contextlib import AbstractContextManager


@dataclass(frozen=True)
class Call:
    """A program that was to be run."""

    arguments: tuple[str, ...]
    stdin: str | None = None
    environment: Mapping[str, str] | None = None
    within: float | None = None

    def has(self, words: Iterable[str]) -> bool:
        """Whether the words stand among the arguments, in this order."""
        rest = iter(self.arguments)
        return all(word in rest for word in words)


class RecordingRunner:
    """A Runner that runs nothing: it keeps what it was asked for, and answers as it was told."""

    def __init__(self) -> None:
        self.calls: list[Call] = []
        self.when_this_is_killed: list[tuple[str, ...]] = []
        self._answers: list[tuple[tuple[str, ...], Callable[[Call], Result]]] = []

    def on(
        self,
        *words: str,
        stdout: str = "",
        stderr: str = "",
        code: int = 0,
        do: Callable[[Call], Result] | None = None,
        error: Exception | None = None,
    ) -> RecordingRunner:
        """Answer calls that have these words; what is said last goes first."""

        def answer(call: Call) -> Result:
            if error is not None:
                raise error
            return do(call) if do else Result(code, stdout, stderr)

        self._answers.insert(0, (words, answer))
        return self

    def run(
        self,
        arguments: Sequence[str],
        *,
        check: bool = True,
        stdin: str | None = None,
        environment: Mapping[str, str] | None = None,
        within: float | None = None,
    ) -> Result:
        # An engine can stop answering at any time.
        assert within is not None or arguments[0] != "docker", f"without an end: {arguments}"
        result = self._answer(Call(tuple(arguments), stdin, environment, within))
        if check and result.code != 0:
            raise CommandError(tuple(arguments), result.code, result.stdout, result.stderr)
        return result

    def interact(
        self, arguments: Sequence[str], *, environment: Mapping[str, str] | None = None
    ) -> int:
        return self._answer(Call(tuple(arguments), None, environment)).code

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
        result = self._answer(Call(tuple(arguments), stdin, environment, first_within))
        for line in result.stdout.splitlines():
            on_line(line)
        return Result(result.code, "", result.stderr)

    def when_killed(self, arguments: Sequence[str]) -> AbstractContextManager[None]:
        self.when_this_is_killed.append(tuple(arguments))
        return nullcontext()

    def asked(self, *words: str) -> list[Call]:
        """The calls that have these words."""
        return [call for call in self.calls if call.has(words)]

    def _answer(self, call: Call) -> Result:
        self.calls.append(call)
        for words, answer in self._answers:
            if call.has(words):
                return answer(call)
        return Result(0)
