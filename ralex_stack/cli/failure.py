"""How a command ends: exit codes, and errors as people and programs can read them."""

from __future__ import annotations

import errno
import json
import os
import signal
import sys
import traceback
from typing import TYPE_CHECKING, NoReturn

import click

from ralex_stack.errors import RalexError

if TYPE_CHECKING:
    from pathlib import Path
    from types import FrameType

_INTERRUPTED = 130
_DISK_FULL = "make room there, then run the command again: it goes on from where it was"
_HINTS = {
    errno.ENOSPC: _DISK_FULL,
    errno.EDQUOT: _DISK_FULL,
    errno.EACCES: "check who owns it, and run as that user",
    errno.EPERM: "check who owns it, and run as that user",
    errno.EROFS: "set XDG_STATE_HOME to a directory that can be written",
    errno.EISDIR: "a directory is where a file belongs: move it away, then run the command again",
    errno.ENOTDIR: "a file is where a directory belongs: move it away, then run the command again",
    errno.EMFILE: "raise the limit of open files: `ulimit -n 4096`",
}


def run(command: click.Command) -> NoReturn:
    """Run a command and exit with its code.

    Errors go to standard error, and with `--json` to standard output, too, as
    `{"error": …, "hint": …}`.
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
        _end("interrupted", "run the same command again: it goes on from here", _INTERRUPTED)
    except click.ClickException as error:
        error.show()
        _end_silently(error.format_message(), "", error.exit_code)
    except RalexError as error:
        _end(str(error), error.hint, error.exit_code)
    except OSError as error:
        _end(*explained(error), 1)
    except Exception as error:
        _end(*_unforeseen(error), 1)


def explained(error: OSError) -> tuple[str, str]:
    """What the system refused, where, and what to do next."""
    what = error.strerror or str(error)
    where = str(error.filename or "")
    if where and error.errno in (errno.ENOSPC, errno.EDQUOT):
        what = f"{what} ({_free(where)})"
    hint = _HINTS.get(error.errno or 0, "`ralex-stack doctor` checks what the stack stands on")
    return (f"{where}: {what}" if where else what), hint


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


def _end(message: str, hint: str, code: int) -> NoReturn:
    print(f"error: {message}", file=sys.stderr)
    if hint:
        print(f"next: {hint}", file=sys.stderr)
    _end_silently(message, hint, code)


def _end_silently(message: str, hint: str, code: int) -> NoReturn:
    if wants_json(sys.argv[1:]):
        print(json.dumps({"error": message, "hint": hint}))
    sys.exit(code)


def wants_json(arguments: list[str]) -> bool:
    """Whether the command was asked for JSON."""
    options = arguments[: arguments.index("--")] if "--" in arguments else arguments
    return "--json" in options


def _unforeseen(error: Exception) -> tuple[str, str]:
    text = traceback.format_exc()
    # Not its message: nobody knows what an unforeseen one holds.
    message = f"ralex-stack has a defect: {type(error).__name__}"
    try:
        file = _keep(text)
    except (OSError, RalexError):
        print(text, file=sys.stderr)
        return message, "report it with the lines above"
    return message, f"report it with {file}, which tells where it happened"


def _keep(text: str) -> Path:
    from ralex_stack.files import write_atomically
    from ralex_stack.host import state_home

    file = state_home(os.environ) / "crash.log"
    write_atomically(file, text.encode(errors="replace"), mode=0o600)
    return file
