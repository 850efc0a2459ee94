"""Accounts in a file of SQLite, for one machine."""

from __future__ import annotations

import asyncio
import sqlite3
from contextlib import closing
from dataclasses import astuple, fields
from datetime import UTC, datetime
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from ralex_stack.gateway.accounts.home import Account, Group, Total, totals_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

_COLUMNS = [field.name for field in fields(Account)]

_SCHEMA = """
CREATE TABLE IF NOT EXISTS calls (
    id TEXT PRIMARY KEY,
    time TEXT NOT NULL,
    key TEXT,
    session TEXT,
    model TEXT,
    tier TEXT,
    prompt_tokens INTEGER NOT NULL,
    completion_tokens INTEGER NOT NULL,
    cost REAL NOT NULL,
    estimated INTEGER NOT NULL,
    duration_seconds REAL,
    streamed INTEGER,
    status TEXT NOT NULL
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS calls_by_time ON calls (time);
"""

_BUSY_SECONDS = 10


class SqliteHome:
    """See Home; raises sqlite3.Error where the file cannot be read or written."""

    def __init__(self, path: Path) -> None:
        self._path = path

    async def append(self, accounts: Sequence[Account]) -> None:
        """See Home.append."""
        await asyncio.to_thread(self._append, accounts)

    def _append(self, accounts: Sequence[Account]) -> None:
        marks = ", ".join("?" * len(_COLUMNS))
        changes = ", ".join(f"{name} = excluded.{name}" for name in _COLUMNS)
        insert = (
            f"INSERT INTO calls ({', '.join(_COLUMNS)}) VALUES ({marks}) "  # noqa: S608
            f"ON CONFLICT (id) DO UPDATE SET {changes} WHERE estimated AND NOT excluded.estimated"
        )
        with closing(self._connect()) as connection, connection:
            connection.executemany(insert, [_row(account) for account in accounts])

    async def totals(
        self, by: Sequence[Group], since: datetime | None, until: datetime | None, zone: str
    ) -> list[Total]:
        """See Home.totals."""
        return await asyncio.to_thread(self._totals, by, since, until, zone)

    def _totals(
        self, by: Sequence[Group], since: datetime | None, until: datetime | None, zone: str
    ) -> list[Total]:
        with closing(self._connect()) as connection:
            # Days are those of a zone, which SQLite knows nothing of.
            return totals_of(self._between(connection, since, until), by, ZoneInfo(zone))

    def _between(
        self, connection: sqlite3.Connection, since: datetime | None, until: datetime | None
    ) -> Iterator[Account]:
        query = f"SELECT {', '.join(_COLUMNS)} FROM calls WHERE time >= ? AND time < ?"  # noqa: S608
        first, last = _text(since) if since else "", _text(until) if until else "9"
        for row in connection.execute(query, (first, last)):
            values = dict(zip(_COLUMNS, row, strict=True))
            values["time"] = datetime.fromisoformat(values["time"])
            values["estimated"] = bool(values["estimated"])
            yield Account(**values)

    def _connect(self) -> sqlite3.Connection:
        connection = sqlite3.connect(self._path, timeout=_BUSY_SECONDS)
        # Readers do not wait for the writer, and a crash loses nothing that was appended.
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = FULL")
        connection.executescript(_SCHEMA)
        return connection


def _row(account: Account) -> tuple[object, ...]:
    identity, time, *rest = astuple(account)
    return (identity, _text(time), *rest)


def _text(time: datetime) -> str:
    """Of the same length always, so that texts sort as times do."""
    return time.astimezone(UTC).isoformat(timespec="milliseconds")
