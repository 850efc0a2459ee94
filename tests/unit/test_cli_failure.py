"""How commands end."""

from __future__ import annotations

import errno
import os
import signal
import sys
from pathlib import Path
from typing import Any

import click
import pytest

from ralex_stack.cli import failure
from ralex_stack.cli.output import of_arguments
from ralex_stack.errors import RalexError, SettingsError

HEAVY = ("pydantic", "docker", "rich", "httpx", "yaml", "requests")


def ended(error: BaseException, capsys: pytest.CaptureFixture[str]) -> tuple[Any, str]:
    """Exit code and standard error of a command that raises this."""

    @click.command()
    def failing() -> None:
        raise error

    before = {n: signal.getsignal(n) for n in (signal.SIGTERM, signal.SIGHUP)}
    try:
        with pytest.raises(SystemExit) as end:
            failure.run(failing)
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
    return end.value.code, capsys.readouterr().err


@pytest.fixture
def arguments(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(sys, "argv", ["ralex-stack"])
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))


pytestmark = pytest.mark.usefixtures("arguments")


@pytest.mark.parametrize(
    ("error", "code", "shown"),
    [
        (RalexError("what", hint="do"), 1, "error: what\nnext: do\n"),
        (RalexError("what"), 1, "error: what\n"),
        (SettingsError("what"), 2, "error: what\nmore: ralex-stack explain settings-invalid\n"),
        (
            click.UsageError("wrong"),
            2,
            "error: wrong\nnext: `ralex-stack --help` shows what there is\n"
            "more: ralex-stack explain usage\n",
        ),
        (click.exceptions.Exit(3), 3, ""),
        (SystemExit(4), 4, ""),
    ],
)
def test_how_errors_end(
    error: BaseException, code: int, shown: str, capsys: pytest.CaptureFixture[str]
) -> None:
    found, said = ended(error, capsys)
    assert found == code
    assert said.endswith(shown)
    assert bool(said) == bool(shown)


@pytest.mark.parametrize("error", [KeyboardInterrupt(), click.Abort(), EOFError()])
def test_an_interruption_ends_with_130(
    error: BaseException, capsys: pytest.CaptureFixture[str]
) -> None:
    code, said = ended(error, capsys)
    assert code == 130
    assert said.strip().startswith("error: interrupted\nnext: run the same command again")


@pytest.mark.parametrize(
    ("number", "hint"),
    [
        (errno.ENOSPC, "make room"),
        (errno.EDQUOT, "make room"),
        (errno.EACCES, "who owns it"),
        (errno.EROFS, "XDG_STATE_HOME"),
        (errno.EIO, "doctor"),
    ],
)
def test_what_the_system_refuses_is_told_with_place_and_way_out(
    number: int, hint: str, capsys: pytest.CaptureFixture[str]
) -> None:
    code, said = ended(OSError(number, os.strerror(number), "/state/x"), capsys)
    assert code == 1
    assert said.startswith(f"error: /state/x: {os.strerror(number)}")
    assert (" are free at /)\nnext: " in said) == (number in (errno.ENOSPC, errno.EDQUOT))
    assert hint in said


def test_a_full_disk_is_told() -> None:
    """On a file system that really is full."""
    with pytest.raises(OSError, match="No space") as error:
        Path("/dev/full").write_bytes(b"x")
    assert failure.explained(error.value) == failure.Failure(
        "No space left on device",
        "make room there, then run the command again: it goes on from where it was",
        "disk-full",
    )


def test_a_defect_is_kept_for_a_report_and_not_shown(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code, said = ended(ZeroDivisionError("sk-secret"), capsys)
    file = tmp_path / "ralex-stack" / "crash.log"
    assert code == 1
    assert said.startswith("error: ralex-stack has a defect: ZeroDivisionError\nnext: ")
    assert str(file) in said
    assert "sk-secret" not in said
    assert "raise error" in file.read_text()
    assert file.stat().st_mode & 0o777 == 0o600


def test_a_defect_that_cannot_be_kept_is_shown(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "file"))
    _, said = ended(ZeroDivisionError(), capsys)
    assert "raise error" in said
    assert "the lines above" in said


@pytest.mark.parametrize(
    ("given", "wanted"),
    [([], False), (["status", "--json"], True), (["run", "--", "--json"], False)],
)
def test_whether_json_was_asked_for(given: list[str], wanted: bool) -> None:
    assert of_arguments(given).json == wanted
