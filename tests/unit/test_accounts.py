"""The ledger in SQLite: each account once, whatever happens on the way."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from ralex_stack.gateway.accounts.home import Account, Group
from ralex_stack.gateway.accounts.sqlite import SqliteHome

if TYPE_CHECKING:
    from pathlib import Path

NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)


def account(identity: str, **more: Any) -> Account:
    return Account(identity, more.pop("time", NOON), cost=more.pop("cost", 1.0), **more)


@pytest.fixture
def home(tmp_path: Path) -> SqliteHome:
    return SqliteHome(tmp_path / "ledger.sqlite")


def costs(home: SqliteHome, *by: Group, zone: str = "UTC", **span: Any) -> dict[Any, float]:
    found = asyncio.run(home.totals(by, span.get("since"), span.get("until"), zone))
    return {total.group: total.cost for total in found}


def test_an_account_that_comes_twice_is_there_once(home: SqliteHome, tmp_path: Path) -> None:
    asyncio.run(home.append([account("a"), account("a", cost=9.0), account("b")]))
    asyncio.run(home.append([account("a")]))
    again = SqliteHome(tmp_path / "ledger.sqlite")
    assert costs(again) == {(): 2.0}


def test_a_known_cost_takes_the_place_of_an_estimate_once(home: SqliteHome) -> None:
    asyncio.run(home.append([account("a", cost=2.0, estimated=True), account("b")]))
    asyncio.run(home.append([account("a", cost=0.5, completion_tokens=7)]))
    asyncio.run(home.append([account("a", cost=2.0, estimated=True), account("a", cost=9.0)]))
    (total,) = asyncio.run(home.totals((), None, None, "UTC"))
    assert (total.calls, total.cost, total.estimated, total.completion_tokens) == (2, 1.5, 0, 7)


_WRITES = """
import asyncio, sys
from datetime import UTC, datetime
from pathlib import Path
from ralex_stack.gateway.accounts.home import Account
from ralex_stack.gateway.accounts.sqlite import SqliteHome

home, name = SqliteHome(Path(sys.argv[1])), sys.argv[2]
for number in range(100):
    ids = (f"{name}-{number}", f"both-{number}")
    asyncio.run(home.append([Account(each, datetime.now(UTC), cost=1.0) for each in ids]))
"""


def test_gateways_write_at_once_and_nothing_is_lost_or_there_twice(
    home: SqliteHome, tmp_path: Path
) -> None:
    program = [sys.executable, "-c", _WRITES, str(tmp_path / "ledger.sqlite")]
    writers = [subprocess.Popen([*program, name]) for name in ("one", "other", "third")]
    assert [writer.wait(60) for writer in writers] == [0, 0, 0]
    assert costs(home) == {(): 400.0}


def test_totals_by_groups(home: SqliteHome) -> None:
    accounts = [
        account("a", model="large", tier="smart", estimated=True, prompt_tokens=5),
        account("b", model="large", tier="smart", completion_tokens=7),
        account("c", model="small", cost=0.25),
    ]
    asyncio.run(home.append(accounts))
    assert costs(home, "model") == {("large",): 2.0, ("small",): 0.25}
    (large, small) = asyncio.run(home.totals(("tier", "model"), None, None, "UTC"))
    assert (large.group, small.group) == (("smart", "large"), (None, "small"))
    assert (large.calls, large.prompt_tokens, large.completion_tokens) == (2, 5, 7)
    assert large.estimated == 1.0


@pytest.mark.parametrize(
    ("zone", "days"),
    [
        ("UTC", {("2026-11-24",): 3.0}),
        ("Asia/Kathmandu", {("2026-11-24",): 1.0, ("2026-11-25",): 2.0}),
        ("America/New_York", {("2026-11-24",): 3.0}),
    ],
)
def test_days_are_those_of_a_zone(home: SqliteHome, zone: str, days: dict[Any, float]) -> None:
    times = [NOON + timedelta(hours=hours) for hours in (0, 7, 11)]
    asyncio.run(home.append([account(str(t), time=t) for t in times]))
    assert costs(home, "day", zone=zone) == days


def test_only_calls_of_a_span_are_counted(home: SqliteHome) -> None:
    asyncio.run(home.append([account(str(n), time=NOON + timedelta(days=n)) for n in range(4)]))
    since, until = NOON + timedelta(days=1), NOON + timedelta(days=3)
    assert costs(home, since=since) == {(): 3.0}
    assert costs(home, until=until) == {(): 3.0}
    assert costs(home, since=since, until=until) == {(): 2.0}


def test_an_account_is_read_from_what_the_gateway_writes() -> None:
    data = {
        "event": "call",
        "id": "x",
        "time": "2026-11-24T13:00:00.000+01:00",
        "key": "client",
        "model": "tier:smart",
        "served": "sonnet",
        "tier": "smart",
        "cost": 0.5,
        "prompt_tokens": 3,
        "status": "success",
    }
    read = Account.read(data)
    assert (read.time, read.model, read.tier, read.cost) == (NOON, "sonnet", "smart", 0.5)
    assert Account.read({**data, "served": None}).model == "tier:smart"


@pytest.mark.parametrize(
    ("field", "written", "read"),
    [
        ("session", "a\0b", "a\ufffdb"),
        ("key", "half \ud83d", "half ?"),
        ("prompt_tokens", 10**30, 2**63 - 1),
        ("prompt_tokens", -(10**30), 1 - 2**63),
        ("streamed", True, True),
        ("tier", None, None),
    ],
)
def test_what_a_home_could_not_take_is_made_into_what_it_can(
    field: str, written: object, read: object
) -> None:
    found = Account.read({"id": "x", "time": "2026-11-24T12:00:00Z", field: written})
    assert getattr(found, field) == read
