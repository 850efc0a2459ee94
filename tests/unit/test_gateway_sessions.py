"""Counting the requests of sessions, with and without the store that replicas share."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from ralex_stack.gateway.limits import Limits, LimitsError, load_limits
from ralex_stack.gateway.sessions import BROKEN_LIMIT, WINDOW_SECONDS, Counters, Fence, Session

ONE = Session("sandbox", "ses_1")
OTHER = Session("sandbox", "ses_2")


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


class Store:
    """As much of LiteLLM's client of Valkey as is used."""

    def __init__(self) -> None:
        self.counts: dict[str, int] = {}

    async def async_increment(self, key: str, value: int, ttl: int) -> int:
        assert ttl == WINDOW_SECONDS
        self.counts[key] = self.counts.get(key, 0) + value
        return self.counts[key]

    async def async_get_cache(self, key: str) -> int | None:
        return self.counts.get(key)

    async def async_delete_cache(self, key: str) -> None:
        self.counts.pop(key, None)


class Away:
    """A store that cannot be reached, or hangs."""

    def __getattr__(self, name: str) -> Any:
        async def fail(*_: Any, **__: Any) -> None:
            if name == "async_get_cache":
                await asyncio.Event().wait()
            raise ConnectionError

        return fail


def fence(store: Any = None, clock: Clock | None = None, rpm: int | None = 5) -> Fence:
    return Fence(Limits(session_rpm=rpm), Counters(lambda: store, clock or Clock()))


async def refusals(made: Fence, number: int, session: Session = ONE) -> list[str | None]:
    return [await made.refusal(session) for _ in range(number)]


@pytest.mark.parametrize("store", [None, Store(), Away()], ids=["none", "shared", "away"])
def test_a_session_has_so_many_requests(store: Any) -> None:
    async def check() -> None:
        made = fence(store)
        answers = await refusals(made, 6)
        assert answers[:5] == [None] * 5
        assert answers[5] is not None
        assert "more than 5 requests" in answers[5]
        assert "gateway.session_limit_rpm" in answers[5]
        assert await made.refusal(OTHER) is None

    asyncio.run(check())


def test_no_limit_is_none() -> None:
    assert asyncio.run(refusals(fence(rpm=None), 500)) == [None] * 500


def test_a_window_ends() -> None:
    async def check() -> None:
        clock = Clock()
        made = fence(clock=clock)
        await refusals(made, 6)
        clock.now = WINDOW_SECONDS
        assert await made.refusal(ONE) is None

    asyncio.run(check())


def test_answers_that_broke_off_in_a_row_stop_a_session() -> None:
    async def check() -> None:
        made = fence(rpm=None)
        for _ in range(BROKEN_LIMIT):
            assert await made.refusal(ONE) is None
            await made.broke_off(ONE)
        refused = await made.refusal(ONE)
        assert refused is not None
        assert f"last {BROKEN_LIMIT} answers" in refused
        assert await made.refusal(OTHER) is None
        await made.ended(ONE)
        assert await made.refusal(ONE) is None

    asyncio.run(check())


def test_those_without_a_name_share_their_broken_answers_but_no_limit_of_requests() -> None:
    async def check() -> None:
        nameless = Session("sandbox", "")
        made = fence(rpm=5)
        assert await refusals(made, 20, nameless) == [None] * 20
        for _ in range(BROKEN_LIMIT):
            await made.broke_off(nameless)
        refused = await made.refusal(nameless)
        assert refused is not None
        assert f"last {BROKEN_LIMIT} answers with this key" in refused
        assert await made.refusal(ONE) is None
        assert await made.refusal(Session("client", "")) is None

    asyncio.run(check())


def test_replicas_count_together() -> None:
    async def check() -> None:
        store = Store()
        first, second = fence(store), fence(store)
        assert await refusals(first, 3) + await refusals(second, 2) == [None] * 5
        assert await second.refusal(ONE) is not None
        await first.broke_off(ONE)
        assert list(store.counts.values()) == [6, 1]
        await second.ended(ONE)
        assert list(store.counts.values()) == [6]

    asyncio.run(check())


def test_limits_are_read_beside_the_configuration(tmp_path: Any) -> None:
    assert load_limits(tmp_path / "litellm.yaml") == Limits()
    (tmp_path / "limits.json").write_text('{"idle_timeout": 3, "session_rpm": null}')
    assert load_limits(tmp_path / "litellm.yaml") == Limits(idle_timeout=3, session_rpm=None)


@pytest.mark.parametrize("text", ["", "[]", '{"idel_timeout": 3}'])
def test_other_limits_are_refused(tmp_path: Any, text: str) -> None:
    (tmp_path / "limits.json").write_text(text)
    with pytest.raises(LimitsError, match="ralex-stack up"):
        load_limits(tmp_path / "litellm.yaml")
