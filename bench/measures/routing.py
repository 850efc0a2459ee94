"""The model `auto`: how often it is right, and what it adds to an answer.

The prompts are those of tests/data/labelled_prompts.jsonl, which were written by another hand than
the examples and patterns, and are used for nothing but this.
"""

from __future__ import annotations

import json
import uuid
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import httpx

from bench.command import MeasureError, in_turn
from bench.figures import Figure, compared
from bench.results import ROOT
from ralex_stack.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from bench.stack import Stack

LABELLED = ROOT / "tests" / "data" / "labelled_prompts.jsonl"
MODES = ("patterns", "complexity", "intent")

_PROMPT = "fix the bug in the checkout"
_NAMED = "tier:smart"
"""What the default settings choose for it, in the modes that know intents."""

Row = dict[str, Any]
"""What `ralex-stack route --json` tells of a prompt; prices in USD per million tokens."""


@dataclass(frozen=True)
class Labelled:
    """A prompt, and what a person says it is for."""

    prompt: str
    intent: str


def labelled() -> list[Labelled]:
    """All of them."""
    lines = LABELLED.read_text(encoding="utf-8").splitlines()
    return [Labelled(**json.loads(line)) for line in lines if line]


def measure(stack: Stack, repeats: int) -> list[Figure]:
    """Figures of each mode. Raises MeasureError where a call does not go where it has to."""
    return [figure for mode in MODES for figure in _mode(stack, mode, repeats)]


def _mode(stack: Stack, mode: str, repeats: int) -> list[Figure]:
    rows: list[Row] = stack.json("route", "--mode", mode, "--file", LABELLED)
    tiers = {name: intent.tier for name, intent in Settings().routing.auto.intents.items()}
    stack.up(f"routing.auto.mode={mode}")
    named, auto, kept = in_turn(_calls(stack, mode), repeats)
    return [
        *accuracy(mode, rows, labelled(), tiers),
        added(mode, auto, named),
        compared(f"answer of auto by {mode} : by name", "ms", _ms(auto), _ms(named)),
        compared(
            f"answer of auto by {mode}, later in a session : by name", "ms", _ms(kept), _ms(named)
        ),
    ]


def _ms(seconds: Sequence[float]) -> list[float]:
    return [1000 * each for each in seconds]


def added(mode: str, auto: Sequence[float], named: Sequence[float]) -> Figure:
    """What the choice takes, of two calls that were made one after the other, in seconds."""
    pairs = zip(_ms(auto), _ms(named), strict=True)
    return compared(f"latency added by {mode}", "ms", [one - other for one, other in pairs])


def accuracy(
    mode: str, rows: Sequence[Row], labels: Sequence[Labelled], tiers: Mapping[str, str]
) -> list[Figure]:
    """How many of a hundred prompts have the right intent, and the tier of the right intent."""
    pairs = list(zip(rows, labels, strict=True))
    right = [row["intent"] == label.intent for row, label in pairs]
    fitting = [row["tier"] == tiers[label.intent] for row, label in pairs]
    figures = [Figure(f"right tier, by {mode}", "%", 100 * sum(fitting) / len(pairs))]
    if mode != "complexity":
        # It knows grades, no intents.
        figures.insert(0, Figure(f"right intent, by {mode}", "%", 100 * sum(right) / len(pairs)))
    return figures


def _calls(stack: Stack, mode: str) -> list[Callable[[], object]]:
    """A call by name, one of `auto` that is chosen for, and one whose session has its tier."""
    client = httpx.Client(
        base_url=stack.gateway, headers={"Authorization": f"Bearer {stack.key}"}, timeout=60
    )
    session = {"x-session-id": f"ses_{uuid.uuid4().hex}"}

    def ask(model: str, headers: Mapping[str, str]) -> None:
        body = {"model": model, "messages": [{"role": "user", "content": _PROMPT}]}
        answer = client.post("/v1/chat/completions", json=body, headers=headers)
        told = answer.headers.get("x-ralex-tier")
        if not answer.is_success or (told is None) == (model == "auto"):
            raise MeasureError(
                f"a call of {model} in mode {mode} was answered {answer.status_code}"
            )

    return [lambda: ask(_NAMED, {}), lambda: ask("auto", {}), lambda: ask("auto", session)]
