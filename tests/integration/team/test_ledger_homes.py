"""What every home of the ledger keeps and tells, through the real stream and on real servers."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta
from itertools import combinations
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import pytest
from ledgers import HOMES, Ledger, servers

from ralex_stack.gateway.accounts.home import GROUPS, Account, Total, totals_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from harness import Json
    from ledgers import Servers
    from team_stack import Team

NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)
PAGE = 500
"""Accounts that are carried home at once."""


@pytest.fixture(scope="module")
def running(team: Team, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Servers]:
    with servers(team, tmp_path_factory.mktemp("ledgers")) as found:
        yield found


@pytest.fixture(params=HOMES)
def ledger(running: Servers, request: pytest.FixtureRequest) -> Ledger:
    found = Ledger(request.param, running)
    found.clear()
    return found


def account(identity: str, time: datetime = NOON, **more: Any) -> Json:
    """As the gateway writes it."""
    written = time.astimezone(UTC).isoformat(timespec="milliseconds")
    return {"event": "call", "id": identity, "time": written, "cost": 1.0, **more}


def costs(totals: dict[Any, Total]) -> dict[Any, float]:
    return {group: total.cost for group, total in totals.items()}


def test_an_empty_ledger_has_no_totals(ledger: Ledger) -> None:
    assert ledger.totals() == {}
    assert ledger.totals("model", "day", since=NOON, until=NOON) == {}


def test_the_same_id_twice_is_once(ledger: Ledger) -> None:
    ledger.put(account("a"), account("b"), account("a", cost=9.0))
    ledger.put(account("a", cost=9.0), account("c"))
    assert ledger.totals()[()].calls == 3
    assert costs(ledger.totals()) == {(): 3.0}


def test_a_known_cost_takes_the_place_of_an_estimate_once(ledger: Ledger) -> None:
    ledger.put(account("a", cost=2.0, estimated=True), account("b"))
    ledger.put(account("a", cost=0.5, completion_tokens=7))
    ledger.put(account("a", cost=2.0, estimated=True), account("a", cost=9.0))
    assert ledger.totals()[()] == Total((), 2, 0, 7, 1.5, 0.0)


def test_carriers_beside_each_other_carry_each_account_once(ledger: Ledger) -> None:
    number = 2 * PAGE + 1
    ledger.put(*(account(f"{n:05}", cost=0.5) for n in range(number)), carriers=4)
    total = ledger.totals()[()]
    assert (total.calls, total.cost) == (number, number / 2)


@pytest.mark.parametrize("group", GROUPS)
def test_totals_by_each_group(ledger: Ledger, group: Any) -> None:
    if group == "day":
        ledger.put(account("a"), account("b", NOON + timedelta(days=1)), account("c"))
        assert costs(ledger.totals("day")) == {("2026-11-24",): 2.0, ("2026-11-25",): 1.0}
        return
    name = "served" if group == "model" else group
    ledger.put(*(account(n, **{name: v}) for n, v in (("a", "x"), ("b", "y"), ("c", "x"))))
    ledger.put(account("d"), account("e", **{name: None}))
    assert costs(ledger.totals(group)) == {("x",): 2.0, ("y",): 1.0, (None,): 2.0}


def test_totals_by_several_groups_in_their_order(ledger: Ledger) -> None:
    ledger.put(
        account("a", key="ci", tier="smart", served="large", prompt_tokens=5, cost=0.25),
        account("b", key="ci", tier="smart", served="large", completion_tokens=7, estimated=True),
        account("c", key="ci", served="small"),
        account("d", key="virtual:Ada, 'the first' %s", served="small"),
    )
    found = ledger.totals("tier", "model", "key")
    assert found[("smart", "large", "ci")] == Total(("smart", "large", "ci"), 2, 5, 7, 1.25, 1.0)
    assert set(found) == {
        ("smart", "large", "ci"),
        (None, "small", "ci"),
        (None, "small", "virtual:Ada, 'the first' %s"),
    }
    assert set(ledger.totals("key", "day")) == {
        ("ci", "2026-11-24"),
        ("virtual:Ada, 'the first' %s", "2026-11-24"),
    }


@pytest.mark.parametrize(
    ("zone", "times", "days"),
    [
        (
            "UTC",
            ["2026-11-23T23:59:59.999", "2026-11-24T00:00"],
            {"2026-11-23": 1, "2026-11-24": 1},
        ),
        # 5:45 hours before UTC.
        (
            "Asia/Kathmandu",
            ["2026-11-24T18:14:59.999", "2026-11-24T18:15"],
            {"2026-11-24": 1, "2026-11-25": 1},
        ),
        (
            "America/New_York",
            ["2026-11-24T04:59:59.999", "2026-11-24T05:00"],
            {"2026-11-23": 1, "2026-11-24": 1},
        ),
        # A day of 23 hours.
        (
            "Europe/Berlin",
            ["2026-03-28T22:59", "2026-03-28T23:00", "2026-03-29T21:59", "2026-03-29T22:00"],
            {"2026-03-28": 1, "2026-03-29": 2, "2026-03-30": 1},
        ),
        # A day of 25 hours, with an hour that comes twice.
        (
            "Europe/Berlin",
            ["2026-10-24T22:00", "2026-10-25T00:30", "2026-10-25T01:30", "2026-10-25T22:59",
             "2026-10-25T23:00"],
            {"2026-10-25": 4, "2026-10-26": 1},
        ),
    ],
)  # fmt: skip
def test_days_are_those_of_the_zone(
    ledger: Ledger, zone: str, times: list[str], days: dict[str, int]
) -> None:
    moments = [datetime.fromisoformat(time).replace(tzinfo=UTC) for time in times]
    ledger.put(*(account(str(moment), moment) for moment in moments))
    assert costs(ledger.totals("day", zone=zone)) == {(day,): n for day, n in days.items()}


def test_a_span_has_its_beginning_and_not_its_end(ledger: Ledger) -> None:
    hours = [NOON + timedelta(hours=number) for number in range(4)]
    ledger.put(*(account(str(n), hour) for n, hour in enumerate(hours)))
    in_berlin = hours[1].astimezone(ZoneInfo("Europe/Berlin"))
    for since, until, calls in (
        (hours[1], hours[3], 2),
        (in_berlin, None, 3),
        (None, in_berlin, 1),
        (hours[1], hours[1] + timedelta(milliseconds=1), 1),
        (hours[1] + timedelta(milliseconds=1), hours[2], 0),
        (hours[3] + timedelta(days=1), None, 0),
    ):
        found = ledger.totals(since=since, until=until)
        assert (found[()].calls if found else 0) == calls, (since, until)


@pytest.mark.parametrize("home", [home for home in HOMES if home != "valkey"])
def test_what_was_kept_in_valkey_moves_to_a_new_home(running: Servers, home: str) -> None:
    before, after = Ledger("valkey", running), Ledger(home, running)
    before.clear()
    before.put(account("a"), account("b"))
    after.put(account("c"))
    assert costs(after.totals()) == {(): 3.0}
    assert before.totals() == {}


def test_what_is_estimated_is_told_apart(ledger: Ledger) -> None:
    ledger.put(account("a", cost=0.1), account("b", cost=0.2, estimated=True))
    total = ledger.totals()[()]
    assert total.cost == pytest.approx(0.3)
    assert total.estimated == pytest.approx(0.2)


def test_duration_streaming_and_status_are_kept(ledger: Ledger) -> None:
    ledger.put(
        account("a", duration_seconds=1.25, streamed=True, status="success"),
        account("b", duration_seconds=0.0, streamed=False, status="success"),
        account("c", duration_seconds=None, streamed=None, status="unknown"),
    )
    assert ledger.kept() == [
        ("a", 1.25, True, "success"),
        ("b", 0.0, False, "success"),
        ("c", None, None, "unknown"),
    ]


def test_numbers_may_be_big_and_small(ledger: Ledger) -> None:
    tokens, number = 2**62, 1000
    ledger.put(
        *(account(str(n), cost=1e-9) for n in range(number)),
        account("big", cost=1e6, prompt_tokens=tokens, completion_tokens=tokens),
        account("as big", cost=0.0, prompt_tokens=tokens, completion_tokens=tokens),
        # More than databases have: none of it may hold up those behind.
        account("huge", cost=0.0, prompt_tokens=10**30),
    )
    total = ledger.totals()[()]
    assert total.cost == pytest.approx(1e6 + number * 1e-9, rel=1e-15)
    assert total.completion_tokens == 2 * tokens
    assert total.prompt_tokens == 2 * tokens + 2**63 - 1


def test_what_is_no_account_or_no_text_holds_up_nothing(ledger: Ledger) -> None:
    ledger.put(
        "{",
        "[]",
        "{}",
        account("odd", session="NUL \0 and half \ud83d of a character", served="é\u202e💶"),
        account("last"),
    )
    assert ledger.totals()[()].calls == 2
    assert set(ledger.totals("model", "session")) == {
        ("é\u202e💶", "NUL \ufffd and half ? of a character"),
        (None, None),
    }


def test_all_tell_what_was_written_in_each_way_of_asking(ledger: Ledger) -> None:
    chosen = random.Random(20261124)

    def one(number: int) -> Json:
        return account(
            str(number),
            NOON + timedelta(minutes=chosen.randrange(60 * 24 * 400)),
            key=chosen.choice(["client", "sandbox", "virtual:ada", None]),
            session=chosen.choice(["ses_1", "ses_2", None]),
            served=chosen.choice(["glm", "sonnet"]),
            tier=chosen.choice(["cheap", "smart", None]),
            cost=chosen.randrange(10**6) / 10**6,
            prompt_tokens=chosen.randrange(10**5),
            completion_tokens=chosen.randrange(10**4),
            estimated=chosen.random() < 0.1,
        )

    written = [one(number) for number in range(300)]
    ledger.put(*written)
    accounts = [Account.read(each) for each in written]
    for size in range(len(GROUPS) + 1):
        for by in combinations(GROUPS, size):
            zone = "America/New_York"
            expected = {t.group: t for t in totals_of(accounts, by, ZoneInfo(zone))}
            found = ledger.totals(*by, zone=zone)
            assert found.keys() == expected.keys()
            for group, total in found.items():
                other = expected[group]
                assert (total.calls, total.prompt_tokens) == (other.calls, other.prompt_tokens)
                assert total.completion_tokens == other.completion_tokens
                assert total.cost == pytest.approx(other.cost)
                assert total.estimated == pytest.approx(other.estimated)
