"""LiteLLM's database as the gateway sees it: where it is, and what it lacks."""

from __future__ import annotations

import sys
from contextlib import contextmanager
from dataclasses import dataclass, field
from types import ModuleType
from typing import TYPE_CHECKING, Any

import pytest

from ralex_stack.gateway import database, migrate, migrations
from ralex_stack.gateway.database import DatabaseError
from ralex_stack.gateway.entry import environment
from ralex_stack.gateway.migrations import Migration, packaged

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

URL = "postgresql://litellm:s3cret@postgres:5432/litellm"


class PostgresError(Exception):
    pass


class OperationalError(PostgresError):
    pass


@dataclass
class Database:
    """As much of a PostgreSQL as the migrations ask: what is applied, and what was run."""

    applied: list[str] | None = None
    """None: there is no table of them yet."""
    has_ledger: bool = False
    half_built: list[str] = field(default_factory=list)
    fails: str = ""
    """Of the statements that are refused, a part."""
    held: int = 0
    """How often the lock is somebody else's."""
    ran: list[str] = field(default_factory=list)
    open: list[list[str]] = field(default_factory=list)
    """What open transactions have run."""

    def execute(self, query: str | bytes, parameters: tuple[Any, ...] = ()) -> Database:
        text = query.decode() if isinstance(query, bytes) else query
        self.rows: list[tuple[Any, ...]] = []
        if "to_regclass(%s)" in text:
            self.rows = [(*parameters,)] if self.has_ledger else [(None,)]
        elif "to_regclass" in text:
            self.rows = [(None if self.applied is None else "_prisma_migrations",)]
        elif "try_advisory_lock" in text:
            self.held -= 1
            self.rows = [(self.held < 0,)]
        elif "SELECT migration_name" in text:
            self.rows = [(name,) for name in self.applied or ()]
        elif "indisvalid" in text:
            self.rows = [(name,) for name in self.half_built]
        else:
            self._change(text, parameters)
        return self

    def _change(self, text: str, parameters: tuple[Any, ...]) -> None:
        if self.fails and self.fails in text:
            raise PostgresError("it is\nrefused.")
        if "CREATE TABLE IF NOT EXISTS _prisma_migrations" in text:
            self.applied = self.applied or []
        elif "CREATE TABLE IF NOT EXISTS ralex_stack.calls" in text:
            self.has_ledger = True
        elif "INSERT INTO _prisma_migrations" in text:
            self.applied = [*(self.applied or ()), parameters[2]]
            self.ran.append(f"record {parameters[2]}")
        elif "advisory_unlock" not in text:
            self.ran.append(text)

    def fetchone(self) -> tuple[Any, ...]:
        return self.rows[0]

    def fetchall(self) -> list[tuple[Any, ...]]:
        return self.rows

    @contextmanager
    def transaction(self) -> Iterator[None]:
        ran, applied = list(self.ran), list(self.applied or ())
        try:
            yield
        except PostgresError:
            self.ran, self.applied = ran, applied
            raise

    def __enter__(self) -> Database:
        return self

    def __exit__(self, *_: object) -> None:
        return None


@dataclass
class Library:
    """Stands for psycopg and for LiteLLM's package of migrations."""

    database: Database = field(default_factory=Database)
    refusals: list[Exception] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)
    indexes: list[str] = field(default_factory=list)

    def connect(self, address: str, **_: object) -> Database:
        self.asked.append(address)
        if self.refusals:
            raise self.refusals.pop(0)
        return self.database

    def ensure_request_log_indexes(self, address: str, schema: str) -> bool:
        self.indexes.append(schema)
        return True


SCRIPTS = {
    "20250101_a": "CREATE TABLE a ();",
    "20250102_b with spaces": "-- not CONCURRENTLY\nALTER TABLE a ADD b TEXT;",
    "20250103_c": "-- outside\nCREATE INDEX CONCURRENTLY IF NOT EXISTS c ON a (b);",
}


@pytest.fixture
def library(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Library:
    made = Library()
    psycopg: Any = ModuleType("psycopg")
    psycopg.connect, psycopg.Error, psycopg.OperationalError = (
        made.connect, PostgresError, OperationalError,
    )  # fmt: skip
    extras: Any = ModuleType("litellm_proxy_extras")
    extras.__path__ = [str(tmp_path)]
    indexes: Any = ModuleType("litellm_proxy_extras.request_log_indexes")
    indexes.ensure_request_log_indexes = made.ensure_request_log_indexes
    for module in (psycopg, extras, indexes):
        monkeypatch.setitem(sys.modules, module.__name__, module)
    monkeypatch.setattr(database, "_PAUSE_SECONDS", 0)
    monkeypatch.setattr(migrations, "_PAUSE_SECONDS", 0)
    scripts = packaged(folder(tmp_path))
    monkeypatch.setattr(migrations, "packaged", lambda: scripts)
    return made


def folder(path: Path) -> Path:
    found = path / "migrations"
    for name, text in SCRIPTS.items():
        (found / name).mkdir(parents=True)
        (found / name / "migration.sql").write_text(text)
    (found / "migration_lock.toml").write_text('provider = "postgresql"\n')
    (found / "20250104_empty").mkdir()
    return found


@pytest.mark.parametrize(
    ("secrets", "expected"),
    [
        ({}, None),
        ({"postgres_password": "s3cret"}, URL),
        ({"database_url": "postgresql://u:p@elsewhere/x"}, "postgresql://u:p@elsewhere/x"),
    ],
)
def test_where_the_database_is(secrets: dict[str, str], expected: str | None) -> None:
    assert database.url(secrets) == expected
    assert environment(secrets, {}).get("DATABASE_URL") == expected


def test_what_only_prisma_understands_is_left_out() -> None:
    address = (
        f"{URL}?connection_limit=5&sslmode=require&pgbouncer=true&max_idle_connection_lifetime=9"
    )
    assert database.plain(address) == f"{URL}?sslmode=require"


def test_migrations_are_run_once_in_order_each_with_its_record(library: Library) -> None:
    told: list[str] = []
    migrations.migrate(URL, told.append)
    assert library.database.applied == list(SCRIPTS)
    scripts = [statement for statement in library.database.ran if "record" not in statement]
    assert scripts == list(SCRIPTS.values())
    assert library.database.has_ledger
    assert library.indexes == ["public"]
    assert told[-1] == "the database is up to date: 3 migrations were run"
    before = list(library.database.ran)
    migrations.migrate(URL, told.append)
    assert library.database.ran == before
    assert told[-1] == "the database is up to date: 0 migrations were run"


@pytest.mark.parametrize("fails", ["ADD b TEXT", "INDEX CONCURRENTLY"])
def test_a_failed_migration_is_named_and_gone_on_with(library: Library, fails: str) -> None:
    library.database.fails = fails
    name = next(name for name, text in SCRIPTS.items() if fails in text)
    with pytest.raises(DatabaseError, match=f"Migration {name} failed: it is refused. Those"):
        migrations.migrate(URL, print)
    assert name not in (library.database.applied or ())
    assert library.indexes == []
    assert not library.database.has_ledger
    library.database.fails = ""
    migrations.migrate(URL, print)
    assert library.database.applied == list(SCRIPTS)


def test_an_index_that_was_half_built_is_dropped_first(library: Library) -> None:
    library.database.applied = list(SCRIPTS)[:2]
    library.database.half_built = ["public.c"]
    migrations.migrate(URL, print)
    drop, build, _ = library.database.ran
    assert drop == "DROP INDEX IF EXISTS public.c"
    assert "CREATE INDEX CONCURRENTLY" in build


def test_who_migrates_beside_is_waited_for(library: Library) -> None:
    library.database.held = 2
    told: list[str] = []
    migrations.migrate(URL, told.append)
    assert told[:2] == ["something else migrates the database; waiting for its end"] * 2
    assert library.database.applied == list(SCRIPTS)


@pytest.mark.parametrize(
    ("sql", "outside"),
    [
        (SCRIPTS["20250101_a"], False),
        (SCRIPTS["20250102_b with spaces"], False),
        (SCRIPTS["20250103_c"], True),
    ],
)
def test_what_runs_outside_of_transactions(sql: str, outside: bool) -> None:
    assert Migration("x", sql).is_outside_transactions is outside


def test_a_database_that_lacks_migrations_is_refused(library: Library) -> None:
    library.database.applied, library.database.has_ledger = ["20250101_a"], True
    with pytest.raises(DatabaseError, match=r"lacks 2 .* from 20250102_b with spaces on") as found:
        database.require_migrated(URL)
    assert "explain database-unmigrated" in str(found.value)
    library.database.applied = [*SCRIPTS, "20990101_of_a_later_version"]
    library.database.has_ledger = False
    with pytest.raises(DatabaseError, match=r"lacks 1 .* from table ralex_stack\.calls on"):
        database.require_migrated(URL)
    library.database.has_ledger = True
    database.require_migrated(URL)


def test_a_database_that_starts_is_waited_for(library: Library) -> None:
    library.database.applied, library.database.has_ledger = list(SCRIPTS), True
    library.refusals = [OperationalError("starting up"), OperationalError("starting up")]
    database.require_migrated(URL)
    assert library.asked == [URL] * 3


@pytest.mark.parametrize("error", [OperationalError("no\nroute"), PostgresError("no\nroute")])
def test_a_database_that_stays_away_is_named_without_its_password(
    library: Library, error: Exception
) -> None:
    library.refusals = [error] * 2
    with pytest.raises(DatabaseError, match="postgres:5432 cannot be reached: no route") as found:
        database.require_migrated(URL, patience=0)
    assert "s3cret" not in str(found.value)


def test_the_service_tells_why_it_ends(
    library: Library, monkeypatch: pytest.MonkeyPatch, tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    monkeypatch.setenv("RALEX_SECRETS_DIRECTORY", str(tmp_path / "none"))
    assert "cannot be read" in (migrate.main() or "")
    secrets = tmp_path / "secrets"
    secrets.mkdir()
    monkeypatch.setenv("RALEX_SECRETS_DIRECTORY", str(secrets))
    assert migrate.main() == migrate.MISSING
    (secrets / "postgres_password").write_text("s3cret\n")
    library.database.fails = "CREATE TABLE a"
    assert "Migration 20250101_a failed" in (migrate.main() or "")
    library.database.fails = ""
    assert migrate.main() is None
    assert "3 migrations were run" in capsys.readouterr().out
    assert library.asked == [URL, URL]
