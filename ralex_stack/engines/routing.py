"""What the model `auto` would choose for prompts, found out without the stack or a network.

Patterns are applied here; LiteLLM's strategies in a container of the gateway's image that ends with
the answer, after one of the embedder's where prompts are compared by meaning.
"""

from __future__ import annotations

import json
import secrets as random
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ralex_stack.errors import EngineError
from ralex_stack.render import routing
from ralex_stack.routing.rules import LONGEST, Route, by_patterns, match
from ralex_stack.topology import UNPRIVILEGED

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from ralex_stack.routing.rules import Rules
    from ralex_stack.runner import Runner
    from ralex_stack.settings import Settings

_WITHIN = 240
"""Seconds for a container; a hundred prompts take a second or two, beside three to start."""

_CLOSED = (
    "--network=none",
    "--read-only",
    "--tmpfs=/tmp",
    "--cap-drop=ALL",
    "--security-opt=no-new-privileges",
    f"--user={UNPRIVILEGED}",
    "--memory=2g",
    "--pids-limit=128",
)


@dataclass(frozen=True)
class Choice:
    """What was chosen for a prompt; `because` are the words or examples that decided."""

    prompt: str
    route: Route
    because: tuple[str, ...]


def images_for(mode: str) -> tuple[str, ...]:
    """Targets of the Dockerfile whose images are needed in a mode."""
    return {"complexity": ("gateway",), "intent": ("gateway", "embedder")}.get(mode, ())


def choices(
    runner: Runner, images: Mapping[str, str], settings: Settings, prompts: Sequence[str]
) -> list[Choice]:
    """The choice for each prompt. `images` are references by target. Raises EngineError."""
    rules = routing.rules_of(settings)
    if rules.mode == "patterns":
        return [_by_patterns(rules, prompt) for prompt in prompts]
    asked = [prompt[:LONGEST] for prompt in prompts]
    vectors: dict[str, Any] = {}
    if rules.mode == "intent":
        examples = (e for intent in settings.routing.auto.intents.values() for e in intent.examples)
        texts = list(dict.fromkeys([*examples, *asked]))
        found = _run(runner, images["embedder"], ["embed"], texts)
        vectors = dict(zip(texts, found, strict=True))
    given = {
        "rules": rules.to_json(),
        "models": routing.models(settings, None),
        "vectors": vectors,
        "prompts": asked,
    }
    command = ["-m", "ralex_stack.gateway.offline"]
    told = _run(runner, images["gateway"], command, given, entrypoint="python")
    return [_choice(prompt, one) for prompt, one in zip(prompts, told, strict=True)]


def _choice(prompt: str, told: Mapping[str, Any]) -> Choice:
    route = Route(told["tier"], told["intent"], told["reason"])
    return Choice(prompt, route, tuple(told["because"]))


def _by_patterns(rules: Rules, prompt: str) -> Choice:
    found = match(rules.patterns, prompt)
    return Choice(prompt, by_patterns(rules, prompt), (repr(found.words),) if found else ())


def _run(
    runner: Runner, image: str, command: Sequence[str], given: object, *, entrypoint: str = ""
) -> list[Any]:
    """What a container makes of the data on its standard input."""
    name = f"ralex-stack-route-{random.token_hex(6)}"
    options = [*_CLOSED, *([f"--entrypoint={entrypoint}"] if entrypoint else [])]
    run = ["docker", "run", "--rm", "--interactive", f"--name={name}", *options, image, *command]
    remove = ["docker", "rm", "--force", name]
    with runner.when_killed(remove):
        try:
            result = runner.run(run, stdin=json.dumps(given), within=_WITHIN)
        finally:
            runner.run(remove, check=False, within=_WITHIN)
    try:
        answer = json.loads(result.stdout)
    except ValueError:
        answer = None
    if not isinstance(answer, list):
        raise EngineError(
            f"a container of {image} gave no answer: {result.stdout[-200:]!r}",
            hint="`ralex-stack up` builds the images anew where they have changed",
            code="program-failed",
        )
    return answer
