"""semantic-router as LiteLLM uses it here: without what is not used, and with sums.

An intent is what most of the nearest examples stand for. LiteLLM 1.106 leaves semantic-router at
its default: the mean of an intent's examples among the five nearest. One that is near by chance
then outweighs four of another intent, and half of all prompts on code go wrong; with the sum, which
semantic-router has as well, four in five are right. LiteLLM has no setting for it, and looks the
class up when it needs it.
"""

from __future__ import annotations

import importlib
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
    """semantic-router's module of routers, with nothing left of what stood in for the clients."""
    absent = [name for name in CLIENTS if name not in sys.modules]
    sys.modules |= {name: _Client(name) for name in absent}
    try:
        return importlib.import_module("semantic_router.routers")
    finally:
        for name in absent:
            del sys.modules[name]
