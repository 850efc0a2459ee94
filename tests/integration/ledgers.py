"""The homes of the ledger on servers of the stack's own images, reached as the gateway does."""

from __future__ import annotations

import asyncio
import json
import sqlite3
import uuid
from contextlib import closing, contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from harness import eventually, free_port

from ralex_stack.gateway.accounts import postgres
from ralex_stack.gateway.accounts.postgres import PostgresHome
from ralex_stack.gateway.accounts.sqlite import SqliteHome
from ralex_stack.gateway.accounts.stream import StreamHome, carry
from ralex_stack.gateway.budgets.store import LEDGER, Store
from ralex_stack.gateway.database import connected
from ralex_stack.gateway.valkey import PASSWORD, connect

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator
    from datetime import datetime
    from pathlib import Path

    from docker.models.containers import Container
    from harness import Json, Stack

    from ralex_stack.gateway.accounts.home import Group, Home, Total

HOMES = ("sqlite", "valkey", "postgres")

_SECRET = uuid.uuid4().hex
_KEPT = "SELECT id, duration_seconds, streamed, status FROM {} ORDER BY id"


@dataclass(frozen=True)
class Servers:
    """Addresses of a Valkey and a PostgreSQL, and where files may be."""

    valkey: str
    postgres: str
    directory: Path


@dataclass
class Ledger:
    """One home, and the stream that accounts go through on their way to it."""

    kind: str
    servers: Servers

    def _home(self, client: Any) -> Home:
        if self.kind == "valkey":
            return StreamHome(client)
        return PostgresHome(self.servers.postgres) if self.kind == "postgres" else self._sqlite

    @property
    def _file(self) -> Path:
        return self.servers.directory / "ledger.sqlite"

    @property
    def _sqlite(self) -> SqliteHome:
        return SqliteHome(self._file)

    def _do(self, action: Callable[[Any, Home], Awaitable[Any]]) -> Any:
        async def done() -> Any:
            client = connect(self.servers.valkey, {PASSWORD: _SECRET})
            try:
                return await action(client, self._home(client))
            finally:
                await client.aclose()

        return asyncio.run(done())

    def clear(self) -> None:
        """Forget all accounts."""
        self._do(lambda client, _: client.delete(LEDGER))
        self._file.unlink(missing_ok=True)
        with connected(self.servers.postgres) as connection:
            postgres.create(connection)
            connection.execute(f"TRUNCATE {postgres.TABLE}".encode())

    def put(self, *accounts: Json | str, carriers: int = 1) -> None:
        """Put accounts into the stream, as the gateway does, and have them carried home."""

        async def put(client: Any, home: Home) -> None:
            for account in accounts:
                text = account if isinstance(account, str) else json.dumps(account)
                await Store(client).record(uuid4().hex, 0, text, ())
            while any(await asyncio.gather(*(carry(client, home) for _ in range(carriers)))):
                pass

        self._do(put)

    def totals(
        self,
        *by: Group,
        since: datetime | None = None,
        until: datetime | None = None,
        zone: str = "UTC",
    ) -> dict[tuple[str | None, ...], Total]:
        """Totals by what they are grouped by."""
        found = self._do(lambda _, home: home.totals(by, since, until, zone))
        totals = {total.group: total for total in found}
        assert len(totals) == len(found)
        return totals

    def kept(self) -> list[tuple[Any, ...]]:
        """Of each account what no total tells: id, duration, streamed or not, status."""
        if self.kind == "sqlite":
            with closing(sqlite3.connect(self._file)) as file:
                rows = file.execute(_KEPT.format("calls")).fetchall()
            return [(*row[:2], None if row[2] is None else bool(row[2]), row[3]) for row in rows]
        if self.kind == "postgres":
            with connected(self.servers.postgres) as connection:
                return connection.execute(_KEPT.format(postgres.TABLE).encode()).fetchall()
        texts = self._do(lambda client, _: client.xrange(LEDGER))
        found = [json.loads(values[b"account"]) for _, values in texts]
        names = ("id", "duration_seconds", "streamed", "status")
        return sorted(tuple(account.get(name) for name in names) for account in found)


@contextmanager
def servers(stack: Stack, directory: Path) -> Iterator[Servers]:
    """A Valkey and a PostgreSQL that keep nothing, of the images of a stack that is up."""
    secrets = directory / "secrets"
    secrets.mkdir()
    for name in ("postgres_password", "valkey_password"):
        (secrets / name).write_text(_SECRET)
    made: list[Container] = []

    def start(service: str, port: int) -> str:
        outside = free_port()
        container = stack.client.containers.run(
            stack.container(service).attrs["Config"]["Image"],
            detach=True,
            init=True,
            tmpfs={"/tmp": "mode=1777", "/data": "mode=0700,uid=10001,gid=10001"},  # noqa: S108
            volumes={str(secrets): {"bind": "/run/secrets", "mode": "ro"}},
            ports={port: ("127.0.0.1", outside)},
        )
        made.append(container)
        return f"127.0.0.1:{outside}"

    try:
        valkey, database = start("valkey", 6379), start("postgres", 5432)
        for container in made:
            eventually(lambda container=container: container.exec_run(["health"]).exit_code == 0)
        yield Servers(valkey, f"postgresql://litellm:{_SECRET}@{database}/litellm", directory)
    finally:
        for container in made:
            container.remove(force=True, v=True)
