"""What the ledger says of one call: never a prompt, an answer or a key."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

SESSION_HEADER = "x-session-id"


def entry(payload: Mapping[str, Any]) -> dict[str, Any]:
    """Return the account of one call from LiteLLM's `standard_logging_object`.

    `cost` is in US dollars, `duration_seconds` from the request to the end of the answer,
    `time` the end of the call in UTC.
    """
    metadata = payload.get("metadata") or {}
    ended = float(payload.get("endTime") or 0)
    return {
        "event": "call",
        "time": datetime.fromtimestamp(ended, UTC).isoformat(timespec="milliseconds"),
        "key": metadata.get("user_api_key_alias"),
        "model": payload.get("model_group") or payload.get("model"),
        "upstream": payload.get("model"),
        "deployment": payload.get("model_id") or None,
        "type": payload.get("call_type"),
        "cost": float(payload.get("response_cost") or 0),
        "prompt_tokens": int(payload.get("prompt_tokens") or 0),
        "completion_tokens": int(payload.get("completion_tokens") or 0),
        "duration_seconds": round(ended - float(payload.get("startTime") or ended), 3),
        "status": payload.get("status"),
        "error": _error(payload),
        "session": _session(metadata),
    }


def _error(payload: Mapping[str, Any]) -> str | None:
    """Name the error by class and code: its text may repeat the prompt or a key."""
    information = payload.get("error_information") or {}
    parts = (information.get("error_class"), information.get("error_code"))
    return " ".join(str(part) for part in parts if part) or None


def _session(metadata: Mapping[str, Any]) -> str | None:
    headers = metadata.get("requester_custom_headers") or {}
    return headers.get(SESSION_HEADER)


def line(account: Mapping[str, Any]) -> str:
    """Serialize one account as a line of JSON."""
    return json.dumps(account, separators=(",", ":")) + "\n"
