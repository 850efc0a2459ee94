"""The forms of the APIs: how each says that a call failed, and that a stream is complete."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from collections.abc import Mapping

ApiName = Literal["chat", "messages", "responses", "embeddings"]

_NAMES: Mapping[str, ApiName] = {
    "/chat/completions": "chat",
    "/messages": "messages",
    "/responses": "responses",
    "/embeddings": "embeddings",
}

PATHS = {prefix + path: name for prefix in ("", "/v1") for path, name in _NAMES.items()}
"""Path of a request → its API; LiteLLM answers with and without `/v1`."""

_ANTHROPIC_TYPES = {
    400: "invalid_request_error",
    401: "authentication_error",
    402: "billing_error",
    403: "permission_error",
    404: "not_found_error",
    413: "request_too_large",
    429: "rate_limit_error",
    504: "timeout_error",
    529: "overloaded_error",
}
"""Status → `error.type` of Anthropic's API; other client errors are invalid requests."""

CONTEXT_CODE = "context_length_exceeded"
"""OpenAI's code for a conversation that is too long."""


_ERROR_EVENT = re.compile(rb'\Adata: \{"error"|\Aevent: error\b|"type":\s?"response\.failed"')


@dataclass(frozen=True)
class Failure:
    """A call that failed: HTTP status, what was said, and OpenAI's code where it has one."""

    status: int
    message: str
    code: str | None = None


def body(api: ApiName, failure: Failure) -> bytes:
    """The body of an answer with the failure's status."""
    return _dump(_error(api, failure))


def event(api: ApiName, failure: Failure) -> bytes:
    """The failure as the last event of a stream that has begun."""
    if api == "messages":
        return b"event: error\ndata: " + _dump(_error(api, failure)) + b"\n\n"
    if api == "responses":
        error = {"type": "error", "code": _code(failure), "message": failure.message}
        return b"event: error\ndata: " + _dump({**error, "param": None}) + b"\n\n"
    return b"data: " + _dump(_error(api, failure)) + b"\n\n"


def read(status: int, text: str) -> Failure:
    """The failure that a body or an event tells, in whatever form; the status where it has none."""
    data = _parsed(text)
    error = data.get("error") or (data.get("response") or {}).get("error") or data.get("detail")
    if data.get("type") == "error" and error is None:
        error = data
    if not isinstance(error, dict):
        return Failure(status, str(error or text).strip())
    code = error.get("code")
    told = _status(error)
    return Failure(
        told if status < 400 else status,
        str(error.get("message") or error),
        code if isinstance(code, str) and not code.isdigit() else None,
    )


def is_error_event(chunk: bytes) -> bool:
    """Whether a piece of a stream tells a failure: LiteLLM sends each event in a piece of its own.

    What a model writes cannot look so: quotes inside JSON are escaped.
    """
    return _ERROR_EVENT.search(chunk) is not None


def _parsed(text: str) -> dict[str, Any]:
    for line in (text, *text.splitlines()):
        try:
            data = json.loads(line.removeprefix("data:"))
        except ValueError:
            continue
        if isinstance(data, dict):
            return data
    return {}


def _status(error: Mapping[str, Any]) -> int:
    code = str(error.get("code") or "")
    if code.isdigit():
        return int(code)
    by_type = {name: status for status, name in _ANTHROPIC_TYPES.items()}
    return by_type.get(str(error.get("type")), 500)


def _error(api: ApiName, failure: Failure) -> dict[str, Any]:
    if api == "messages":
        kind = _ANTHROPIC_TYPES.get(failure.status, _ANTHROPIC_TYPES[400])
        kind = "api_error" if failure.status >= 500 and failure.status != 504 else kind
        return {"type": "error", "error": {"type": kind, "message": failure.message}}
    kind = "invalid_request_error" if failure.status < 500 else "server_error"
    error = {"message": failure.message, "type": kind, "param": None, "code": _code(failure)}
    return {"error": error}


def _code(failure: Failure) -> str:
    return failure.code or str(failure.status)


def _dump(data: object) -> bytes:
    return json.dumps(data, ensure_ascii=False).encode()
