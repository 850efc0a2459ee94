"""From a reference to the secret."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from ralex_stack.errors import SecretError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ralex_stack.runner import Result, Runner
    from ralex_stack.settings.secret import SecretReference

_SHOWN_OF_A_FAILURE = 500


def resolve(
    reference: SecretReference, *, environment: Mapping[str, str], base: Path, runner: Runner
) -> str | None:
    """The secret, or None where there is none yet: variable unset or empty, file absent.

    `base` is the directory that relative files and commands start from. Raises SecretError for a
    file that cannot be read, a command that fails, and what cannot be a secret: nothing, more than
    one line, characters that are not printable ASCII.
    """
    if reference.env is not None:
        value = environment.get(reference.env, "")
        return _checked(reference, value) if value.strip() else None
    if reference.file is not None:
        return _from_file(reference, base)
    return _from_command(reference, base, runner)


def _from_file(reference: SecretReference, base: Path) -> str | None:
    try:
        path = base / Path(reference.file or "").expanduser()
        return _checked(reference, path.read_text(encoding="utf-8", errors="replace"))
    except FileNotFoundError:
        return None
    except (OSError, RuntimeError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise SecretError(
            f"{reference} cannot be read: {reason}",
            hint="check its path and permissions",
            code="secret-unreadable",
        ) from None


def _from_command(reference: SecretReference, base: Path, runner: Runner) -> str:
    # As an argument, so that the command is run as it stands.
    script = 'cd -- "$1" && eval "$2"'
    result = runner.run(["sh", "-c", script, "sh", str(base), reference.command or ""], check=False)
    if result.code != 0:
        raise SecretError(
            f"{reference} ended with code {result.code}: {_complaint(result)}",
            hint="run the command by hand; it must print the secret and nothing else",
            code="secret-command-failed",
        )
    return _checked(reference, result.stdout)


def _complaint(result: Result) -> str:
    """What a failed command wrote to standard error, without what it printed as the secret."""
    text = result.stderr.strip()
    for word in result.stdout.split():
        text = text.replace(word, "…")
    return text[-_SHOWN_OF_A_FAILURE:]


def _checked(reference: SecretReference, value: str) -> str:
    value = value.strip()
    if not value or not (value.isascii() and value.isprintable() and " " not in value):
        raise SecretError(
            f"{reference} gives no usable secret: it is empty, or holds more than one word of "
            "printable ASCII characters",
            hint="it must hold the secret alone, on one line",
            code="secret-malformed",
        )
    return value
