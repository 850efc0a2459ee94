"""The middleware around a tiny application."""

from __future__ import annotations

import asyncio
import gzip
import json
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from ralex_stack.gateway.call import CURRENT, Call, Outcome
from ralex_stack.gateway.keys import Key, Policy
from ralex_stack.gateway.limits import Limits
from ralex_stack.gateway.middleware import Failures
from ralex_stack.gateway.repeats import is_repeated
from ralex_stack.gateway.scoped_keys.keyring import KeyRefusedError
from ralex_stack.gateway.sessions import BROKEN_LIMIT, Counters, Fence

App = Callable[..., Awaitable[None]]
OPENCODE, OTHER = b"opencode", b"other"
KEYS = {OPENCODE: Key("sandbox", "s", Policy(client="opencode")), OTHER: Key("client", "c")}
REFUSED = {b"revoked": 401, b"unreadable": 503}
WORDS = b'data: {"choices":[{"delta":{"content":"hi"}}]}\n\n'
END = b'data: {"choices":[{"finish_reason":"stop"}]}\n\n'
REQUEST = json.dumps({"model": "m-500", "stream": True}).encode()
SPENT = "No room in the budget: Exceeded budget: 6 >= 5"


def answering(status: int, *pieces: bytes, headers: Any = (), last: bool = True) -> App:
    """An application that reads the request and answers with these pieces."""

    async def app(scope: Any, receive: Any, send: Any) -> None:
        assert (await receive())["body"] == REQUEST
        await send({"type": "http.response.start", "status": status, "headers": list(headers)})
        for number, piece in enumerate(pieces, 1):
            more = number < len(pieces) or not last
            await send({"type": "http.response.body", "body": piece, "more_body": more})

    return app


def streaming(*pieces: bytes, last: bool = True) -> App:
    kind = [(b"content-type", b"text/event-stream; charset=utf-8")]
    return answering(200, *pieces, headers=kind, last=last)


def failing(status: int, message: str, headers: Any = ()) -> App:
    body = json.dumps({"error": {"message": message, "code": str(status)}}).encode()
    return answering(status, body, headers=headers)


async def find(headers: Any) -> Key | None:
    who = dict(headers)[b"who"]
    if who in REFUSED:
        raise KeyRefusedError(REFUSED[who], "the key is not good")
    return KEYS.get(who)


class Gateway:
    """An application with the middleware around it; remembers what a client got."""

    answer: Answer

    def __init__(self, app: App, **limits: Any) -> None:
        made = Limits(**{"timeout": 5, "idle_timeout": 5, **limits})
        fence = Fence(made, Counters(lambda: None))
        self.ended: list[Outcome] = []
        self.app = Failures(
            app,
            find=find,
            limits=made,
            fence=fence,
            ended=self.end,
        )

    async def end(self, call: Call) -> None:
        self.ended.append(call.outcome)

    def ask(
        self, who: bytes = OTHER, path: str = "/v1/chat/completions", session: bytes = b""
    ) -> Answer:
        return asyncio.run(self._ask(who, path, session))

    async def _ask(self, who: bytes, path: str, session: bytes) -> Answer:
        answer = self.answer = Answer()
        requests = [{"type": "http.request", "body": REQUEST, "more_body": False}]

        async def receive() -> Any:
            return requests.pop(0) if requests else await asyncio.Event().wait()

        headers = [(b"who", who), *([(b"x-session-id", session)] if session else [])]
        scope = {"type": "http", "method": "POST", "path": path, "headers": headers}
        await self.app(scope, receive, answer.take)
        return answer


class Answer:
    def __init__(self) -> None:
        self.messages: list[Any] = []

    async def take(self, message: Any) -> None:
        self.messages.append(message)

    @property
    def status(self) -> int:
        return int(self.messages[0]["status"])

    @property
    def headers(self) -> dict[bytes, bytes]:
        return dict(self.messages[0]["headers"])

    @property
    def body(self) -> bytes:
        assert not self.messages[-1].get("more_body", False)
        return b"".join(message["body"] for message in self.messages[1:])

    @property
    def message(self) -> str:
        text = self.body.rpartition(b"data: ")[2]
        return str(json.loads(text)["error"]["message"])


@pytest.mark.parametrize("who", [OPENCODE, OTHER])
@pytest.mark.parametrize(
    "app", [streaming(WORDS, END), answering(200, b'{"x": ', b"1}"), answering(200, b"")]
)
def test_what_succeeds_passes_piece_by_piece(app: App, who: bytes) -> None:
    answer = Gateway(app).ask(who)
    assert answer.status == 200
    plain: list[Any] = []

    async def keep(message: Any) -> None:
        plain.append(message)

    async def receive() -> Any:
        return {"type": "http.request", "body": REQUEST}

    asyncio.run(app({}, receive, keep))
    assert answer.messages == plain


@pytest.mark.parametrize("status", [429, 503])
def test_others_are_told_how_long_to_wait(status: int) -> None:
    answer = Gateway(failing(status, "slow down"), retry_after=7).ask()
    assert (answer.status, answer.message) == (status, "slow down")
    assert answer.headers[b"retry-after"] == b"7"
    told = Gateway(failing(status, "x", [(b"retry-after", b"3")])).ask()
    assert told.headers[b"retry-after"] == b"3"


@pytest.mark.parametrize("status", [408, 409, 413, 429, 500, 503, 529])
def test_opencode_gets_nothing_that_it_repeats(status: int) -> None:
    answer = Gateway(failing(status, "rate limit 429")).ask(OPENCODE)
    assert answer.status == 424
    assert not is_repeated(answer.status, answer.body.decode())
    assert int(answer.headers[b"content-length"]) == len(answer.body)


@pytest.mark.parametrize("who", [OPENCODE, OTHER])
@pytest.mark.parametrize("path", ["/v1/messages", "/chat/completions", "/v1/responses"])
def test_a_spent_budget_is_402_for_all(who: bytes, path: str) -> None:
    zipped = gzip.compress(json.dumps({"error": {"message": SPENT}}).encode())
    app = answering(429, zipped, headers=[(b"content-encoding", b"gzip"), (b"x-id", b"1")])
    answer = Gateway(app).ask(who, path)
    assert answer.status == 402
    assert answer.headers[b"x-id"] == b"1"
    assert b"content-encoding" not in answer.headers
    assert "The budget is used up. Exceeded budget: 6 >= 5" in answer.message
    assert ("type" in json.loads(answer.body)) == ("messages" in path)


def test_a_fallback_that_was_not_asked_for_a_limit_is_402() -> None:
    async def app(*arguments: Any) -> None:
        vars(CURRENT.get())["no_room"] = "No room in the budget: $0 left"
        await failing(500, "the provider failed")(*arguments)

    for who in (OPENCODE, OTHER):
        assert (Gateway(app).ask(who)).status == 402


def test_a_spent_budget_told_in_a_stream_is_402_too() -> None:
    error = json.dumps({"type": "error", "error": {"type": "rate_limit_error", "message": SPENT}})
    answer = Gateway(streaming(b"event: error\ndata: " + error.encode() + b"\n\n")).ask()
    assert answer.status == 402


@pytest.mark.parametrize(
    "app", [streaming(WORDS, b"data: [DONE]\n\n"), streaming(WORDS, last=False)]
)
def test_a_stream_without_an_end_is_ended_with_an_error(app: App) -> None:
    assert "without saying that it is complete" in Gateway(app).ask().message
    told = Gateway(app).ask(OPENCODE)
    assert "without saying that it is complete" in told.message
    assert not is_repeated(200, told.message)


def test_an_error_inside_a_stream_is_made_final_for_opencode_only() -> None:
    app = streaming(WORDS, b'data: {"error": {"message": "server error", "code": "502"}}\n\n')
    assert Gateway(app).ask().message == "server error"
    told = Gateway(app).ask(OPENCODE)
    assert not is_repeated(200, told.message)
    assert "ralex-stack explain provider-failed" in told.message


def hanging(*pieces: bytes) -> tuple[App, list[str]]:
    seen: list[str] = []
    begin = streaming(*pieces, last=False) if pieces else None

    async def app(scope: Any, receive: Any, send: Any) -> None:
        await (begin(scope, receive, send) if begin else receive())
        seen.append((await receive())["type"])
        await send({"type": "http.response.body", "body": b"too late"})

    return app, seen


def test_a_stream_that_stalls_is_ended_and_its_call_closed() -> None:
    app, seen = hanging(WORDS)
    answer = Gateway(app, idle_timeout=0.05).ask()
    assert answer.body.startswith(WORDS)
    assert "for 0.05 seconds" in answer.message
    assert seen == ["http.disconnect"]


@pytest.mark.parametrize(("who", "status"), [(OPENCODE, 424), (OTHER, 504)])
def test_a_call_that_hangs_is_given_up(
    who: bytes, status: int, capsys: pytest.CaptureFixture[str]
) -> None:
    app, seen = hanging()
    answer = Gateway(app, idle_timeout=0.05).ask(who, session=b"ses_1")
    account = json.loads(capsys.readouterr().out)
    assert (account["key"], account["session"]) == (KEYS[who].alias, "ses_1")
    assert (account["model"], account["error"]) == ("m-500", "IdleTimeout")
    assert (answer.status, seen) == (status, ["http.disconnect"])
    assert "for 0.05 seconds" in answer.message


def test_an_application_that_fails_is_told_and_reported() -> None:
    async def app(scope: Any, receive: Any, send: Any) -> None:
        raise ZeroDivisionError

    gateway = Gateway(app)
    with pytest.raises(ZeroDivisionError):
        gateway.ask(OPENCODE)
    assert gateway.answer.status == 424
    assert "ZeroDivisionError" in gateway.answer.message


@pytest.mark.parametrize(("who", "status"), [(OPENCODE, 424), (OTHER, 429)])
def test_a_storm_ends(who: bytes, status: int) -> None:
    gateway = Gateway(streaming(WORDS))
    seen = [gateway.ask(who, session=b"ses_1").status for _ in range(BROKEN_LIMIT + 2)]
    assert seen == [200] * BROKEN_LIMIT + [status] * 2
    assert gateway.answer.message.startswith(f"The last {BROKEN_LIMIT} answers of this session")
    assert who is OTHER or not is_repeated(status, gateway.answer.body.decode())
    assert gateway.ask(who, session=b"ses_2").status == 200


@pytest.mark.parametrize(("who", "status"), [(OPENCODE, 424), (OTHER, 429)])
def test_a_storm_without_a_session_ends_too(who: bytes, status: int) -> None:
    gateway = Gateway(streaming(WORDS))
    seen = [gateway.ask(who).status for _ in range(BROKEN_LIMIT + 1)]
    assert seen == [200] * BROKEN_LIMIT + [status]
    assert gateway.ask(who, session=b"ses_1").status == 200


def test_other_paths_and_unknown_keys_are_left_alone() -> None:
    app = failing(503, "x")
    assert b"retry-after" not in Gateway(app).ask(b"nobody").headers
    assert b"retry-after" not in Gateway(app).ask(path="/v1/models").headers


@pytest.mark.parametrize(
    ("app", "outcome"),
    [
        (answering(200, b'{"choices": []}'), Outcome.ANSWERED),
        (streaming(WORDS, END), Outcome.ANSWERED),
        (streaming(WORDS), Outcome.BROKEN),
        (streaming(b'data: {"error": {"message": "down"}}\n\n'), Outcome.REFUSED),
        (failing(500, "down"), Outcome.REFUSED),
        (failing(402, SPENT), Outcome.REFUSED),
    ],
)
@pytest.mark.parametrize("who", [OPENCODE, OTHER])
def test_what_a_client_got_is_told(app: App, outcome: Outcome, who: bytes) -> None:
    gateway = Gateway(app)
    gateway.ask(who)
    assert gateway.ended == [outcome]


@pytest.mark.parametrize("path", ["/v1/chat/completions", "/v1/messages", "/v1/responses"])
@pytest.mark.parametrize("who", REFUSED)
def test_a_key_that_is_no_longer_good_is_told_why(who: bytes, path: str) -> None:
    gateway = Gateway(failing(500, "never asked"), retry_after=7)
    answer = gateway.ask(who, path)
    assert (answer.status, answer.message) == (REFUSED[who], "the key is not good")
    assert answer.headers.get(b"retry-after") == (b"7" if who == b"unreadable" else None)
    assert gateway.ended == []
