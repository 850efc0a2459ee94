"""What a client is told of a failed call: what failed, why, and what to do next."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

from ralex_stack.gateway import codes
from ralex_stack.gateway.apis import CONTEXT_CODE, Failure, event
from ralex_stack.gateway.codes import pointer
from ralex_stack.gateway.repeats import FINAL_STATUS, STATUSES, made_final

if TYPE_CHECKING:
    from ralex_stack.gateway.apis import ApiName

BROKEN_OFF = Failure(502, "the provider ended the answer without saying that it is complete")

BUDGET_STATUS = 402
"""No client repeats a call that is answered with it."""

NO_ROOM = "No room in the budget:"
"""How `gateway/budgets/` says that a limit has no room for a call."""

BUDGET_MARKS = (NO_ROOM, "Budget has been exceeded!", "ExceededBudget:")
"""The others are LiteLLM's, of virtual keys and teams; it answers 429."""

BUDGET_ADVICE = (
    "Choose another model, wait until the period is over, or raise the budget: in the settings, or "
    "of a key with `ralex-stack keys budget`. " + pointer(codes.BUDGET_SPENT)
)

_CONTEXT = re.compile(r"ContextWindowExceeded|context_length_exceeded|maximum context length", re.I)
_WRONG_MODEL = re.compile(r"Invalid model name passed in")
_CLASS_NAMES = re.compile(
    r"^(?:(?:litellm\.)?(?:\w*(?:Error|Exception|Timeout)|Timeout Error)\b(?:: | - ))+"
)
_ADVICE_OF_LITELLM = re.compile(r"(?:LiteLLM: model group '|Deployment Info: ).*", re.DOTALL)
_OPENROUTER_FORM = re.compile(r"^Message: (.*), Metadata: .*$", re.DOTALL)

_LONGEST_TEXT = 2000
"""Characters of what a provider said: nobody reads more, and it holds up all other calls."""

_LONGEST_NAME = 200

_OTHER_MODEL = "choose another model (`ralex-stack models` lists them)"


class _Reason(NamedTuple):
    """Why a call failed, what to do next, and the entry in the catalogue that tells more."""

    why: str
    step: str
    code: str


_REFUSED_KEY = _Reason(
    "the provider refuses the key",
    "check the provider's `api_key` in the settings and run `ralex-stack up`",
    codes.PROVIDER_REFUSED_KEY,
)
_REFUSED_REQUEST = _Reason(
    "the provider refuses the request",
    f"change it, or {_OTHER_MODEL}",
    codes.PROVIDER_REFUSED_REQUEST,
)
_SILENT = _Reason(
    "the provider gave no answer in time",
    f"send it again, or {_OTHER_MODEL}",
    codes.PROVIDER_SILENT,
)
_MODEL_UNKNOWN = _Reason(
    "the provider does not know the model",
    f"check its `upstream`, or {_OTHER_MODEL}",
    codes.PROVIDER_MODEL_UNKNOWN,
)
_REASONS = {
    400: _REFUSED_REQUEST,
    401: _REFUSED_KEY,
    402: _Reason(
        "the provider wants payment",
        f"add credit at the provider, or {_OTHER_MODEL}",
        codes.PROVIDER_UNPAID,
    ),
    403: _REFUSED_KEY,
    404: _MODEL_UNKNOWN,
    408: _SILENT,
    422: _REFUSED_REQUEST,
    429: _Reason(
        "the provider takes no more calls for the moment",
        f"wait a minute, or {_OTHER_MODEL}",
        codes.PROVIDER_BUSY,
    ),
    504: _SILENT,
}
"""By status."""

_UNREACHABLE = _Reason(
    "the provider cannot be reached",
    f"check its `api_base` and the network, or {_OTHER_MODEL}",
    codes.PROVIDER_UNREACHABLE,
)
_FAILED = _Reason("the provider failed", f"send it again, or {_OTHER_MODEL}", codes.PROVIDER_FAILED)
_RESTED = _Reason(
    "all its upstreams failed a moment ago, and are rested for `routing.cooldown` seconds",
    f"send it again then, or {_OTHER_MODEL}",
    codes.MODEL_RESTED,
)
_KEY_LIMITED = _Reason(
    "the gateway takes no more calls with this key for the moment",
    "wait a minute, or use a key that may make more (`gateway.sandbox_limit_rpm` in the settings, "
    "`ralex-stack keys create --rpm`)",
    codes.KEY_LIMITED,
)
_MODEL_CLOSED = _Reason(
    "the key may not call it",
    "choose another model, or use a key that may (`ralex-stack keys list` tells of each)",
    codes.MODEL_CLOSED,
)
_NOT_SERVED = _Reason(
    "the gateway has no such model",
    f"{_OTHER_MODEL}; after a change of the settings run `ralex-stack up`",
    codes.MODEL_NOT_SERVED,
)
_BY_TEXT = {
    _WRONG_MODEL: _NOT_SERVED,
    re.compile(r"is not available for this API key"): _MODEL_CLOSED,
    re.compile(r"Rate limit exceeded for api_key"): _KEY_LIMITED,
    re.compile(r"No deployments available for selected model"): _RESTED,
    re.compile(r"not a valid model ID|no endpoints found", re.I): _MODEL_UNKNOWN,
    re.compile(r"Connection error|Cannot connect to host|Connect call failed", re.I): _UNREACHABLE,
}
"""What LiteLLM and OpenRouter say where the status says too little."""


def spent_budget(failure: Failure) -> Failure | None:
    """A refusal because of a budget, in words that no client repeats a call for; else none."""
    for mark in BUDGET_MARKS:
        _, found, reason = failure.message.partition(mark)
        if found:
            why = _cut(reason.strip(": \n"), _LONGEST_TEXT)
            return Failure(BUDGET_STATUS, f"The budget is used up. {why}. {BUDGET_ADVICE}")
    return None


def final(failure: Failure, model: str) -> Failure:
    """The failure as OpenCode is told it, which it shows at once and does not repeat."""
    if failure.code == CONTEXT_CODE or _CONTEXT.search(failure.message):
        # OpenCode shortens the conversation then; it looks for this before all else.
        return replace(failure, status=400, code=CONTEXT_CODE)
    if failure.status == BUDGET_STATUS and BUDGET_ADVICE in failure.message:
        return replace(failure, message=made_final(failure.message))
    status = failure.status
    message = _explained(failure, _cut(model, _LONGEST_NAME))
    if status in STATUSES or status >= 500:
        status = FINAL_STATUS
    code = failure.code and made_final(_cut(failure.code, _LONGEST_NAME))
    return Failure(status, made_final(message), code)


def final_event(api: ApiName, failure: Failure) -> bytes:
    """The last event of a stream to OpenCode, which shows the message of this form as plain text.

    It shows any other error inside a stream as JSON (`ProviderError.parseStreamError`, 1.18.33).
    """
    if api != "chat":
        return event(api, failure)
    code = CONTEXT_CODE if failure.code == CONTEXT_CODE else "invalid_prompt"
    inner = {"code": code, "message": failure.message}
    text = json.dumps({"type": "error", "error": inner}, ensure_ascii=False)
    return event(api, replace(failure, message=text))


def _explained(failure: Failure, model: str) -> str:
    said = _cut(plain(failure.message), _LONGEST_TEXT)
    told_by_provider = _CLASS_NAMES.match(failure.message) is not None
    if failure.status in (400, 422) and not (told_by_provider or _WRONG_MODEL.search(said)):
        return said
    reason = _reason(failure)
    what = f"Model {model}: {reason.why} ({said.rstrip('.')})"
    return f"{what}. Next: {reason.step}. {pointer(reason.code)}"


def _reason(failure: Failure) -> _Reason:
    for pattern, reason in _BY_TEXT.items():
        if pattern.search(failure.message):
            return reason
    if "Timeout" in failure.message and failure.status >= 500:
        return _SILENT
    return _REASONS.get(failure.status, _FAILED)


def plain(message: str) -> str:
    """What the provider said, without LiteLLM's class names and advice around it."""
    text = _CLASS_NAMES.sub("", _ADVICE_OF_LITELLM.sub("", message)).strip()
    text = _OPENROUTER_FORM.sub(r"\1", text)
    start = text.find("{")
    try:
        error = json.loads(text[start:])["error"] if start >= 0 else None
        inner = error["message"] if isinstance(error, dict) else error
    except (ValueError, KeyError, TypeError, RecursionError):
        inner = None
    return str(inner or text or message)


def _cut(text: str, longest: int) -> str:
    return text if len(text) <= longest else text[:longest] + "…"
