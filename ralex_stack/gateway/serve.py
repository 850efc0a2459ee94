"""LiteLLM's proxy in this process, with what the stack puts around and into it."""

from __future__ import annotations

import os
from functools import partial
from typing import TYPE_CHECKING, Any

from litellm.litellm_core_utils.logging_worker import GLOBAL_LOGGING_WORKER
from litellm.proxy import proxy_server
from litellm.proxy.proxy_cli import run_server

from ralex_stack.gateway import generations, unfinished, virtual
from ralex_stack.gateway.auth import KEYRING
from ralex_stack.gateway.budgets.service import reservations, store, work
from ralex_stack.gateway.database import URL
from ralex_stack.gateway.keys import presented
from ralex_stack.gateway.life import Life
from ralex_stack.gateway.limits import load_limits
from ralex_stack.gateway.middleware import Failures
from ralex_stack.gateway.names import METRICS_TOKEN
from ralex_stack.gateway.sessions import Counters, Fence
from ralex_stack.routing.rules import load_rules

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from ralex_stack.gateway.keys import Key


_MARGIN_SECONDS = 300
"""Longer than a call's limit: nothing is held for a call that is still being answered."""


def serve(config: Path, arguments: Sequence[str]) -> None:
    """Serve until told to stop. Raises LimitsError or RulesError for a file that is not right."""
    limits = load_limits(config)
    fence = Fence(limits, Counters(valkey))
    # What is added last is asked first: this goes around all of LiteLLM's own middleware.
    proxy_server.app.add_middleware(
        Failures, find=key_of, limits=limits, fence=fence, ended=reservations.ended
    )
    longest_call = limits.timeout + _MARGIN_SECONDS
    proxy_server.app.add_middleware(Life, work=partial(work, longest_call), end=end)
    if token := os.environ.get(METRICS_TOKEN):
        # Imported only where somebody reads them.
        from ralex_stack.gateway.metrics.install import install

        install(proxy_server.app, reservations.budgets, store, token)
    unfinished.tell()
    generations.tell(reservations.hear)
    rules = load_rules(config)
    if rules is not None and rules.mode == "intent":
        # Imported only where it is needed: it takes a second, and 40 MB.
        from ralex_stack.gateway import nearest

        nearest.install()
    # LiteLLM starts uvicorn with the application by its name, which is the one changed here.
    run_server(list(arguments), standalone_mode=False)


async def key_of(headers: Iterable[tuple[bytes, bytes]]) -> Key | None:
    """The key in the headers of a request that the gateway knows. Raises KeyRefusedError.

    With a database, any that may be LiteLLM's.
    """
    key = presented(headers)
    found = await KEYRING.find(key)
    return virtual.stranger(key) if found is None and URL in os.environ else found


def valkey() -> Any:
    """LiteLLM's client of Valkey, which its router keeps budgets and limits with."""
    router = proxy_server.llm_router
    return router.cache.redis_cache if router is not None else None


async def end() -> None:
    """Have LiteLLM account for every call that has ended, and write that down."""
    await GLOBAL_LOGGING_WORKER.flush()
    await reservations.settled()
