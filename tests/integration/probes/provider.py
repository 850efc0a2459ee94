"""A provider that fails as the model's name says: for what the simulator cannot play.

`GET /journal` lists the calls: model, and whether the gateway has closed the connection. A POST
below /hooks is a warning of a budget, which is received as the name of the limit says; `GET /hooks`
lists them.
"""

from __future__ import annotations

import asyncio
import json
import re
from typing import Any

PORT = 8080
CHUNK = {"id": "c1", "object": "chat.completion.chunk", "created": 1, "model": "m"}
JOURNAL: list[dict[str, Any]] = []
HOOKS: list[dict[str, Any]] = []


def event(delta: dict[str, Any], finish: str | None = None) -> bytes:
    choice = {"index": 0, "delta": delta, "finish_reason": finish}
    return data({**CHUNK, "choices": [choice]})


def data(content: object) -> bytes:
    return b"data: " + json.dumps(content).encode() + b"\n\n"


WORDS = event({"role": "assistant", "content": "half an "}) + event({"content": "answer"})
USAGE = {"prompt_tokens": 5, "completion_tokens": 2, "total_tokens": 7, "cost": 0.25}
DONE = b"data: [DONE]\n\n"
ENDS = {
    "good": WORDS + event({}, "stop") + data({**CHUNK, "choices": [], "usage": USAGE}) + DONE,
    "no-finish": WORDS + DONE,
    "no-end": WORDS,
    "empty": DONE,
    "error-inside": WORDS
    + data({**CHUNK, "choices": [], "error": {"code": 502, "message": "the worker is gone"}}),
}
STATUS = re.compile(r"status-(\d{3})")


async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    head = (await reader.readuntil(b"\r\n\r\n")).decode()
    if head.startswith("GET"):
        told = HOOKS if head.startswith("GET /hooks") else JOURNAL
        return await send(writer, 200, "application/json", dump(told))
    length = re.search(r"content-length: (\d+)", head, re.IGNORECASE)
    body = json.loads(await reader.readexactly(int(length.group(1)) if length else 0))
    if head.startswith("POST /hooks"):
        return await receive(body, reader, writer)
    entry = {"model": body["model"], "stream": bool(body.get("stream")), "closed": False}
    JOURNAL.append(entry)
    play = asyncio.create_task(perform(body, writer))
    await reader.read()
    entry["closed"] = True
    play.cancel()
    return None


async def receive(
    warning: dict[str, Any], reader: asyncio.StreamReader, writer: asyncio.StreamWriter
) -> None:
    """The first two tries of a limit "failed-twice" fail, and those of one that "hangs" hang."""
    HOOKS.append(warning)
    tries = sum(told["name"] == warning["name"] for told in HOOKS)
    if warning["name"] == "hangs-warned":
        await reader.read()
    failed = warning["name"] == "fails-twice-warned" and tries <= 2
    await send(writer, 503 if failed else 204, "text/plain", b"")


async def perform(body: dict[str, Any], writer: asyncio.StreamWriter) -> None:
    model = body["model"].rpartition("/")[2]
    if status := refusal(model):
        # OpenRouter's words for a model that it does not know.
        said = f"{model} is not a valid model ID" if model == "unknown" else f"refused: {model}"
        error = {"error": {"message": said, "code": status}}
        return await send(writer, status, "application/json", dump(error))
    if model == "hangs":
        return None
    if not body.get("stream"):
        message = {"role": "assistant", "content": "a whole answer"}
        choice = {"index": 0, "message": message, "finish_reason": "stop"}
        whole = {**CHUNK, "object": "chat.completion", "choices": [choice], "usage": USAGE}
        return await send(writer, 200, "application/json", dump(whole))
    writer.write(b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\nconnection: close\r\n\r\n")
    if model == "keeps-alive":
        while True:
            writer.write(b": OPENROUTER PROCESSING\n\n")
            await asyncio.sleep(0.3)
    if model == "slow":
        for number in range(25):
            writer.write(event({"content": f"{number} "}))
            await asyncio.sleep(0.1)
        model = "good"
    if model == "stalls":
        writer.write(WORDS)
        return await writer.drain()
    for piece in ENDS[model].split(b"\n\n"):
        writer.write(piece + b"\n\n" if piece else b"")
        await writer.drain()
        await asyncio.sleep(0.01)
    writer.close()
    return None


def refusal(model: str) -> int:
    """The HTTP status that the call is refused with; 0: it is not."""
    named = STATUS.search(model)
    return 400 if model == "unknown" else int(named.group(1)) if named else 0


def dump(content: object) -> bytes:
    return json.dumps(content).encode()


async def send(writer: asyncio.StreamWriter, status: int, kind: str, body: bytes) -> None:
    head = f"HTTP/1.1 {status} X\r\ncontent-type: {kind}\r\ncontent-length: {len(body)}\r\n"
    writer.write(head.encode() + b"connection: close\r\n\r\n" + body)
    await writer.drain()
    writer.close()


async def main() -> None:
    server = await asyncio.start_server(answer, "0.0.0.0", PORT)  # noqa: S104
    async with server:
        await server.serve_forever()


asyncio.run(main())
