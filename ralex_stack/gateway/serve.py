"""LiteLLM's proxy in this process, with what the stack puts around and into it."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

from litellm.litellm_core_utils.logging_worker import GLOBAL_LOGGING_WORKER
from litellm.proxy import proxy_server
from litellm.proxy.proxy_cli import run_server

from ralex_stack.gateway import unfinished, virtual
from ralex_stack.gateway.auth import KEYS
from ralex_stack.gateway.database import URL
from ralex_stack.gateway.keys import Key, find, presented
from ralex_stack.gateway.limits import load_limits
from ralex_stack.gateway.middleware import Failures
from ralex_stack.gateway.sessions import Counters, Fence
from ralex_stack.gateway.shutdown import Shutdown

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path


def serve(config: Path, arguments: Sequence[str]) -> None:
    """Serve until told to stop. Raises LimitsError where the limits cannot be read."""
    limits = load_limits(config)
    fence = Fence(limits, Counters(valkey))
    # What is added last is asked first: this goes around all of LiteLLM's own middleware.
    proxy_server.app.add_middleware(Failures, find=key_of, limits=limits, fence=fence)
    proxy_server.app.add_middleware(Shutdown, settle=settle)
    unfinished.tell()
    # LiteLLM starts uvicorn with the application by its name, which is the one changed here.
    run_server(list(arguments), standalone_mode=False)


def key_of(headers: Iterable[tuple[bytes, bytes]]) -> Key | None:
    """The stack's key in the headers of a request; with a database, any that may be LiteLLM's."""
    key = presented(headers)
    found = find(key, KEYS)
    return virtual.stranger(key) if found is None and URL in os.environ else found


def valkey() -> Any:
    """LiteLLM's client of Valkey, which its router keeps budgets and limits with."""
    router = proxy_server.llm_router
    return router.cache.redis_cache if router is not None else None


async def settle() -> None:
    """Have LiteLLM account for every call that has ended, and write what budgets have spent."""
    await GLOBAL_LOGGING_WORKER.flush()
    router = proxy_server.llm_router
    budgets = router.get_router_deployment_budget_limiter() if router is not None else None
    if budgets is not None:
        # No public name; tests/integration/test_customized.py fails where an update moves it.
        await budgets._push_in_memory_increments_to_redis()
