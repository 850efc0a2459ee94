"""semantic-router as LiteLLM uses it here: without what is not used, and with sums.

An intent is what most of the nearest examples stand for. LiteLLM 1.106 leaves semantic-router at
its default: the mean of an intent's examples among the five nearest, with which one that is near by
chance outweighs four of another intent. The sum, which semantic-router has as well, is right in 74
of 100 prompts of tests/data/labelled_prompts.jsonl; the mean is in 59. LiteLLM has no setting for
it, and looks the class up when it needs it.
"""

from __future__ import annotations

import importlib
import logging
import sys
from types import ModuleType
from typing import Any

AGGREGATION = "sum"

CLIENTS = (
    "cohere",
    "mistralai",
    "mistralai.models",
    "voyageai",
    "voyageai.client",
    "voyageai.client_async",
)
"""Clients of services that embed texts: semantic-router 0.3 imports them all, to define encoders
that use them. They would take more than a hundred megabytes; LiteLLM embeds texts itself."""


class _Client(ModuleType):
    """Stands where a client would be, while the encoders are defined."""

    def __getattr__(self, name: str) -> type:
        if name.startswith("__"):
            raise AttributeError(name)
        return object


def install() -> None:
    """Have LiteLLM take the sum; to be called before it makes its router."""
    routers = _imported()

    class Summing(routers.SemanticRouter):  # type: ignore[misc, name-defined]
        """LiteLLM's semantic router, with the sum."""

        def __init__(self, **options: Any) -> None:
            super().__init__(**{"aggregation": AGGREGATION, **options})

    routers.SemanticRouter = Summing


def _imported() -> Any:
    """semantic-router's module of routers, with nothing left of what its import needs and does."""
    absent = [name for name in CLIENTS if name not in sys.modules]
    sys.modules |= {name: _Client(name) for name in absent}
    # It has everything logged that any library says, every call of LiteLLM included.
    root = logging.getLogger()
    level, handlers = root.level, list(root.handlers)
    try:
        return importlib.import_module("semantic_router.routers")
    finally:
        root.setLevel(level)
        root.handlers[:] = handlers
        for name in absent:
            del sys.modules[name]
