"""What a gateway knows of keys, and how often it asks for it."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

import pytest
from redis import ConnectionError as NoConnectionError

from ralex_stack.gateway.keys import Key, Policy
from ralex_stack.gateway.repeats import is_repeated
from ralex_stack.gateway.scoped_keys.key import ScopedKey, digest
from ralex_stack.gateway.scoped_keys.keyring import (
    FRESH_SECONDS,
    UNKNOWN_SECONDS,
    KeyRefusedError,
    Keyring,
)

OWN = Key("client", "sk-ralex-client-1")
CI, OLD, LOST = "sk-ralex-key-ci", "sk-ralex-key-old", "sk-ralex-key-lost"
NOW = datetime.now(UTC)
POLICY = Policy(("tier:cheap",), rpm=5, client="opencode")
GOOD = ScopedKey("ci", NOW, POLICY, {"daily": 1.0})


class Kept:
    """Keys in memory; counts the questions."""

    def __init__(self) -> None:
        self.keys = {
            digest(CI): GOOD,
            digest(OLD): ScopedKey("job-500", NOW, expires=NOW - timedelta(days=1)),
            digest(LOST): ScopedKey("lost-429", NOW, revoked=NOW),
        }
        self.changes = 1
        self.asked: list[str] = []
        self.away = False

    async def version(self) -> bytes | None:
        self.asked.append("version")
        await asyncio.sleep(0)
        if self.away:
            raise NoConnectionError("nobody there")
        return str(self.changes).encode()

    async def by_digest(self) -> dict[str, ScopedKey]:
        self.asked.append("keys")
        return dict(self.keys)


class World:
    def __init__(self) -> None:
        self.kept = Kept()
        self.now = 0.0
        self.keyring = Keyring([OWN], self.kept, lambda: self.now)

    def find(self, presented: str) -> Key | None:
        return asyncio.run(self.keyring.find(presented))

    def pass_time(self) -> None:
        self.now += FRESH_SECONDS


@pytest.fixture
def world() -> World:
    return World()


def test_a_scoped_key_is_found_with_what_it_may_do(world: World) -> None:
    found = world.find(CI)
    assert found == Key("ci", CI, POLICY, GOOD.limits)
    assert not found.is_master


@pytest.mark.parametrize("presented", [OWN.secret, "", "sk-of-nobody", "sk-ralex-keyx"])
def test_what_cannot_be_a_scoped_key_is_not_looked_up(world: World, presented: str) -> None:
    world.kept.away = True
    assert world.find(presented) == (OWN if presented == OWN.secret else None)
    assert world.kept.asked == []


def test_one_question_answers_for_all_that_is_presented_for_a_while(world: World) -> None:
    async def storm() -> list[Key | None]:
        unknown = [world.keyring.find(f"sk-ralex-key-{number}") for number in range(100)]
        return await asyncio.gather(*unknown)

    assert set(asyncio.run(storm())) == {None}
    assert world.kept.asked == ["version", "keys"]
    world.now += UNKNOWN_SECONDS
    assert world.find(CI) is not None
    assert world.kept.asked == ["version", "keys"]
    world.now += FRESH_SECONDS
    assert world.find(CI) is not None
    assert world.kept.asked == ["version", "keys", "version"]


def test_a_key_that_was_just_made_is_known_at_once(world: World) -> None:
    del world.kept.keys[digest(CI)]
    assert world.find(LOST[:-1]) is None
    world.kept.keys[digest(CI)] = GOOD
    world.kept.changes += 1
    world.now += UNKNOWN_SECONDS
    assert world.find(CI) is not None


def test_a_change_is_known_a_second_later(world: World) -> None:
    assert world.find(CI) is not None
    world.kept.keys = {digest(CI): ScopedKey("ci", NOW, revoked=NOW)}
    world.kept.changes += 1
    assert world.find(CI) is not None
    world.pass_time()
    with pytest.raises(KeyRefusedError, match="was revoked"):
        world.find(CI)


@pytest.mark.parametrize(
    ("presented", "said"),
    [(OLD, "expired at"), (LOST, "was revoked at")],
)
def test_who_presents_a_key_that_has_ended_is_told_so_and_does_not_repeat(
    world: World, presented: str, said: str
) -> None:
    with pytest.raises(KeyRefusedError, match=said) as error:
        world.find(presented)
    assert error.value.status == 401
    assert not is_repeated(401, str(error.value))


def test_without_valkey_scoped_keys_wait_and_the_stacks_own_go_on(world: World) -> None:
    assert world.find(CI) is not None
    world.kept.away = True
    world.pass_time()
    for _ in range(2):
        with pytest.raises(KeyRefusedError, match="keys-unreadable") as error:
            world.find(CI)
        assert error.value.status == 503
    assert world.kept.asked == ["version", "keys", "version"]
    assert world.find(OWN.secret) == OWN
    world.kept.away = False
    world.pass_time()
    assert world.find(CI) is not None
