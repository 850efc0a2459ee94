"""OpenAI's `/v1/embeddings`, for one client on a network of its own."""

from __future__ import annotations

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

MODEL = "all-MiniLM-L6-v2"
LONGEST_REQUEST = 16 * 1024 * 1024
MOST_TEXTS = 4096


class RequestError(Exception):
    """A request that is not what the API takes."""


def texts_of(body: bytes) -> list[str]:
    """The texts of a request. Raises RequestError with what is wrong with it."""
    try:
        given = json.loads(body).get("input")
    except (ValueError, AttributeError) as error:
        raise RequestError(f"the request is no JSON object: {error}") from None
    texts = [given] if isinstance(given, str) else given
    if not isinstance(texts, list) or not all(isinstance(text, str) for text in texts):
        raise RequestError("`input` is neither a text nor a list of texts")
    if not 1 <= len(texts) <= MOST_TEXTS:
        raise RequestError(f"`input` holds {len(texts)} texts, and 1 to {MOST_TEXTS} are taken")
    return texts


def answer_of(vectors: list[list[float]]) -> dict[str, Any]:
    """The answer with these vectors; tokens are not counted, as nobody pays for them."""
    data = [
        {"object": "embedding", "index": index, "embedding": vector}
        for index, vector in enumerate(vectors)
    ]
    usage = {"prompt_tokens": 0, "total_tokens": 0}
    return {"object": "list", "model": MODEL, "data": data, "usage": usage}


def serve(port: int, embed: Callable[[Iterable[str]], list[list[float]]]) -> None:
    """Serve until told to stop."""
    # One computation at a time: each takes a whole processor, and the container has one.
    turn = threading.Lock()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        timeout = 30

        def do_GET(self) -> None:
            self._answer(200 if self.path == "/health" else 404, {"model": MODEL})

        def do_POST(self) -> None:
            length = int(self.headers.get("content-length") or 0)
            if self.path != "/v1/embeddings" or length > LONGEST_REQUEST:
                self.close_connection = True
                self._answer(404 if length <= LONGEST_REQUEST else 413, {"error": self.path})
                return
            try:
                texts = texts_of(self.rfile.read(length))
            except RequestError as error:
                self._answer(400, {"error": {"message": str(error)}})
                return
            with turn:
                vectors = embed(texts)
            self._answer(200, answer_of(vectors))

        def _answer(self, status: int, data: dict[str, Any]) -> None:
            body = json.dumps(data).encode()
            self.send_response(status)
            self.send_header("content-type", "application/json")
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *arguments: Any) -> None:
            """Nothing: what is asked is nobody's business."""

    ThreadingHTTPServer(("0.0.0.0", port), Handler).serve_forever()  # noqa: S104
