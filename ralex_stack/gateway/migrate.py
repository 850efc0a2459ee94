"""The service `migrate`: brings the database's tables up to date, and ends."""

from __future__ import annotations

import os
from pathlib import Path

from ralex_stack.gateway import database
from ralex_stack.gateway.entry import SECRETS_DIRECTORY, SecretError, read_secrets

MISSING = (
    "The database cannot be migrated: neither postgres_password nor database_url is mounted. "
    "Run `ralex-stack up` again."
)


def main() -> str | None:
    """Migrate; return the reason where that was not possible."""
    from ralex_stack.gateway.migrations import migrate

    try:
        address = database.url(
            read_secrets(Path(os.environ.get(SECRETS_DIRECTORY, "/run/secrets")))
        )
        if address is None:
            return MISSING
        migrate(address, lambda text: print(text, flush=True))
    except (SecretError, database.DatabaseError) as error:
        return str(error)
    return None
