"""How a command ends: exit codes, and errors as people and programs can read them."""

from __future__ import annotations

import errno
import json
import os
import shutil
import signal
import sys
import traceback
from typing import TYPE_CHECKING, NamedTuple, NoReturn

import click

from ralex_stack.cli.fit import fit
from ralex_stack.cli.output import of_arguments
from ralex_stack.errors import RalexError

if TYPE_CHECKING:
    from pathlib import Path
    from types import FrameType

_INTERRUPTED = 130
_NO_ACCESS = ("check who owns it, and run as that user", "permission-denied")
_DISK_FULL = (
    "make room there, then run the command again: it goes on from where it was",
    "disk-full",
)
_REFUSALS = {
    errno.ENOSPC: _DISK_FULL,
    errno.EDQUOT: _DISK_FULL,
    errno.EACCES: _NO_ACCESS,
    errno.EPERM: _NO_ACCESS,
    errno.EISDIR: (
        "a directory is where a file belongs: move it away, then run the command again",
        "state-damaged",
    ),
    errno.ENOTDIR: (
        "a file is where a directory belongs: move it away, then run the command again",
        "state-damaged",
    ),
    errno.EROFS: ("set XDG_STATE_HOME to a directory that can be written", "filesystem-read-only"),
    errno.EMFILE: ("raise the limit of open files: `ulimit -n 4096`", "too-many-files"),
}
"""System error → what to do, and its entry in the catalogue."""
_OTHER_REFUSAL = ("`ralex-stack doctor` checks what the stack stands on", "system-refused")


class Failure(NamedTuple):
    """An error as it is told."""

    message: str
    hint: str
    code: str


def run(command: click.Command) -> NoReturn:
    """Run a command and exit with its code.

    Errors go to standard error, and with `--json` to standard output, too, as
    `{"error": …, "hint": …, "code": …}`.
    """
    for number in (signal.SIGTERM, signal.SIGHUP):
        # What was said to be ignored stays so, e.g. by nohup.
        if signal.getsignal(number) is not signal.SIG_IGN:
            signal.signal(number, _terminated)
    try:
        sys.exit(command.main(prog_name="ralex-stack", standalone_mode=False) or 0)
    except click.exceptions.Exit as error:
        sys.exit(error.exit_code)
    except (click.Abort, KeyboardInterrupt):
        hint = "run the same command again: it goes on from here"
        _end(Failure("interrupted", hint, "interrupted"), _INTERRUPTED)
    except click.ClickException as error:
        _end(_misused(error), error.exit_code)
    except RalexError as error:
        _end(Failure(str(error), error.hint, error.code), error.exit_code)
    except OSError as error:
        _end(explained(error), 1)
    except Exception as error:
        _end(_unforeseen(error), 1)


def explained(error: OSError) -> Failure:
    """What the system refused, where, and what to do next."""
    what = error.strerror or str(error)
    where = str(error.filename or "")
    if where and error.errno in (errno.ENOSPC, errno.EDQUOT):
        what = f"{what} ({_free(where)})"
    hint, code = _REFUSALS.get(error.errno or 0, _OTHER_REFUSAL)
    return Failure(f"{where}: {what}" if where else what, hint, code)


def _misused(error: click.ClickException) -> Failure:
    """What of the command line is wrong, below the line that shows how it is used."""
    context = error.ctx if isinstance(error, click.UsageError) else None
    if context is None:
        return Failure(error.format_message(), "", "usage")
    click.echo(context.get_usage(), err=True)
    hint = f"`{context.command_path} --help` shows what there is"
    return Failure(error.format_message(), hint, "usage")


def _free(where: str) -> str:
    from pathlib import Path

    from ralex_stack.files import free_space

    try:
        return free_space(Path(where))
    except OSError:
        return "how much is free there is unknown"


def _terminated(number: int, frame: FrameType | None) -> NoReturn:
    # An exception, so that programs that were started are ended and locks are given back.
    raise SystemExit(128 + number)


def _end(failure: Failure, code: int) -> NoReturn:
    output = of_arguments(sys.argv[1:])
    shown = failure.message
    if sys.stderr.isatty():
        shown = fit(shown, *shutil.get_terminal_size())
    output.error(shown, failure.hint, failure.code)
    if output.json:
        error = {"error": failure.message, "hint": failure.hint, "code": failure.code}
        click.echo(json.dumps(error))
    sys.exit(code)


def _unforeseen(error: Exception) -> Failure:
    text = traceback.format_exc()
    # Not its message: nobody knows what an unforeseen one holds.
    message = f"ralex-stack has a defect: {type(error).__name__}"
    try:
        hint = f"report it with {_keep(text)}, which tells where it happened"
    except (OSError, RalexError):
        click.echo(text, err=True)
        hint = "report it with the lines above"
    return Failure(message, hint, "defect")


def _keep(text: str) -> Path:
    from ralex_stack.files import write_atomically
    from ralex_stack.host import state_home

    file = state_home(os.environ) / "crash.log"
    write_atomically(file, text.encode(errors="replace"), mode=0o600)
    return file
