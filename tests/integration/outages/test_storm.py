"""A client that goes on and on is stopped at the gateway, by key and session."""

from __future__ import annotations

from typing import TYPE_CHECKING

import httpx
from fake_provider import SESSION_LIMIT
from harness import new_session

from ralex_stack.gateway.sessions import BROKEN_LIMIT

if TYPE_CHECKING:
    from fake_provider import Outage


def ask(outage: Outage, session: str, model: str) -> httpx.Response:
    return httpx.post(
        f"{outage.gateway}/v1/chat/completions",
        headers={
            "Authorization": f"Bearer {outage.credentials['OPENAI_API_KEY']}",
            "x-session-id": session,
        },
        json={"model": model, "stream": True, "messages": [{"role": "user", "content": "hi"}]},
        timeout=60,
    )


def test_answers_that_break_off_stop_the_session_and_no_other(outage: Outage) -> None:
    session = new_session()
    before = len(outage.calls("no-end"))

    seen = [ask(outage, session, "no-end").status_code for _ in range(BROKEN_LIMIT + 5)]

    assert seen == [200] * BROKEN_LIMIT + [429] * 5
    assert len(outage.calls("no-end")) == before + BROKEN_LIMIT
    refused = ask(outage, session, "good")
    assert f"The last {BROKEN_LIMIT} answers of this session broke off" in refused.text
    assert int(refused.headers["retry-after"]) > 0
    assert ask(outage, new_session(), "good").status_code == 200


def test_an_answer_that_ends_forgives_those_before_it(outage: Outage) -> None:
    session = new_session()

    models = [*["no-end"] * (BROKEN_LIMIT - 1), "good"] * 2
    seen = [ask(outage, session, model).status_code for model in models]

    assert seen == [200] * len(models)


def test_a_session_has_so_many_requests_a_minute(outage: Outage) -> None:
    session = new_session()

    seen = [ask(outage, session, "good").status_code for _ in range(SESSION_LIMIT + 3)]

    assert seen == [200] * SESSION_LIMIT + [429] * 3
