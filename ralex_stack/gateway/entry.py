"""Hand the mounted secrets to LiteLLM alone, in the environment of its process, and start it."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from ralex_stack.gateway import database
from ralex_stack.gateway.names import CONFIG, DEFAULT_CONFIG

if TYPE_CHECKING:
    from collections.abc import Mapping

SECRETS_DIRECTORY = "RALEX_SECRETS_DIRECTORY"
"""Variable that moves the directory of secrets; the default is /run/secrets."""

ALIASES = {
    "gateway_master_key": "LITELLM_MASTER_KEY",
    "gateway_salt_key": "LITELLM_SALT_KEY",
    "otlp_headers": "OTEL_EXPORTER_OTLP_HEADERS",
    "valkey_password": "REDIS_PASSWORD",
}
"""Names that LiteLLM itself reads; every secret also goes by its own name in upper case."""

REQUIRED = ("gateway_master_key", "gateway_salt_key")


class SecretError(Exception):
    """A secret that the gateway cannot start without is missing, empty or unreadable."""


def secrets_directory(environ: Mapping[str, str]) -> Path:
    """Where the secrets are mounted."""
    return Path(environ.get(SECRETS_DIRECTORY, "/run/secrets"))


def read_secrets(directory: Path) -> dict[str, str]:
    """Return file name to content without the line end, for every file in `directory`.

    Raises SecretError when the directory or a file in it cannot be read.
    """
    try:
        files = sorted(path for path in directory.iterdir() if path.is_file())
        return {path.name: path.read_text(encoding="utf-8").rstrip("\r\n") for path in files}
    except (OSError, UnicodeDecodeError) as error:
        raise SecretError(
            f"The secrets in {directory} cannot be read ({error}). "
            "Mount them there as UTF-8 files that uid 10001 may read (mode 0444)."
        ) from error


def check(secrets: Mapping[str, str], directory: Path) -> None:
    """Raise SecretError when a secret is empty or one that is needed is not there."""
    empty = sorted(name for name, value in secrets.items() if not value)
    missing = sorted(set(REQUIRED) - set(secrets))
    if empty or missing:
        faults = [f"{name} is missing" for name in missing] + [f"{name} is empty" for name in empty]
        raise SecretError(
            f"The gateway cannot start: in {directory} {', '.join(faults)}. "
            "Run `ralex-stack up` again: it generates the stack's own secrets "
            "and reads the others from the references in the settings."
        )


def environment(secrets: Mapping[str, str], base: Mapping[str, str]) -> dict[str, str]:
    """Return the environment for LiteLLM: `base`, the secrets, and the names LiteLLM reads."""
    named = {name.upper(): value for name, value in secrets.items()}
    aliased = {ALIASES[name]: value for name, value in secrets.items() if name in ALIASES}
    address = database.url(secrets)
    located = {} if address is None else {database.URL: address}
    return {**base, **named, **aliased, **located}


def arguments(config: str) -> tuple[str, ...]:
    """Return LiteLLM's arguments: one worker, as more share no state without a database."""
    return ("--config", config, "--host", "0.0.0.0", "--port", "4000")  # noqa: S104


def main() -> str | None:
    """Serve until told to stop; return the reason when the secrets do not allow it."""
    directory = secrets_directory(os.environ)
    config = os.environ.get(CONFIG, DEFAULT_CONFIG)
    try:
        secrets = read_secrets(directory)
        check(secrets, directory)
        if address := database.url(secrets):
            database.require_migrated(address)
    except (SecretError, database.DatabaseError) as error:
        return str(error)
    # LiteLLM and its hooks read the environment when they are imported.
    os.environ.update(environment(secrets, os.environ))
    from ralex_stack.gateway.serve import serve

    serve(Path(config), arguments(config))
    return None
