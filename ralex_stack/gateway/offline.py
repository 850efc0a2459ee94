"""Choices without a network, by the very code that the gateway chooses with.

`python -m ralex_stack.gateway.offline` reads `{"rules": …, "models": […], "vectors": {TEXT: […]},
"prompts": […]}` from standard input and prints a list of `{"tier", "intent", "reason", "because"}`,
one a prompt. `models` are entries of LiteLLM's list of models; the vectors are the embedder's.
"""

from __future__ import annotations

import asyncio
import json
import sys
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from litellm import EmbeddingResponse, Router

from ralex_stack.gateway.choosing import decision
from ralex_stack.routing import decisions
from ralex_stack.routing.rules import LONGEST, from_json

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

NEAREST = 3
"""Examples that are told of each prompt."""

DIMENSIONS = 384
_PROBE = "test"
"""What semantic-router has embedded to learn how long vectors are."""


class OfflineRouter(Router):  # type: ignore[misc]
    """LiteLLM's router, for which all texts were embedded before."""

    vectors: Mapping[str, list[float]]

    def embedding(self, model: str, input: list[str], **options: Any) -> EmbeddingResponse:  # noqa: A002
        """See Router."""
        data = [
            {"object": "embedding", "index": index, "embedding": self.vectors[text]}
            for index, text in enumerate(input)
        ]
        return EmbeddingResponse(model=model, data=data)

    async def aembedding(self, model: str, input: list[str], **options: Any) -> EmbeddingResponse:  # noqa: A002
        """See Router."""
        return self.embedding(model, input)


async def choices(given: Mapping[str, Any]) -> list[dict[str, Any]]:
    """What is chosen for each prompt, and because of what."""
    rules = from_json(given["rules"])
    router = OfflineRouter(model_list=given["models"])
    router.vectors = {_PROBE: [0.0] * DIMENSIONS, **given["vectors"]}
    examples = [text for text in given["vectors"] if text not in given["prompts"]]
    found = []
    for prompt in given["prompts"]:
        decided = await decision(router, prompt)
        told = (decided or {}).get("signals") or near(prompt[:LONGEST], examples, given["vectors"])
        found.append({**asdict(decisions.read(rules, decided)), "because": list(told)})
    return found


def near(prompt: str, examples: Sequence[str], vectors: Mapping[str, list[float]]) -> list[str]:
    """The examples that are nearest to the prompt, with the cosines."""
    if prompt not in vectors:
        return []
    scores = {
        example: sum(a * b for a, b in zip(vectors[prompt], vectors[example], strict=True))
        for example in examples
    }
    best = sorted(scores, key=lambda example: -scores[example])[:NEAREST]
    return [f"{example!r} ({scores[example]:.2f})" for example in best]


def main() -> None:
    """Read, choose, print."""
    given = json.load(sys.stdin)
    if given["vectors"]:
        from ralex_stack.gateway import nearest

        nearest.install()
    json.dump(asyncio.run(choices(given)), sys.stdout)


if __name__ == "__main__":
    main()
