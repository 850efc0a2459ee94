"""What a day of prompts costs under each mode of `auto`, and with the smart tier for all of them.

The day is bench/day.jsonl; method.md says how it was made. No model is called: the modes choose a
tier by each session's first prompt, as the gateway does, and the tokens of all its calls are
multiplied with the prices of the default models.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

from bench.command import MeasureError
from bench.figures import Figure, compared
from bench.measures.routing import MODES
from bench.results import ROOT
from ralex_stack.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from bench.stack import Stack
    from ralex_stack.settings.models import Price

DAY = ROOT / "bench" / "day.jsonl"
SMART = "smart"


@dataclass(frozen=True)
class Session:
    """What a user asked for, and the calls that an agent made for it."""

    prompt: str
    intent: str
    """What a person says that the prompt is for."""
    calls: tuple[tuple[int, int], ...]
    """Tokens of prompt and answer of each."""

    def cost(self, price: Price) -> float:
        """USD of all calls, without what a provider's cache of prompts would save."""
        asked = sum(tokens for tokens, _ in self.calls)
        answered = sum(tokens for _, tokens in self.calls)
        return (asked * price.input + answered * price.output) / 1_000_000


def day() -> list[Session]:
    """All sessions."""
    lines = DAY.read_text(encoding="utf-8").splitlines()
    return [
        Session(row["prompt"], row["intent"], tuple((asked, told) for asked, told in row["calls"]))
        for row in map(json.loads, lines)
    ]


def measure(stack: Stack) -> list[Figure]:
    """A figure of each mode, and of a choice that is always right."""
    sessions = day()
    found = []
    for mode in MODES:
        rows = stack.json("route", "--mode", mode, "--file", DAY)
        found.append(cost(f"by {mode}", sessions, [row["tier"] for row in rows]))
    intents = Settings().routing.auto.intents
    right = [intents[session.intent].tier for session in sessions]
    return [*found, cost("by the right tiers", sessions, right)]


def cost(how: str, sessions: Sequence[Session], tiers: Sequence[str]) -> Figure:
    """What the sessions cost at their tiers, against the smart tier for all of them."""
    prices = default_prices()
    pairs = zip(sessions, tiers, strict=True)
    ours = sum(session.cost(prices[tier]) for session, tier in pairs)
    smart = sum(session.cost(prices[SMART]) for session in sessions)
    return compared(f"a day of prompts {how} : always {SMART}", "USD", [ours], [smart])


def default_prices() -> Mapping[str, Price]:
    """Tier → price of the default model that serves it."""
    settings = Settings()
    found = {}
    for tier, serving in settings.tiers.items():
        price = settings.models[serving.models[0]].all_deployments[0].price
        if price is None:
            raise MeasureError(f"the default model of the tier {tier} has no price")
        found[tier] = price
    return found
