"""A stack with limits on what calls cost, and what is counted there."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from harness import Json, Stack, eventually

if TYPE_CHECKING:
    from collections.abc import Iterator

PRICE = {"input": 1, "output": 10}
"""USD per million tokens."""

PROMPT = "Say something. " + "x " * 1000
"""Long enough for the 1000 tokens that the simulator may count for any."""

STORY = "tell a long story"
STORY_COST = 0.0123
STORY_TOKENS = 500
"""An answer of which the simulator tells afterwards what it cost, also where it was cut off."""

CROWDS = ("crowd-plain", "crowd-streamed")
CROWD_LIMIT = 0.05
CLIENTS = 50
ROUNDS = 2
DEAREST = 0.0025
"""USD that a call of a crowd's model may hold at most."""
DOWNGRADED = "x-ralex-downgraded"


_AUTHENTICATED = 'export REDISCLI_AUTH="$(cat /run/secrets/valkey_password)"'


def _model(upstream: str = "simulator/any", **more: Any) -> Json:
    return {"upstream": f"openrouter/{upstream}", "price": PRICE, "output": 100, **more}


SETTINGS: Json = {
    "models": {
        "main": _model(),
        "small": _model(price={"input": 0.1, "output": 1}),
        "broken": _model("simulator/broken"),
        "falls-to-spent": _model("simulator/broken"),
        "falls-past-spent": _model("simulator/broken"),
        "drops": _model("simulator/drops-connection"),
        "torn": _model("simulator/breaks-late"),
        "long": _model(output=5000),
        "unpriced": _model(price={"input": 0, "output": 0}),
        # Cheaper than any tier, so that none can answer in its place.
        "spent": _model(price={"input": 0.01, "output": 0.1}),
        "late": _model(price={"input": 0.01, "output": 0.1}),
        **{name: _model() for name in CROWDS},
    },
    "tiers": {
        "cheap": {"models": ["small"]},
        "standard": {"models": ["main"]},
        "smart": {"models": ["broken", "main"]},
        "scarce": {"models": ["main"]},
    },
    "routing": {
        "retries": 0,
        "allowed_fails": 1000,
        "fallbacks": {
            "falls-to-spent": ["spent"],
            "falls-past-spent": ["spent", "main"],
            "drops": ["main"],
        },
    },
    "budget": {
        "daily": 1000,
        "time_zone": "Europe/Berlin",
        "at_limit": "downgrade",
        "warn_at": [0.5, 0.9],
        "models": {
            "spent": {"daily": 0},
            **{name: {"daily": CROWD_LIMIT} for name in CROWDS},
        },
        "tiers": {"scarce": {"monthly": 0.004}},
    },
}


class Spending(Stack):
    """A stack whose counters and ledger can be read."""

    def ask(
        self,
        model: str,
        path: str = "chat/completions",
        *,
        stream: bool = False,
        prompt: str = PROMPT,
        **more: Any,
    ) -> httpx.Response:
        """A call with the clients' key."""
        if path == "messages":
            more = {"max_tokens": 100, **more}
        return httpx.post(
            f"{self.gateway}/v1/{path}",
            headers=self._authorization,
            json={"model": model, "stream": stream, **_asked(path, prompt), **more},
            timeout=60,
        )

    @property
    def _authorization(self) -> Json:
        return {"Authorization": f"Bearer {self.credentials['OPENAI_API_KEY']}"}

    def spend_up(self, model: str) -> list[httpx.Response]:
        """Calls one by one until another model answers; those that the model answered."""
        answers: list[httpx.Response] = []
        while DOWNGRADED not in (answer := self.ask(model)).headers:
            answers.append(answer)
            assert len(answers) < 100
        return answers

    def crowd(self, model: str, *, stream: bool) -> tuple[list[httpx.Response], int]:
        """Answers of CLIENTS at once, ROUNDS times, and how many calls the model served.

        What calls hold at once may be more than they cost: the rest is spent one by one.
        """
        with ThreadPoolExecutor(CLIENTS) as threads:
            asked = range(CLIENTS * ROUNDS)
            answers = list(threads.map(lambda _: self.ask(model, stream=stream), asked))
        served = [answer for answer in answers if DOWNGRADED not in answer.headers]
        return answers, len(served) + len(self.spend_up(model))

    def chunks(self, model: str, prompt: str, path: str = "chat/completions") -> Iterator[str]:
        """Pieces of a streamed answer; who stops asking for them hangs up."""
        with httpx.stream(
            "POST",
            f"{self.gateway}/v1/{path}",
            headers=self._authorization,
            json={"model": model, "stream": True, **_asked(path, prompt)},
            timeout=60,
        ) as answer:
            yield from answer.iter_text()

    def hang_up(self, model: str, prompt: str, path: str = "chat/completions") -> float:
        """Leave a stream after its first piece. Returns what was held for it in USD."""
        before = self.counted("stack", "stack")[1]
        pieces = self.chunks(model, prompt, path)
        next(pieces)
        held = self.counted("stack", "stack")[1] - before
        pieces.close()
        eventually(lambda: self.counted("stack", "stack")[1] == pytest.approx(before))
        return held

    def is_counted(self, scope: str, name: str) -> bool:
        """Whether a limit has a counter."""
        return bool(self.valkey("keys", f"budget:{scope}:{name}:*"))

    def valkey(self, *command: str) -> str:
        """What Valkey answers."""
        script = f'{_AUTHENTICATED}; valkey-cli "$@"'
        return self.inside("valkey", "sh", "-c", script, "sh", *command).strip()

    def counted(self, scope: str, name: str) -> tuple[float, float]:
        """USD that are spent and held, over all windows of a limit."""
        script = (
            f"{_AUTHENTICATED}; for key in $(valkey-cli keys 'budget:{scope}:{name}:*'); do "
            'valkey-cli hmget "$key" spent held; done'
        )
        numbers = [int(line or 0) for line in self.inside("valkey", "sh", "-c", script).split("\n")]
        return sum(numbers[::2]) / 1e9, sum(numbers[1::2]) / 1e9

    def spent(self, scope: str, name: str) -> float:
        """USD that are spent, once nothing is held for calls in flight."""

        def settled() -> tuple[float] | None:
            spent, held = self.counted(scope, name)
            return (spent,) if held == 0 else None

        return eventually(settled)[0]

    def totals(self, *by: str) -> dict[tuple[str | None, ...], Json]:
        """The ledger's totals by groups."""
        options = [option for group in by for option in ("--by", group)]
        program = ("python", "-m", "ralex_stack.gateway.accounts.report")
        found = json.loads(self.inside("gateway", *program, *options))
        return {tuple(total["group"]): total for total in found}

    def total(self, model: str) -> Json:
        """The ledger's total of what a model answered."""
        nothing = dict.fromkeys(("calls", "cost", "estimated", "completion_tokens"), 0)
        return self.totals("model").get((model,), nothing)

    def calls(self, model: str) -> int:
        """How many calls that a model answered are in the ledger."""
        return int(self.total(model)["calls"])


def _asked(path: str, prompt: str) -> Json:
    """A prompt as an API takes it."""
    if path == "responses":
        return {"input": prompt}
    longest = {"max_tokens": 5000} if path == "messages" else {}
    return {"messages": [_user(prompt)], **longest}


def _user(content: str) -> Json:
    return {"role": "user", "content": content}
