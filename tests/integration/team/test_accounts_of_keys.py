"""Calls of every kind of key are in the ledger once, by its name, whatever the database does."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from typing import TYPE_CHECKING

import pytest
from harness import eventually, new_session
from team_stack import POOR_ALIAS, POOR_KEY

if TYPE_CHECKING:
    from team_stack import Team

APIS = ["chat/completions", "messages", "responses"]


def names(team: Team, session: str) -> Counter[tuple[str, bool]]:
    """How often the ledger has a key, with streamed answers or without, in a session."""
    rows = team.query(
        f"SELECT key, streamed FROM ralex_stack.calls WHERE session = '{session}' "  # noqa: S608
        "AND cost > 0 AND duration_seconds > 0 AND completion_tokens > 0;"
    )
    return Counter((row[:-2], row.endswith("|t")) for row in rows)


@pytest.fixture(scope="module")
def keys(team: Team) -> dict[str, str]:
    """One key of each kind, by the name that the ledger is to give it."""
    unnamed = team.new_key()
    return {
        "client": team.credentials["OPENAI_API_KEY"],
        "ci": str(team.json("keys", "create", "ci")["key"]),
        "virtual:grace": team.new_key(key_alias="grace"),
        # Names that other keys have: an alias is whatever its key's owner likes.
        "virtual:client": team.new_key(key_alias="client"),
        "virtual:ci": team.new_key(key_alias="ci"),
        f"virtual:{hashlib.sha256(unnamed.encode()).hexdigest()[:12]}": unnamed,
    }


def test_each_kind_of_key_is_in_the_ledger_once_for_each_call(
    team: Team, keys: dict[str, str]
) -> None:
    session = new_session()
    for key in keys.values():
        for api in APIS:
            for stream in (False, True):
                answer = team.ask(key, api, stream=stream, session=session)
                assert answer.status_code == 200, answer.text
    expected = Counter({(name, s): len(APIS) for name in keys for s in (False, True)})
    eventually(lambda: names(team, session).total() >= expected.total())
    assert names(team, session) == expected
    rows = json.loads(team.run("spend", "--by", "key", "--json").stdout)
    told = {row["key"]: row["calls"] for row in rows}
    assert all(told[name] >= 2 * len(APIS) for name in keys)


def test_calls_wait_for_a_database_that_is_away(team: Team, keys: dict[str, str]) -> None:
    session = new_session()
    known = {"client": keys["client"], "ci": keys["ci"]}
    team.container("postgres").stop()
    try:
        for key in known.values():
            assert team.ask(key, session=session).status_code == 200
        failed = team.run("spend", code=1).stderr
        listed = team.run("keys", "list", "--json")
    finally:
        team.container("postgres").start()
    assert "the gateway's ledger cannot be read: The database at postgres:5432" in failed
    assert "virtual keys are not listed: The database at postgres:5432" in listed.stderr
    assert "ci" in [row["alias"] for row in json.loads(listed.stdout)]
    eventually(lambda: team.run("spend", code=None).returncode == 0)
    expected = Counter({(name, False): 1 for name in known})
    eventually(lambda: names(team, session).total() >= expected.total())
    assert names(team, session) == expected


def test_limits_of_the_settings_hold_for_virtual_keys_by_alias_and_digest(team: Team) -> None:
    by_alias = team.new_key(key_alias=POOR_ALIAS)
    by_digest = team.new_key(key=POOR_KEY, key_alias="rich")
    assert by_digest == POOR_KEY
    for key in (by_alias, by_digest):
        for api in APIS:
            answer = team.ask(key, api, stream=True)
            assert answer.status_code == 402, answer.text
    refused = team.ask(by_alias).json()["error"]["message"]
    assert f'the daily limit of key "virtual:{POOR_ALIAS}", $0' in refused

    # Nobody takes an alias that another key has, in whatever letters, and another name changes
    # nothing for a key that is limited by its digest.
    for path, body in (
        ("/key/generate", {"key_alias": POOR_ALIAS}),
        ("/key/update", {"key": by_digest, "key_alias": POOR_ALIAS}),
    ):
        taken = team.administer("POST", path, body)
        assert (taken.status_code, "already exists" in taken.text) == (400, True)
    renamed = team.administer("POST", "/key/update", {"key": by_digest, "key_alias": "richer"})
    assert renamed.status_code == 200, renamed.text
    assert team.ask(by_digest).status_code == 402
