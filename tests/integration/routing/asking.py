"""Calls of the gateway as clients make them, and settings that choose tiers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import httpx

if TYPE_CHECKING:
    from harness import Json, Stack

CHEAP, STANDARD, SMART = "test/little", "test/middle", "test/large"
"""What the first model of each tier is at the provider."""

FORMAT = "format this file with black"
DEBUG = "fix the bug in the checkout"
NAMES = ("cheap", "standard", "smart")


def settings(mode: str = "intent", strategy: str = "simple-shuffle") -> Json:
    """The settings in a mode of `auto`, and with a strategy among deployments."""
    return {
        "models": {
            "little": _model(CHEAP, 0.1),
            "middle": _model(STANDARD, 0.6),
            "large": _model(SMART, 3),
            "late": _model("simulator/breaks-late", 1),
            "narrow": _model("test/narrow", 1) | {"limits": {"tpm": 1}},
            "split": _split(("test/dear", 5), ("test/low", 1)),
            "resting": _split(("simulator/broken", 0.01), ("test/well", 9)),
        },
        "tiers": {
            "cheap": {"models": ["little"]},
            "standard": {"models": ["middle", "little"]},
            "smart": {"models": ["large", "middle"]},
            "review": {"models": ["large"]},
        },
        "routing": {
            "strategy": strategy,
            "fallbacks": {"late": ["middle"]},
            "allowed_fails": 0,
            "cooldown": 60,
            "auto": {"mode": mode},
        },
        "opencode": {"model": "auto" if mode != "off" else "tier:standard"},
    }


def _model(upstream: str, price: float) -> Json:
    return {
        "upstream": f"openrouter/{upstream}",
        "price": {"input": price, "output": 4 * price},
    }


def _split(*deployments: tuple[str, float]) -> Json:
    return {"deployments": [_model(upstream, price) for upstream, price in deployments]}


def ask(
    stack: Stack,
    prompt: str,
    *,
    model: str = "auto",
    session: str = "",
    api: str = "chat/completions",
    **body: Any,
) -> httpx.Response:
    """A call with the clients' key, which has to succeed."""
    answer = send(stack, prompt, model=model, session=session, api=api, **body)
    assert answer.is_success, answer.text
    return answer


def send(
    stack: Stack,
    prompt: str,
    *,
    model: str = "auto",
    session: str = "",
    api: str = "chat/completions",
    **body: Any,
) -> httpx.Response:
    """A call with the clients' key, and whatever is answered."""
    key = stack.credentials["OPENAI_API_KEY"]
    said: Any = {"messages": [{"role": "user", "content": prompt}]}
    if api == "responses":
        said = {"input": prompt}
    limit = {"max_tokens": 50} if api == "messages" else {}
    return httpx.post(
        f"{stack.gateway}/v1/{api}",
        headers={
            "Authorization": f"Bearer {key}",
            **({"x-session-id": session} if session else {}),
        },
        json={"model": model, **said, **limit, **body},
        timeout=60,
    )


def tier_of(answer: httpx.Response) -> str | None:
    """The tier that the answer says it is of."""
    found: str | None = answer.headers.get("x-ralex-tier")
    return found
