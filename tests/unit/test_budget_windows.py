"""When the windows of limits begin and end."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ralex_stack.gateway.budgets.windows import KINDS

BERLIN = ZoneInfo("Europe/Berlin")
KATHMANDU = ZoneInfo("Asia/Kathmandu")
"""A quarter of an hour beside the full ones."""


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC)


@pytest.mark.parametrize(
    ("kind", "zone", "now", "start", "end"),
    [
        ("hourly", UTC, "2026-03-01T10:59:59Z", "2026-03-01T10:00Z", "2026-03-01T11:00Z"),
        ("hourly", KATHMANDU, "2026-03-01T10:20Z", "2026-03-01T10:15Z", "2026-03-01T11:15Z"),
        ("daily", UTC, "2026-03-01T00:00Z", "2026-03-01T00:00Z", "2026-03-02T00:00Z"),
        ("daily", BERLIN, "2026-03-01T22:59Z", "2026-02-28T23:00Z", "2026-03-01T23:00Z"),
        ("daily", BERLIN, "2026-03-01T23:00Z", "2026-03-01T23:00Z", "2026-03-02T23:00Z"),
        # The days on which summer time begins and ends have 23 and 25 hours.
        ("daily", BERLIN, "2026-03-29T12:00Z", "2026-03-28T23:00Z", "2026-03-29T22:00Z"),
        ("daily", BERLIN, "2026-10-25T12:00Z", "2026-10-24T22:00Z", "2026-10-25T23:00Z"),
        # The hour that comes twice is two hours.
        ("hourly", BERLIN, "2026-10-25T00:30Z", "2026-10-25T00:00Z", "2026-10-25T01:00Z"),
        ("hourly", BERLIN, "2026-10-25T01:30Z", "2026-10-25T01:00Z", "2026-10-25T02:00Z"),
        ("weekly", UTC, "2026-11-22T23:59Z", "2026-11-16T00:00Z", "2026-11-23T00:00Z"),
        ("weekly", UTC, "2026-11-23T00:00Z", "2026-11-23T00:00Z", "2026-11-30T00:00Z"),
        ("monthly", UTC, "2026-12-31T23:59Z", "2026-12-01T00:00Z", "2027-01-01T00:00Z"),
        ("monthly", UTC, "2028-02-29T12:00Z", "2028-02-01T00:00Z", "2028-03-01T00:00Z"),
        ("monthly", BERLIN, "2026-03-31T22:30Z", "2026-03-31T22:00Z", "2026-04-30T22:00Z"),
    ],
)
def test_windows(kind: str, zone: ZoneInfo | timezone, now: str, start: str, end: str) -> None:
    assert KINDS[kind](at(now), zone) == (at(start), at(end))


@given(
    st.datetimes(datetime(2000, 1, 1), datetime(2040, 1, 1), timezones=st.just(UTC)),
    st.sampled_from(sorted(KINDS)),
    st.timezones(),
)
def test_a_moment_is_in_its_window_and_the_next_begins_where_it_ends(
    now: datetime, kind: str, zone: ZoneInfo
) -> None:
    window = KINDS[kind](now, zone)
    assert window.start <= now < window.end
    assert KINDS[kind](window.start, zone) == window
    assert KINDS[kind](window.end, zone).start == window.end
    assert KINDS[kind](window.end - timedelta(microseconds=1), zone) == window
