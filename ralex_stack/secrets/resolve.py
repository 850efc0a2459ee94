"""From a reference to the secret."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from ralex_stack.errors import SecretError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ralex_stack.runner import Runner
    from ralex_stack.settings.secret import SecretReference


def resolve(
    reference: SecretReference, *, environment: Mapping[str, str], base: Path, runner: Runner
) -> str | None:
    """The secret, or None where there is none yet: variable unset or empty, file absent.

    `base` is the directory that relative files start from. Raises SecretError for a file that
    cannot be read, a command that fails, and an empty or many-lined secret.
    """
    if reference.env is not None:
        value = environment.get(reference.env, "")
        return _checked(reference, value) if value.strip() else None
    if reference.file is not None:
        return _from_file(reference, base / Path(reference.file).expanduser())
    result = runner.run(["sh", "-c", reference.command or ""], check=False)
    if result.code != 0:
        raise SecretError(
            f"{reference} ended with code {result.code}: {result.stderr.strip()[-500:]}",
            hint="run the command by hand; it must print the secret and nothing else",
        )
    return _checked(reference, result.stdout)


def _from_file(reference: SecretReference, path: Path) -> str | None:
    try:
        return _checked(reference, path.read_text())
    except FileNotFoundError:
        return None
    except (OSError, UnicodeDecodeError) as error:
        raise SecretError(f"{path} cannot be read: {error}", hint="check its permissions") from None


def _checked(reference: SecretReference, value: str) -> str:
    value = value.strip()
    if not value or any(character.isspace() for character in value):
        raise SecretError(
            f"{reference} gives no usable secret: it is empty or has white space in it",
            hint="it must hold the secret alone, on one line",
        )
    return value
