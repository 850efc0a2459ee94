"""LiteLLM's database: where it is, and whether its tables are those of this LiteLLM."""

from __future__ import annotations

import asyncio
import time
from contextlib import asynccontextmanager, contextmanager
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from ralex_stack.gateway.codes import DATABASE_UNMIGRATED, DATABASE_UNREACHABLE, pointer

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator, Mapping, Sequence

    from psycopg import AsyncConnection, Connection

URL = "DATABASE_URL"
"""Variable by which LiteLLM and its client of PostgreSQL are told where the database is."""

PATIENCE_SECONDS = 90
"""A PostgreSQL that starts beside, on an empty volume, takes a few."""

_OWN = "postgresql://litellm:{}@postgres:5432/litellm"
_OF_PRISMA = frozenset(
    {
        "connection_limit",
        "max_connection_lifetime",
        "max_idle_connection_lifetime",
        "pgbouncer",
        "pool_timeout",
        "schema",
        "single_use_connections",
        "socket_timeout",
        "sslaccept",
        "sslidentity",
        "statement_cache_size",
    }
)
"""Parameters of a URL that Prisma knows, and that PostgreSQL's own library refuses. LiteLLM puts
some into the variable while it starts."""

_PAUSE_SECONDS = 0.5
_CONNECT_SECONDS = 5
_ANSWER_SECONDS = 60


class DatabaseError(Exception):
    """The database cannot be used as it is; the message says why, and what to do next."""


def url(secrets: Mapping[str, str]) -> str | None:
    """The database's URL, from the mounted secrets; none where the stack has no database."""
    if "database_url" in secrets:
        return secrets["database_url"]
    password = secrets.get("postgres_password")
    return _OWN.format(password) if password else None


def plain(address: str) -> str:
    """The URL without what only Prisma understands."""
    parts = urlsplit(address)
    kept = [pair for pair in parse_qsl(parts.query) if pair[0] not in _OF_PRISMA]
    return urlunsplit(parts._replace(query=urlencode(kept)))


@contextmanager
def connected(address: str, patience: float = PATIENCE_SECONDS) -> Iterator[Connection]:
    """A connection that commits each statement, as soon as the database takes one.

    Raises DatabaseError where none can be had within `patience` seconds.
    """
    import psycopg

    deadline = time.monotonic() + patience
    while True:
        try:
            connection = psycopg.connect(
                plain(address), autocommit=True, connect_timeout=_CONNECT_SECONDS
            )
            break
        except psycopg.OperationalError as error:
            if time.monotonic() >= deadline:
                raise unreachable(address, error) from None
            time.sleep(_PAUSE_SECONDS)
        except psycopg.Error as error:
            raise unreachable(address, error) from None
    with connection:
        yield connection


@asynccontextmanager
async def transaction(address: str) -> AsyncIterator[AsyncConnection]:
    """A connection for one transaction: what hangs or restarts leaves none behind.

    Raises DatabaseError where the database cannot be reached or does not answer.
    """
    import psycopg

    connecting = psycopg.AsyncConnection.connect(plain(address), connect_timeout=_CONNECT_SECONDS)
    try:
        async with asyncio.timeout(_ANSWER_SECONDS), await connecting as connection:
            yield connection
    except (psycopg.OperationalError, TimeoutError) as error:
        raise unreachable(address, error) from None


def unreachable(address: str, error: Exception) -> DatabaseError:
    """Why there is no connection; the password is not told."""
    parts = urlsplit(address)
    reason = " ".join(str(error).split()) or "it does not answer"
    return DatabaseError(
        f"The database at {parts.hostname}:{parts.port or 5432} cannot be reached: {reason}. "
        f"See `ralex-stack status`. {pointer(DATABASE_UNREACHABLE)}"
    )


def require_migrated(address: str, patience: float = PATIENCE_SECONDS) -> None:
    """Raise DatabaseError where the database has not all tables of this gateway.

    Without them LiteLLM starts all the same, and fails at calls.
    """
    from ralex_stack.gateway.migrations import lacking

    with connected(address, patience) as connection:
        missing = lacking(connection)
    if missing:
        raise DatabaseError(unmigrated(missing))


def unmigrated(missing: Sequence[str]) -> str:
    """What the gateway says of a database that lacks migrations."""
    return (
        f"The gateway does not start: its database lacks {len(missing)} migrations, "
        f"from {missing[0]} on. Run `ralex-stack up`, which runs the service `migrate` to its end "
        f"before the gateway starts. {pointer(DATABASE_UNMIGRATED)}"
    )
