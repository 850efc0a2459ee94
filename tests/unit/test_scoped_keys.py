"""Scoped keys as values: how they are kept, when they end, what they may be called."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from ralex_stack.errors import RalexError
from ralex_stack.gateway.keys import Policy
from ralex_stack.gateway.scoped_keys.key import ScopedKey, digest, parse, read
from ralex_stack.scoped_keys import checked_alias, expiry

NOW = datetime(2026, 3, 4, 5, 6, 7, tzinfo=UTC)
BERLIN = ZoneInfo("Europe/Berlin")
FULL = ScopedKey(
    "ci",
    NOW,
    Policy(("tier:cheap",), rpm=60, tpm=1000, client="opencode"),
    {"daily": 5.0},
    NOW + timedelta(days=1),
    NOW + timedelta(hours=1),
)
GOOD = FULL.to_data()


@pytest.mark.parametrize("key", [FULL, ScopedKey("ada@example.com", NOW)])
def test_a_key_is_read_as_it_is_kept(key: ScopedKey) -> None:
    assert parse(json.dumps(key.to_data())) == key
    assert read(key.to_data()) == key


@pytest.mark.parametrize(
    "data",
    [
        [],
        {},
        {**GOOD, "alias": "a:b"},
        {**GOOD, "alias": ""},
        {**GOOD, "budget": {"yearly": 1}},
        {**GOOD, "created": "soon"},
        {**GOOD, "rpm": 0},
        {**GOOD, "client": "curl"},
        {**GOOD, "more": 1},
    ],
)
def test_what_is_no_key_is_none(data: object) -> None:
    assert parse(json.dumps(data)) is None
    assert parse("{") is None


def test_every_window_is_counted_and_those_with_a_budget_are_limited() -> None:
    limits = {(limit.scope, limit.name, limit.window): limit.usd for limit in FULL.limits}
    windows = {"hourly": None, "daily": 5.0, "weekly": None, "monthly": None}
    assert limits == {("key", "ci", window): usd for window, usd in windows.items()}


@pytest.mark.parametrize(
    ("expires", "revoked", "state"),
    [
        (None, None, "active"),
        (NOW + timedelta(seconds=1), None, "active"),
        (NOW, None, "expired"),
        (None, NOW, "revoked"),
        (NOW, NOW, "revoked"),
    ],
)
def test_a_key_is_good_until_it_ends(
    expires: datetime | None, revoked: datetime | None, state: str
) -> None:
    assert ScopedKey("ci", NOW, expires=expires, revoked=revoked).state(NOW) == state


def test_a_digest_is_the_sha_256_in_hexadecimal() -> None:
    assert digest("abc") == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"


@pytest.mark.parametrize(
    ("text", "ends"),
    [
        ("90m", NOW + timedelta(minutes=90)),
        ("12h", NOW + timedelta(hours=12)),
        ("30d", NOW + timedelta(days=30)),
        ("8w", NOW + timedelta(weeks=8)),
        ("2026-03-04", datetime(2026, 3, 4, 23, tzinfo=UTC)),
        ("2026-07-01", datetime(2026, 7, 1, 22, tzinfo=UTC)),
        ("2026-03-04T18:00", datetime(2026, 3, 4, 17, tzinfo=UTC)),
        ("2026-03-04T18:00+00:00", datetime(2026, 3, 4, 18, tzinfo=UTC)),
    ],
)
def test_a_span_a_last_day_and_a_time_say_when_a_key_ends(text: str, ends: datetime) -> None:
    assert expiry(text, NOW, BERLIN) == ends


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("2026-03-03", "past"),
        ("2026-03-04T05:00+00:00", "past"),
        ("0d", "no time"),
        ("30", "no time"),
        ("soon", "no time"),
        ("2026-02-30", "no time"),
        ("9999-12-31", "no time"),
        ("999999w", "no time"),
    ],
)
def test_any_other_expiry_is_refused(text: str, why: str) -> None:
    with pytest.raises(RalexError, match=why) as error:
        expiry(text, NOW, UTC)
    assert error.value.code == "key-expiry-invalid"
    assert "30d" in error.value.hint


@pytest.mark.parametrize(
    ("alias", "code"),
    [
        ("client", "key-alias-taken"),
        ("sandbox", "key-alias-taken"),
        ("master", "key-alias-taken"),
        ("Ada", "key-alias-invalid"),
        ("a:b", "key-alias-invalid"),
        ("", "key-alias-invalid"),
        ("-a", "key-alias-invalid"),
        ("a" * 64, "key-alias-invalid"),
    ],
)
def test_an_alias_that_cannot_be_is_refused(alias: str, code: str) -> None:
    with pytest.raises(RalexError) as error:
        checked_alias(alias)
    assert error.value.code == code


@pytest.mark.parametrize("alias", ["ci", "ada@example.com", "a" * 63, "0.x_y-z"])
def test_other_aliases_are_taken(alias: str) -> None:
    assert checked_alias(alias) == alias
