"""Accounts in the PostgreSQL that LiteLLM has, in a schema of their own."""

from __future__ import annotations

from dataclasses import astuple, fields
from typing import TYPE_CHECKING, Any

from ralex_stack.gateway.accounts.home import Account, Group, Total
from ralex_stack.gateway.database import transaction

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from psycopg import Connection

TABLE = "ralex_stack.calls"

# Money is decimal, since sums of binary fractions drift.
_TABLES = f"""
CREATE SCHEMA IF NOT EXISTS ralex_stack;
CREATE TABLE IF NOT EXISTS {TABLE} (
    id TEXT PRIMARY KEY,
    time TIMESTAMPTZ NOT NULL,
    key TEXT,
    session TEXT,
    model TEXT,
    tier TEXT,
    prompt_tokens BIGINT NOT NULL,
    completion_tokens BIGINT NOT NULL,
    cost NUMERIC NOT NULL,
    estimated BOOLEAN NOT NULL,
    duration_seconds DOUBLE PRECISION,
    streamed BOOLEAN,
    status TEXT NOT NULL
);
CREATE INDEX IF NOT EXISTS calls_by_time ON {TABLE} (time);
"""

_COLUMNS = tuple(field.name for field in fields(Account))

_INSERT = f"""
INSERT INTO {TABLE} AS known ({", ".join(_COLUMNS)}) VALUES ({", ".join(["%s"] * len(_COLUMNS))})
ON CONFLICT (id) DO UPDATE SET {", ".join(f"{name} = excluded.{name}" for name in _COLUMNS)}
WHERE known.estimated AND NOT excluded.estimated
"""  # noqa: S608

_DAY = "to_char(time AT TIME ZONE %(zone)s, 'YYYY-MM-DD')"

_TOTALS = f"""
count(*), sum(prompt_tokens), sum(completion_tokens), sum(cost),
coalesce(sum(cost) FILTER (WHERE estimated), 0)
FROM {TABLE}
WHERE (%(since)s::timestamptz IS NULL OR time >= %(since)s)
AND (%(until)s::timestamptz IS NULL OR time < %(until)s)
"""


def create(connection: Connection) -> None:
    """Make the tables where they are not there. Two at once can fail: `migrate` holds a lock."""
    connection.execute(_TABLES)


def is_there(connection: Connection) -> bool:
    """Whether the tables have been made."""
    row = connection.execute("SELECT to_regclass(%s)", (TABLE,)).fetchone()
    return row is not None and row[0] is not None


class PostgresHome:
    """See Home; raises DatabaseError where PostgreSQL cannot be reached or does not answer."""

    def __init__(self, address: str) -> None:
        self._address = address

    async def append(self, accounts: Sequence[Account]) -> None:
        """See Home.append."""
        async with transaction(self._address) as connection, connection.cursor() as cursor:
            await cursor.executemany(_INSERT, [astuple(account) for account in accounts])

    async def totals(
        self, by: Sequence[Group], since: datetime | None, until: datetime | None, zone: str
    ) -> list[Total]:
        """See Home.totals."""
        span = {"since": since, "until": until, "zone": zone}
        async with transaction(self._address) as connection:
            cursor = await connection.execute(_query(by), span)
            return [_total(row, len(by)) for row in await cursor.fetchall()]


def _query(by: Sequence[Group]) -> str:
    groups = "".join(f"{_DAY if group == 'day' else group}, " for group in by)
    places = ", ".join(str(place + 1) for place in range(len(by)))
    # Without groups there would be a total of nothing, too.
    end = f"GROUP BY {places}" if by else "HAVING count(*) > 0"
    return f"SELECT {groups}{_TOTALS}{end}"


def _total(row: Sequence[Any], groups: int) -> Total:
    calls, prompt_tokens, completion_tokens, cost, estimated = row[groups:]
    return Total(
        tuple(row[:groups]),
        calls,
        int(prompt_tokens),
        int(completion_tokens),
        float(cost),
        float(estimated),
    )
