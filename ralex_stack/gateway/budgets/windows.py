"""Windows of time that limits count over: when they begin and end in a time zone."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta, tzinfo
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable


class Window(NamedTuple):
    """From `start` to before `end`, both in UTC."""

    start: datetime
    end: datetime


def hourly(now: datetime, zone: tzinfo) -> Window:
    """The hour by the clock; some zones are off by parts of one."""
    local = now.astimezone(zone)
    # In UTC, where no hour comes twice or not at all.
    passed = timedelta(minutes=local.minute, seconds=local.second, microseconds=local.microsecond)
    start = now.astimezone(UTC) - passed
    return Window(start, start + timedelta(hours=1))


def daily(now: datetime, zone: tzinfo) -> Window:
    """From midnight."""
    today = now.astimezone(zone).date()
    return _between(today, today + timedelta(days=1), zone)


def weekly(now: datetime, zone: tzinfo) -> Window:
    """From Monday."""
    today = now.astimezone(zone).date()
    monday = today - timedelta(days=today.weekday())
    return _between(monday, monday + timedelta(days=7), zone)


def monthly(now: datetime, zone: tzinfo) -> Window:
    """From the first."""
    first = now.astimezone(zone).date().replace(day=1)
    return _between(first, (first + timedelta(days=32)).replace(day=1), zone)


def _between(first: date, last: date, zone: tzinfo) -> Window:
    start, end = (datetime.combine(day, time(), zone).astimezone(UTC) for day in (first, last))
    return Window(start, end)


KINDS: dict[str, Callable[[datetime, tzinfo], Window]] = {
    "hourly": hourly,
    "daily": daily,
    "weekly": weekly,
    "monthly": monthly,
}
"""By name, as the settings have them."""
