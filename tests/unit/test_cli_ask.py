"""Questions to the user."""

from __future__ import annotations

import io
import sys

import pytest

from ralex_stack.cli.ask import agree
from ralex_stack.errors import Refused


class Terminal(io.StringIO):
    """Standard input at which somebody sits."""

    def isatty(self) -> bool:
        return True


def test_who_agreed_before_is_not_asked(capsys: pytest.CaptureFixture[str]) -> None:
    agree("Go on?", yes=True)
    assert capsys.readouterr() == ("", "")


def test_where_nobody_is_the_way_to_agree_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO("y\n"))
    with pytest.raises(Refused, match=r"Go on\? Nobody is there to answer\.") as error:
        agree("Go on?", yes=False)
    assert error.value.hint == "add --yes to agree"


def test_a_yes(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(sys, "stdin", Terminal("y\n"))
    agree("Go on?", yes=False)
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize("answer", ["n\n", "\n"])
def test_a_no(monkeypatch: pytest.MonkeyPatch, answer: str) -> None:
    monkeypatch.setattr(sys, "stdin", Terminal(answer))
    with pytest.raises(Refused, match="nothing was changed"):
        agree("Go on?", yes=False)
