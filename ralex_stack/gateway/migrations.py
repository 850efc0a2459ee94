"""Migrations, run to completion before any gateway starts: LiteLLM's, and the ledger's table.

LiteLLM's own way needs Prisma's command line and its schema engine, which fetch themselves from the
network. Its migrations are plain SQL, so they are run as Prisma would, and recorded in Prisma's own
table: one that Prisma ran is not run again, nor the other way round. Each is run with its record in
one transaction, so that a stop leaves it undone or done. What PostgreSQL takes outside of
transactions only is built again from the beginning: an index half built is dropped first.
"""

from __future__ import annotations

import hashlib
import re
import time
import uuid
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from importlib import resources
from typing import TYPE_CHECKING

from ralex_stack.gateway.accounts import postgres as ledger
from ralex_stack.gateway.codes import MIGRATION_FAILED, pointer
from ralex_stack.gateway.database import DatabaseError, connected, plain

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from importlib.resources.abc import Traversable

    from psycopg import Connection

_LOCK = 72707369
"""Advisory lock that Prisma holds while it migrates: schema-engine 5.17, sql-schema-connector."""

_LOCKED_SECONDS = 600
_PAUSE_SECONDS = 1.0

# Prisma's own definition: sql-schema-connector/src/flavour/postgres.rs, 5.17.
_RECORDS = """
CREATE TABLE IF NOT EXISTS _prisma_migrations (
    id VARCHAR(36) PRIMARY KEY NOT NULL,
    checksum VARCHAR(64) NOT NULL,
    finished_at TIMESTAMPTZ,
    migration_name VARCHAR(255) NOT NULL,
    logs TEXT,
    rolled_back_at TIMESTAMPTZ,
    started_at TIMESTAMPTZ NOT NULL DEFAULT now(),
    applied_steps_count INTEGER NOT NULL DEFAULT 0
)
"""

_RECORD = """
INSERT INTO _prisma_migrations (id, checksum, finished_at, migration_name, applied_steps_count)
VALUES (%s, %s, now(), %s, 1)
"""

_APPLIED = """
SELECT migration_name FROM _prisma_migrations
WHERE finished_at IS NOT NULL AND rolled_back_at IS NULL
"""

_HALF_BUILT = """
SELECT format('%I.%I', n.nspname, c.relname) FROM pg_index i
JOIN pg_class c ON c.oid = i.indexrelid JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE NOT i.indisvalid AND n.nspname = current_schema()
"""

_COMMENT = re.compile(r"--[^\n]*")
_OUTSIDE = re.compile(r"\bCONCURRENTLY\b", re.IGNORECASE)


@dataclass(frozen=True)
class Migration:
    """One of LiteLLM's migrations."""

    name: str
    sql: str

    @cached_property
    def is_outside_transactions(self) -> bool:
        """Whether PostgreSQL refuses to run it within one."""
        return _OUTSIDE.search(_COMMENT.sub("", self.sql)) is not None

    @property
    def checksum(self) -> str:
        """As Prisma takes it: SHA-256 of the file."""
        return hashlib.sha256(self.sql.encode()).hexdigest()


def packaged(folder: Traversable | None = None) -> tuple[Migration, ...]:
    """The migrations of the LiteLLM that is installed, or of another folder, in order."""
    folder = folder or resources.files("litellm_proxy_extras") / "migrations"
    found = sorted(folder.iterdir(), key=lambda entry: entry.name)
    scripts = ((entry.name, entry / "migration.sql") for entry in found if entry.is_dir())
    return tuple(
        Migration(name, script.read_text(encoding="utf-8"))
        for name, script in scripts
        if script.is_file()
    )


def applied(connection: Connection) -> frozenset[str]:
    """Names of the migrations that the database has."""
    exists = connection.execute("SELECT to_regclass('_prisma_migrations')").fetchone()
    if exists is None or exists[0] is None:
        return frozenset()
    return frozenset(str(row[0]) for row in connection.execute(_APPLIED).fetchall())


def pending(connection: Connection) -> tuple[Migration, ...]:
    """LiteLLM's migrations that the database lacks, in order."""
    there = applied(connection)
    return tuple(migration for migration in packaged() if migration.name not in there)


def lacking(connection: Connection) -> list[str]:
    """Names of all that the database lacks."""
    names = [migration.name for migration in pending(connection)]
    return names if ledger.is_there(connection) else [*names, f"table {ledger.TABLE}"]


def migrate(address: str, tell: Callable[[str], None]) -> None:
    """Run what the database lacks. Raises DatabaseError, naming the migration that failed."""
    import psycopg
    from litellm_proxy_extras.request_log_indexes import ensure_request_log_indexes

    try:
        with connected(address) as connection, _locked(connection, tell):
            connection.execute(_RECORDS)
            waiting = pending(connection)
            if waiting:
                _drop_half_built(connection, tell)
            for number, migration in enumerate(waiting, 1):
                tell(f"migration {number} of {len(waiting)}: {migration.name}")
                _run(connection, migration)
            ledger.create(connection)
    except psycopg.Error as error:
        raise DatabaseError(f"{_said(error)}. {pointer(MIGRATION_FAILED)}") from None
    # Indexes of the table of calls, which LiteLLM builds beside its migrations.
    if not ensure_request_log_indexes(plain(address), "public"):
        tell("indexes of the table of calls are left for the next time")
    tell(f"the database is up to date: {len(waiting)} migrations were run")


@contextmanager
def _locked(connection: Connection, tell: Callable[[str], None]) -> Iterator[None]:
    """Alone among those who migrate; by asking, since who waits in a query holds up indexes."""
    deadline = time.monotonic() + _LOCKED_SECONDS
    while not _try(connection):
        if time.monotonic() >= deadline:
            raise DatabaseError(
                f"Something else has been migrating the database for {_LOCKED_SECONDS} s. End it, "
                f"then run `ralex-stack up` again. {pointer(MIGRATION_FAILED)}"
            )
        tell("something else migrates the database; waiting for its end")
        time.sleep(_PAUSE_SECONDS)
    yield
    connection.execute("SELECT pg_advisory_unlock(%s)", (_LOCK,))


def _try(connection: Connection) -> bool:
    row = connection.execute("SELECT pg_try_advisory_lock(%s)", (_LOCK,)).fetchone()
    return row is not None and bool(row[0])


def _drop_half_built(connection: Connection, tell: Callable[[str], None]) -> None:
    """What an interrupted `CREATE INDEX CONCURRENTLY` leaves passes for an index that exists."""
    for (name,) in connection.execute(_HALF_BUILT).fetchall():
        tell(f"dropping the index {name}, which is half built")
        connection.execute(f"DROP INDEX IF EXISTS {name}".encode())


def _run(connection: Connection, migration: Migration) -> None:
    import psycopg

    try:
        if migration.is_outside_transactions:
            connection.execute(migration.sql.encode())
            _keep(connection, migration)
        else:
            with connection.transaction():
                connection.execute(migration.sql.encode())
                _keep(connection, migration)
    except psycopg.Error as error:
        raise DatabaseError(
            f"Migration {migration.name} failed: {_said(error)}. Those before it are done, it is "
            f"not; the gateway was not changed. {pointer(MIGRATION_FAILED)}"
        ) from None


def _keep(connection: Connection, migration: Migration) -> None:
    connection.execute(_RECORD, (str(uuid.uuid4()), migration.checksum, migration.name))


def _said(error: Exception) -> str:
    return " ".join(str(error).split()).rstrip(".")
