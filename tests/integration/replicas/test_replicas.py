"""Two gateways are as one to whoever calls, spends, or brings the stack up."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from threading import Event
from typing import TYPE_CHECKING

import httpx
import pytest
from harness import eventually, new_session
from observe import planned
from spending import CLIENTS, CROWD_LIMIT, CROWDS, DEAREST, DOWNGRADED, PROMPT

if TYPE_CHECKING:
    from collections.abc import Iterator

    from harness import Json
    from spending import Spending

FORMAT, DEBUG = "format this file with black", "fix the bug in the checkout"
"""Of a cheap tier and of another one, by the patterns of the default settings."""
KEY_LIMIT = 6
"""Requests per minute."""


def accounts(pair: Spending) -> list[list[Json]]:
    """The calls that each gateway has answered, by its own log."""
    logs = [container.logs(stderr=False).decode() for container in pair.replicas("gateway")]
    return [
        [json.loads(line) for line in log.splitlines() if line.startswith('{"event":"call"')]
        for log in logs
    ]


def both_served(pair: Spending, **fields: str) -> bool:
    """Whether each of two gateways has answered calls whose account has these fields."""
    served = [
        sum(all(call[name] == value for name, value in fields.items()) for call in calls)
        for calls in accounts(pair)
    ]
    return len(served) == 2 and all(served)


def call(pair: Spending, model: str, prompt: str = "hi", **headers: str) -> httpx.Response:
    return httpx.post(
        f"{pair.gateway}/v1/chat/completions",
        headers={"Authorization": f"Bearer {pair.credentials['OPENAI_API_KEY']}", **headers},
        json={"model": model, "messages": [{"role": "user", "content": prompt}]},
        timeout=60,
    )


BROKEN_OFF = httpx.Response(503, headers={"retry-after": "0"}, text="broken off")
"""What stands for an answer that had begun when its gateway died."""


@contextmanager
def under_load(pair: Spending, model: str, clients: int) -> Iterator[list[httpx.Response]]:
    """Answers of so many clients that go on calling, all of which are there in the end."""
    ended, answers = Event(), list[httpx.Response]()

    def go_on(_: int) -> None:
        while not ended.is_set():
            try:
                answers.append(call(pair, model, PROMPT))
            except httpx.RemoteProtocolError:
                answers.append(BROKEN_OFF)

    with ThreadPoolExecutor(clients) as threads:
        done = threads.map(go_on, range(clients))
        try:
            yield answers
        finally:
            ended.set()
        list(done)


def test_what_was_brought_up_is_whole(pair: Spending) -> None:
    assert planned(pair) == {}
    assert pair.json("status")["replicas"] == {"gateway": {"well": 2, "wanted": 2}}
    assert "2 of 2 healthy" in pair.run("status").stdout
    assert "gateway-2" in pair.run("logs", "gateway", "--tail", "1").stdout


@pytest.mark.parametrize(("model", "stream"), [(CROWDS[0], False), (CROWDS[1], True)])
def test_fifty_clients_at_once_do_not_pass_a_limit(
    pair: Spending, model: str, stream: bool, record_property: pytest.RecordProperty
) -> None:
    answers, served = pair.crowd(model, stream=stream)
    assert {answer.status_code for answer in answers} == {200}
    spent = pair.spent("model", model)
    eventually(lambda: pair.calls(model) == served)
    record_property("worst case", f"${spent:.4f} of ${CROWD_LIMIT:.4f}")
    print(f"worst case: {served} calls served, ${spent:.4f} of ${CROWD_LIMIT:.4f} spent")
    assert spent == pytest.approx(pair.total(model)["cost"])
    assert CROWD_LIMIT - DEAREST < spent <= CROWD_LIMIT
    assert both_served(pair, model=model, status="success")


def test_a_session_keeps_its_tier_on_both(pair: Spending) -> None:
    session = new_session()
    asked = [FORMAT, *[DEBUG] * 5]
    told = [call(pair, "auto", prompt, **{"x-session-id": session}) for prompt in asked]
    assert {answer.headers["x-ralex-tier"] for answer in told} == {"cheap"}
    assert call(pair, "auto", DEBUG).headers["x-ralex-tier"] == "smart"
    eventually(lambda: both_served(pair, session=session))


def test_the_routes_of_both_are_told(pair: Spending) -> None:
    session = new_session()
    for _ in range(4):
        assert call(pair, "auto", FORMAT, **{"x-session-id": session}).status_code == 200
    eventually(lambda: both_served(pair, session=session))
    routes = pair.json("logs", "--routes")["routes"]
    assert [route["tier"] for route in routes if route["session"] == session] == ["cheap"] * 4
    assert [route["time"] for route in routes] == sorted(route["time"] for route in routes)


def test_both_count_the_requests_of_a_key(pair: Spending) -> None:
    key = pair.json("keys", "create", "limited", "--rpm", str(KEY_LIMIT))["key"]
    bearer = {"Authorization": f"Bearer {key}"}
    told = [call(pair, "small", **bearer).status_code for _ in range(3 * KEY_LIMIT)]
    assert sorted(told) == [200] * KEY_LIMIT + [429] * 2 * KEY_LIMIT


def test_a_key_that_is_revoked_is_refused_by_both(pair: Spending) -> None:
    key = pair.json("keys", "create", "gone")["key"]
    bearer = {"Authorization": f"Bearer {key}"}
    assert {call(pair, "small", **bearer).status_code for _ in range(4)} == {200}
    eventually(lambda: both_served(pair, key="gone"))
    pair.run("keys", "revoke", "gone")
    eventually(lambda: {call(pair, "small", **bearer).status_code for _ in range(8)} == {401})


def test_a_restart_goes_through_both_while_the_other_serves(pair: Spending) -> None:
    def lives() -> dict[str | None, str]:
        return {each.id: each.attrs["State"]["StartedAt"] for each in pair.replicas("gateway")}

    before = lives()
    with under_load(pair, "small", 2) as answers:
        pair.run("restart", "gateway")
    after = lives()
    assert after.keys() == before.keys()
    assert not set(after.values()) & set(before.values())
    # A call that is on its way to a gateway when it is told to end may come too late.
    failed = [answer for answer in answers if answer.status_code != 200]
    assert len(failed) <= len(before)
    assert BROKEN_OFF not in failed
    assert {answer.status_code for answer in failed} <= {503}


def test_one_that_dies_takes_with_it_what_was_in_flight_on_it_alone(pair: Spending) -> None:
    model = "dying"
    with under_load(pair, model, CLIENTS // 2) as answers:
        eventually(lambda: len(answers) > CLIENTS // 2)
        one, other = pair.replicas("gateway")
        other.kill()
        known = len(answers)
        eventually(lambda: len(answers) > known + 2 * CLIENTS)
        lost = [answer for answer in answers if answer.status_code != 200]
        assert {answer.status_code for answer in lost} <= {503}
        assert all(answer.headers["retry-after"] for answer in lost)
        assert len(lost) <= CLIENTS // 2
    assert pair.json("status", code=1)["replicas"] == {"gateway": {"well": 1, "wanted": 2}}
    assert planned(pair) == {"gateway": "start"}
    _require_counted_once(pair, model, answers)

    before = one.id
    pair.up()
    assert planned(pair) == {}
    assert before in {container.id for container in pair.replicas("gateway")}
    assert pair.json("status")["replicas"] == {"gateway": {"well": 2, "wanted": 2}}


def _require_counted_once(pair: Spending, model: str, answers: list[httpx.Response]) -> None:
    """Each answer is in the ledger, or still held for, by the one that died; none is twice."""
    served = sum(
        answer.status_code == 200 and DOWNGRADED not in answer.headers for answer in answers
    )
    lost = sum(answer.status_code != 200 for answer in answers)
    script = 'REDISCLI_AUTH="$(cat /run/secrets/valkey_password)" valkey-cli zcard reservations'

    def known() -> int:
        return pair.calls(model) + int(pair.inside("valkey", "sh", "-c", script))

    eventually(lambda: served <= known() <= served + lost)
    spent, held = pair.counted("model", model)
    assert spent == pytest.approx(pair.total(model)["cost"])
    assert 0 < spent <= spent + held <= CROWD_LIMIT + 1e-9


def test_fewer_of_another_configuration_take_over_without_a_gap(pair: Spending) -> None:
    old = {container.id for container in pair.replicas("gateway")}
    with under_load(pair, "small", 2) as answers:
        pair.configure({**pair.settings, "gateway": {"replicas": 1, "client_limit_rpm": 100_000}})
        pair.up()
        known = len(answers)
        eventually(lambda: len(answers) > known + 4)
    (left,) = pair.replicas("gateway")
    assert left.id not in old
    assert planned(pair) == {}
    # A call that is on its way to a gateway when it is told to end may come too late.
    failed = [answer for answer in answers if answer.status_code != 200]
    assert len(failed) <= len(old)
    assert BROKEN_OFF not in failed
    assert {answer.status_code for answer in failed} <= {503}
