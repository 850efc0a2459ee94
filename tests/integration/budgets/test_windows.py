"""Limits of a day begin anew at midnight of the stated time zone, in the real Valkey."""

from __future__ import annotations

import json
import zoneinfo
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from spending import Spending

SUMMER_BEGINS = [
    ("2027-03-27T22:59:00+00:00", True),
    ("2027-03-27T22:59:59+00:00", False),
    # Midnight in Berlin; that day has 23 hours.
    ("2027-03-27T23:00:00+00:00", True),
    ("2027-03-28T21:59:59+00:00", False),
    ("2027-03-28T22:00:00+00:00", True),
    # The clock is set back: what was spent in those days stays spent.
    ("2027-03-28T21:00:00+00:00", False),
    ("2027-03-27T12:00:00+00:00", False),
    ("2027-03-28T22:00:01+00:00", False),
]
SUMMER_ENDS = [
    ("2027-10-30T21:59:59+00:00", True),
    ("2027-10-30T22:00:00+00:00", True),
    # 25 hours.
    ("2027-10-31T22:59:59+00:00", False),
    ("2027-10-31T23:00:00+00:00", True),
    ("2027-10-31T22:59:59+00:00", False),
]
IN_KATHMANDU = [
    ("2027-03-27T18:14:59+00:00", True),
    ("2027-03-27T18:15:00+00:00", True),
    ("2027-03-28T18:14:59+00:00", False),
]


@pytest.mark.parametrize(
    ("zone", "expected"),
    [
        ("Europe/Berlin", SUMMER_BEGINS),
        ("Europe/Berlin", SUMMER_ENDS),
        ("Asia/Kathmandu", IN_KATHMANDU),
    ],
    ids=["summer-begins", "summer-ends", "kathmandu"],
)
def test_a_day_begins_at_midnight_of_its_zone(
    spending: Spending, zone: str, expected: list[tuple[str, bool]]
) -> None:
    times = [time for time, _ in expected]
    found = spending.probe("gateway", "windows", data={"zone": zone, "times": times})
    assert list(zip(times, found, strict=True)) == expected


def test_each_zone_that_the_settings_take_is_known(spending: Spending) -> None:
    program = "import json, zoneinfo; print(json.dumps(list(zoneinfo.available_timezones())))"
    known = set(json.loads(spending.inside("gateway", "python", "-c", program)))
    assert known >= zoneinfo.available_timezones() - {"localtime"}
