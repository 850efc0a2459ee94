"""What is left of each limit, on standard output: `python -m ralex_stack.gateway.budgets.report`.

Run in the gateway's container by `ralex-stack status`; it loads nothing of LiteLLM.
"""

from __future__ import annotations

import asyncio
import json
import os
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ralex_stack.gateway.budgets.policy import NANO, counters_of, load
from ralex_stack.gateway.budgets.store import Store
from ralex_stack.gateway.entry import environment, read_secrets, secrets_directory
from ralex_stack.gateway.names import CONFIG, DEFAULT_CONFIG
from ralex_stack.gateway.valkey import connect

if TYPE_CHECKING:
    from ralex_stack.gateway.budgets.policy import Budgets, Counter
    from ralex_stack.gateway.budgets.store import Count


_PATIENCE_SECONDS = 4.0
"""Who asks for the state of a stack wants to know of the rest, too."""


def main() -> None:
    """Print a JSON list: scope, name, window, its end, and in USD limit, spent and held."""
    environ = environment(read_secrets(secrets_directory(os.environ)), os.environ)
    budgets = load(Path(environ.get(CONFIG, DEFAULT_CONFIG)))
    client = connect(budgets.valkey, environ, patience=_PATIENCE_SECONDS)
    print(json.dumps(asyncio.run(_report(budgets, Store(client)))))


async def _report(budgets: Budgets, store: Store) -> list[dict[str, Any]]:
    now = datetime.now(UTC)
    counters = counters_of(budgets.limits, now, budgets.zone)
    counts = await store.counts(counters)
    return [_line(budgets, counter, count) for counter, count in zip(counters, counts, strict=True)]


def _line(budgets: Budgets, counter: Counter, count: Count) -> dict[str, Any]:
    limit = counter.limit
    return {
        "scope": limit.scope,
        "name": limit.name,
        "window": limit.window,
        "ends": counter.window.end.astimezone(budgets.zone).isoformat(),
        "limit": limit.usd,
        "spent": count.spent / NANO,
        "held": count.held / NANO,
    }


if __name__ == "__main__":
    main()
