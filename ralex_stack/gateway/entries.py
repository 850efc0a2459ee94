"""What the ledger says of one call: never a prompt, an answer or a key."""

from __future__ import annotations

import asyncio
import json
import sys
import time
from collections import deque
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from ralex_stack.gateway.names import BUDGET_ERROR
from ralex_stack.gateway.refusals import BUDGET_MARKS

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

SESSION_HEADER = "x-session-id"

_waiting: deque[str] = deque()
"""Lines that are not written yet."""

listeners: list[Callable[[Mapping[str, Any]], None]] = []
"""Who is told of each account besides."""


def entry(payload: Mapping[str, Any], asked: str | None = None) -> dict[str, Any]:
    """Return the account of one call from LiteLLM's `standard_logging_object`.

    `asked` is the model that the client named, if a fallback was served instead. `cost` is in US
    dollars, `duration_seconds` from the request to the end of the answer, `time` the end of the
    call in UTC; calls made for the same request have the same `request`.
    """
    metadata = payload.get("metadata") or {}
    ended = float(payload.get("endTime") or 0)
    served = payload.get("model_group") or payload.get("model")
    return {
        "event": "call",
        "time": datetime.fromtimestamp(ended, UTC).isoformat(timespec="milliseconds"),
        "request": payload.get("trace_id"),
        "key": metadata.get("user_api_key_alias"),
        "model": asked or served,
        "fallback": served if asked not in (None, served) else None,
        "upstream": payload.get("model"),
        "deployment": payload.get("model_id") or None,
        "type": payload.get("call_type"),
        "cost": float(payload.get("response_cost") or 0),
        "prompt_tokens": int(payload.get("prompt_tokens") or 0),
        "completion_tokens": int(payload.get("completion_tokens") or 0),
        "duration_seconds": round(ended - float(payload.get("startTime") or ended), 3),
        "first_token_seconds": _first_token(payload),
        "streamed": bool(payload.get("stream")),
        "status": payload.get("status"),
        "error": _error(payload),
        "session": _session(metadata),
    }


def _first_token(payload: Mapping[str, Any]) -> float | None:
    """Seconds until a streamed answer began."""
    began, first = payload.get("startTime"), payload.get("completionStartTime")
    if not (payload.get("stream") and began and first):
        return None
    return round(max(0.0, float(first) - float(began)), 3)


def _error(payload: Mapping[str, Any]) -> str | None:
    """Name the error by LiteLLM's code or class: its text may repeat the prompt or a key."""
    information = payload.get("error_information") or {}
    if any(mark in str(information.get("error_message")) for mark in BUDGET_MARKS):
        return BUDGET_ERROR
    return information.get("normalized_error") or information.get("error_class") or None


def asked_model(kwargs: Mapping[str, Any]) -> str | None:
    """Return the model that the client named: LiteLLM keeps it beside its logging payload."""
    parameters = kwargs.get("litellm_params") or {}
    for name in ("metadata", "litellm_metadata"):
        asked = (parameters.get(name) or {}).get("original_model_group")
        if isinstance(asked, str):
            return asked
    return None


def _session(metadata: Mapping[str, Any]) -> str | None:
    headers = metadata.get("requester_custom_headers") or {}
    return headers.get(SESSION_HEADER)


def given_up(alias: str, model: str, session: str | None, seconds: float) -> dict[str, Any]:
    """The account of a call that was given up before its first piece: LiteLLM keeps none."""
    ended = time.time()
    return entry(
        {
            "startTime": ended - seconds,
            "endTime": ended,
            "metadata": {
                "user_api_key_alias": alias,
                "requester_custom_headers": {SESSION_HEADER: session},
            },
            "model_group": model,
            "status": "failure",
            "error_information": {"error_class": "IdleTimeout"},
        }
    )


def line(account: Mapping[str, Any]) -> str:
    """Serialize one account as a line of JSON."""
    return json.dumps(account, separators=(",", ":")) + "\n"


def write(account: Mapping[str, Any]) -> None:
    """Write an account to the log with all others of the event loop's turn, before its next one.

    Each write wakes the engine, which takes the processor from the gateway.
    """
    for listener in listeners:
        listener(account)
    _waiting.append(line(account))
    if len(_waiting) == 1:
        asyncio.get_running_loop().call_soon(_write_waiting)


def _write_waiting() -> None:
    """Flushed, so that a reader sees them at once."""
    lines = []
    while _waiting:
        lines.append(_waiting.popleft())
    sys.stdout.write("".join(lines))
    sys.stdout.flush()
