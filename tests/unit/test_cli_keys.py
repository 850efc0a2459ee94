"""`ralex-stack keys`, with the gateway's program and a home in memory behind it."""

from __future__ import annotations

import asyncio
import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from commands import call, up
from redis import ConnectionError as NoConnectionError

from ralex_stack.errors import EngineError, RalexError
from ralex_stack.gateway.database import DatabaseError
from ralex_stack.gateway.scoped_keys import manage
from ralex_stack.gateway.scoped_keys.home import AliasTakenError, AliasUnknownError
from ralex_stack.gateway.scoped_keys.key import PREFIX, digest
from ralex_stack.runner import Result
from ralex_stack.scoped_keys import PROGRAM

if TYPE_CHECKING:
    from collections.abc import Mapping

    from fakes import Call, RecordingRunner

    from ralex_stack.gateway.scoped_keys.key import ScopedKey


class MemoryHome:
    """Keys in memory; tests/integration has those in Valkey."""

    def __init__(self) -> None:
        self.kept: dict[str, ScopedKey] = {}
        self.away = False
        self.virtual: list[dict[str, Any]] | None = None
        """LiteLLM's keys; none where there is no database."""
        self.virtual_away = False

    async def others(self) -> list[dict[str, Any]]:
        if self.virtual_away:
            raise DatabaseError("The database at postgres:5432 cannot be reached.")
        return self.virtual or []

    async def create(self, digest: str, key: ScopedKey) -> ScopedKey:
        if any(each.alias == key.alias for each in self.kept.values()):
            raise AliasTakenError
        self.kept[digest] = key
        return key

    async def keys(self) -> list[ScopedKey]:
        if self.away:
            raise NoConnectionError("nobody there")
        return list(self.kept.values())

    def _digest(self, alias: str) -> str:
        for found, key in self.kept.items():
            if key.alias == alias:
                return found
        raise AliasUnknownError([key.alias for key in self.kept.values()])

    async def revoke(self, alias: str) -> ScopedKey:
        return replace(self.kept.pop(self._digest(alias)), revoked=datetime.now(UTC))

    async def limit(self, alias: str, budget: Mapping[str, float]) -> ScopedKey:
        found = self._digest(alias)
        both = {**self.kept[found].budget, **budget}
        self.kept[found] = replace(self.kept[found], budget={w: u for w, u in both.items() if u})
        return self.kept[found]

    async def spent(self, key: ScopedKey) -> dict[str, float]:
        return {"hourly": 0.5, "daily": 1.25, "weekly": 1.25, "monthly": 2.0}


@pytest.fixture
def home(runner: RecordingRunner) -> MemoryHome:
    made = MemoryHome()

    def program(asked: Call) -> Result:
        others = None if made.virtual is None else made.others
        answer = asyncio.run(manage.answer(json.loads(asked.stdin or ""), made, others))
        return Result(0, json.dumps(answer))

    runner.on("exec", *PROGRAM, do=program)
    up(runner)
    return made


def create(runner: RecordingRunner, *arguments: str) -> dict[str, Any]:
    data: dict[str, Any] = json.loads(call(runner, "keys", "create", *arguments, "--json").stdout)
    return data


def test_create_prints_the_key_alone_and_what_it_may_beside(
    runner: RecordingRunner, home: MemoryHome
) -> None:
    options = ["--model", "glm", "--model", "tier:cheap", "--daily", "5", "--rpm", "60"]
    result = call(runner, "keys", "create", "ci", *options, "--expires", "30d")
    key = result.stdout.removesuffix("\n")
    assert key.startswith(PREFIX)
    assert len(key) > len(PREFIX) + 40
    assert key not in result.stderr
    for said in ("glm, tier:cheap", "$5 per day", "60 requests a minute", "127.0.0.1:4000/v1"):
        assert said in result.stderr
    (kept,) = home.kept.items()
    assert kept[0] == digest(key)
    assert (kept[1].policy.models, kept[1].policy.rpm) == (("glm", "tier:cheap"), 60)
    assert kept[1].expires is not None
    assert abs(kept[1].expires - datetime.now(UTC) - timedelta(days=30)) < timedelta(minutes=1)


def test_no_program_is_given_a_key(runner: RecordingRunner, home: MemoryHome) -> None:
    key = call(runner, "keys", "create", "ci").stdout.strip()
    (asked,) = runner.asked("exec", *PROGRAM)
    assert digest(key) in (asked.stdin or "")
    assert digest(key) not in " ".join(asked.arguments)
    assert not [each for each in runner.calls if key in f"{each.arguments} {each.stdin}"]


def test_without_options_a_key_may_call_all_for_ever(
    runner: RecordingRunner, home: MemoryHome
) -> None:
    made = create(runner, "ada@example.com")
    assert made["key"].startswith(PREFIX)
    assert made["models"] == ["*"]
    assert (made["budget"], made["rpm"], made["expires"]) == ({}, None, None)
    assert (made["state"], made["client"]) == ("active", "any")


def test_list_shows_what_was_spent_and_no_key(runner: RecordingRunner, home: MemoryHome) -> None:
    assert "keys create" in call(runner, "keys", "list").stdout
    key = create(runner, "ci", "--daily", "5", "--rpm", "60", "--model", "glm")["key"]
    shown = call(runner, "keys", "list").stdout
    assert key not in shown
    assert digest(key) not in shown
    for part in ("ci", "glm", "1.2500 of 5", "2.0000", "60 requests", "never"):
        assert part in shown
    (told,) = json.loads(call(runner, "keys", "list", "--json").stdout)
    assert (told["alias"], told["spent"]["daily"], told["budget"]) == ("ci", 1.25, {"daily": 5.0})
    assert "key" not in told


VIRTUAL = {
    "alias": "virtual:ada",
    "digest_name": "virtual:20a4978a8ac1",
    "models": ["glm"],
    "team": "backend",
    "spend": 3.25,
    "max_budget": 20.0,
    "budget_duration": "30d",
    "rpm": 10,
    "tpm": None,
    "created": "2026-11-24T12:00:00+00:00",
    "expires": None,
    "state": "blocked",
}
UNNAMED = VIRTUAL | {
    "alias": "virtual:20a4978a8ac2",
    "digest_name": "virtual:20a4978a8ac2",
    "models": ["*"],
    "team": None,
    "max_budget": None,
    "state": "active",
}


def test_list_shows_keys_of_litellm_as_what_they_are(
    runner: RecordingRunner, home: MemoryHome
) -> None:
    home.virtual = [VIRTUAL, UNNAMED]
    create(runner, "ada")
    shown = call(runner, "keys", "list").stdout
    assert "LiteLLM's virtual keys" in shown
    for part in ("virtual:ada", "backend", "3.2500 of 20", "10 requests", "blocked"):
        assert part in shown
    rows = json.loads(call(runner, "keys", "list", "--json").stdout)
    assert [(row["kind"], row["alias"]) for row in rows] == [
        ("scoped", "ada"), ("virtual", "virtual:ada"), ("virtual", "virtual:20a4978a8ac2"),
    ]  # fmt: skip


def test_list_without_the_database_has_the_rest(runner: RecordingRunner, home: MemoryHome) -> None:
    home.virtual, home.virtual_away = [VIRTUAL], True
    create(runner, "ci")
    result = call(runner, "keys", "list", "--json")
    assert [row["alias"] for row in json.loads(result.stdout)] == ["ci"]
    assert "not listed: The database at postgres:5432 cannot be reached" in result.stderr


def test_revoke(runner: RecordingRunner, home: MemoryHome) -> None:
    create(runner, "ci")
    assert "ci is revoked" in call(runner, "keys", "revoke", "ci").stdout
    assert home.kept == {}


def test_budget_changes_what_is_named_and_0_removes(
    runner: RecordingRunner, home: MemoryHome
) -> None:
    create(runner, "ci", "--daily", "5", "--monthly", "50")
    result = call(runner, "keys", "budget", "ci", "--daily", "0", "--hourly", "0.5")
    assert result.stdout == "ci: $0.5 per hour, $50 per month\n"
    told = json.loads(call(runner, "keys", "budget", "ci", "--monthly", "0", "--json").stdout)
    assert told["budget"] == {"hourly": 0.5}


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["create", "ci"], "key-alias-taken", "keys revoke ci"),
        (["create", "client"], "key-alias-taken", "another alias"),
        (["create", "a:b"], "key-alias-invalid", "ada@example.com"),
        (["create", "x", "--model", "gml"], "model-unknown", "glm"),
        (["create", "x", "--expires", "soon"], "key-expiry-invalid", "30d"),
        (["revoke", "cii"], "key-alias-unknown", "nearest: ci;"),
        (["budget", "cii", "--daily", "1"], "key-alias-unknown", "nearest: ci;"),
        (["revoke", "virtual:ci"], "key-alias-unknown", "admin UI"),
    ],
)
def test_what_cannot_be_done_is_refused_with_what_can(
    runner: RecordingRunner, home: MemoryHome, arguments: list[str], code: str, said: str
) -> None:
    create(runner, "ci")
    before = dict(home.kept)
    with pytest.raises(RalexError) as error:
        call(runner, "keys", *arguments)
    assert error.value.code == code
    assert said in error.value.hint
    assert home.kept == before


@pytest.mark.parametrize(
    "arguments",
    [
        ["create", "ci", "--daily", "0"],
        ["create", "ci", "--daily", "-1"],
        ["create", "ci", "--daily", "nan"],
        ["create", "ci", "--daily", "inf"],
        ["create", "ci", "--rpm", "0"],
        ["budget", "ci"],
    ],
)
def test_a_command_line_without_sense_asks_nobody(
    runner: RecordingRunner, home: MemoryHome, arguments: list[str]
) -> None:
    result = call(runner, "keys", *arguments)
    assert result.exit_code == 2
    assert runner.asked("exec", *PROGRAM) == []


def test_where_the_gateway_cannot_be_asked_it_is_said(
    runner: RecordingRunner, home: MemoryHome
) -> None:
    home.away = True
    with pytest.raises(EngineError, match="nobody there") as error:
        call(runner, "keys", "list")
    assert error.value.code == "keys-unreadable"
    runner.on("exec", *PROGRAM, code=1, stderr="Traceback\nNo module named 'scoped_keys'\n")
    with pytest.raises(EngineError, match="No module named") as error:
        call(runner, "keys", "list")
    assert "up to date" in error.value.hint


def test_before_up_there_are_no_keys(runner: RecordingRunner) -> None:
    with pytest.raises(EngineError) as error:
        call(runner, "keys", "list")
    assert error.value.code == "stack-not-up"
