"""One request and its answer where client, application and limits come at odd times."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

import pytest

from ralex_stack.gateway.call import Call
from ralex_stack.gateway.exchange import Exchange
from ralex_stack.gateway.limits import Limits
from ralex_stack.gateway.sessions import BROKEN_LIMIT, Counters, Fence, Session

pytestmark = pytest.mark.timeout(10)

App = Callable[..., Awaitable[None]]
SESSION = Session("client", "ses_1")
SOON, NEVER = 0.05, 600
WORDS = b'data: {"choices":[{"delta":{"content":"hi"}}]}\n\n'
END = b'data: {"choices":[{"finish_reason":"stop"}]}\n\n'
STREAMED = b'{"model": "m", "stream": true}'
HEAD = {
    "type": "http.response.start",
    "status": 200,
    "headers": [(b"content-type", b"text/event-stream")],
}


def piece(body: bytes) -> dict[str, Any]:
    return {"type": "http.response.body", "body": body, "more_body": True}


class Client:
    """Sends a request in pieces, and takes an answer, each message of which takes a moment."""

    def __init__(self, *request: bytes) -> None:
        last = len(request) - 1
        self.request = [
            {"type": "http.request", "body": body, "more_body": number < last}
            for number, body in enumerate(request)
        ]
        self.got: list[Any] = []
        self.leaves = asyncio.Event()
        self.is_answered = asyncio.Event()

    async def receive(self) -> Any:
        if self.request:
            return self.request.pop(0)
        await self.leaves.wait()
        return {"type": "http.disconnect"}

    async def send(self, message: Any) -> None:
        self.got.append(message)
        self.is_answered.set()
        await asyncio.sleep(0.01)

    @property
    def body(self) -> bytes:
        return b"".join(message["body"] for message in self.got[1:])


def exchange(client: Client, limits: Limits, fence: Fence | None = None) -> Exchange:
    fence = fence or Fence(limits, Counters(lambda: None))
    call = Call("client", is_opencode=False, session=SESSION)
    return Exchange("chat", call, limits, fence, client.receive, client.send)


def told(request: Sequence[bytes], limits: Limits) -> str:
    """What a client is told whose call hangs."""

    async def app(scope: Any, receive: Any, send: Any) -> None:
        while (await receive())["type"] != "http.disconnect":
            pass

    async def check() -> str:
        client = Client(*request)
        await exchange(client, limits).run(app, {})
        return str(json.loads(client.body)["error"]["message"])

    return asyncio.run(check())


@pytest.mark.parametrize(
    "request_body",
    [
        [b'{"model": "m"}'],
        [b'{"model": "m", "stream": false}'],
        [b'{"model": "m", "metadata": {"stream": true}}'],
        [b'{"model": "m", "messages": [{"content": "\\"stream\\": true"}]}'],
        [b'"stream": true'],
        [b"[" * 200_000],
        [b"\xff"],
        [b""],
    ],
)
def test_what_is_not_streamed_has_its_own_limit(request_body: list[bytes]) -> None:
    limits = Limits(timeout=SOON, idle_timeout=NEVER)
    assert f"for {SOON} seconds" in told(request_body, limits)


@pytest.mark.parametrize("cut", range(len(STREAMED)))
def test_a_request_may_come_in_any_pieces(cut: int) -> None:
    limits = Limits(timeout=NEVER, idle_timeout=SOON)
    assert f"for {SOON} seconds" in told([STREAMED[:cut], STREAMED[cut:]], limits)


async def fail(receive: Any) -> None:
    raise ZeroDivisionError


async def hang(receive: Any) -> None:
    assert (await receive())["type"] == "http.disconnect"


@pytest.mark.parametrize("after", [fail, hang])
def test_what_comes_after_the_end_is_no_failure(after: Callable[[Any], Awaitable[None]]) -> None:
    async def app(scope: Any, receive: Any, send: Any) -> None:
        await receive()
        for message in (HEAD, piece(WORDS), piece(END)):
            await send(message)
        await after(receive)

    async def check() -> None:
        limits = Limits(idle_timeout=SOON)
        fence = Fence(limits, Counters(lambda: None))
        for _ in range(BROKEN_LIMIT - 1):
            await fence.broke_off(SESSION)
        client = Client(STREAMED)
        answer = exchange(client, limits, fence).run(app, {})
        await asyncio.gather(answer, return_exceptions=True)
        assert client.body == WORDS + END
        assert client.got[-1]["more_body"] is False
        await fence.broke_off(SESSION)
        assert await fence.refusal(SESSION) is None

    asyncio.run(check())


class SlowStore:
    """Lets others go on while it counts."""

    def __init__(self) -> None:
        self.is_asked = asyncio.Event()

    async def async_increment(self, key: str, value: int, ttl: int) -> int:
        self.is_asked.set()
        await asyncio.sleep(0.05)
        return value


def test_a_piece_that_comes_while_an_answer_is_given_up_is_not_passed_on() -> None:
    async def check() -> None:
        store = SlowStore()

        async def app(scope: Any, receive: Any, send: Any) -> None:
            await receive()
            await send(HEAD)
            await send(piece(WORDS))
            await store.is_asked.wait()
            await send(piece(b"too late"))

        client, limits = Client(STREAMED), Limits(idle_timeout=SOON)
        await exchange(client, limits, Fence(limits, Counters(lambda: store))).run(app, {})
        assert client.body.startswith(WORDS + b'data: {"error"')
        assert b"too late" not in client.body
        assert [message.get("more_body") for message in client.got] == [None, True, False]

    asyncio.run(check())


def test_a_head_that_comes_while_an_answer_is_given_up_is_not_a_second_one() -> None:
    async def check() -> None:
        client = Client(STREAMED)

        async def app(scope: Any, receive: Any, send: Any) -> None:
            await receive()
            await client.is_answered.wait()
            await send(HEAD)
            await send(piece(WORDS))

        await exchange(client, Limits(idle_timeout=SOON)).run(app, {})
        assert [message["type"] for message in client.got] == [HEAD["type"], "http.response.body"]
        assert client.got[0]["status"] == 504

    asyncio.run(check())


def test_that_the_client_left_is_heard_again_and_without_waiting() -> None:
    async def check() -> None:
        client = Client(STREAMED)
        heard: list[str] = []

        async def app(scope: Any, receive: Any, send: Any) -> None:
            await receive()
            await send(HEAD)
            await send(piece(WORDS))
            client.leaves.set()
            heard.append((await receive())["type"])
            with pytest.raises(StopIteration) as answer:
                receive().send(None)
            heard.append(answer.value.value["type"])

        await exchange(client, Limits()).run(app, {})
        assert heard == ["http.disconnect"] * 2
        assert client.body == WORDS

    asyncio.run(check())


def test_that_the_client_left_is_known_before_anybody_asks() -> None:
    async def check() -> None:
        client = Client(STREAMED)

        async def app(scope: Any, receive: Any, send: Any) -> None:
            await receive()
            client.leaves.set()
            await asyncio.sleep(0.01)
            with pytest.raises(StopIteration):
                receive().send(None)

        await exchange(client, Limits()).run(app, {})

    asyncio.run(check())
