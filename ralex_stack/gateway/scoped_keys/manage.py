"""Changes the scoped keys: `python -m ralex_stack.gateway.scoped_keys.manage`.

Run in the gateway's container by `ralex-stack keys`; it loads nothing of LiteLLM. The request is
JSON on standard input, since arguments can be read by other processes:

    {"do": "list"}
    {"do": "create", "digest": DIGEST, "key": KEY}
    {"do": "revoke", "alias": ALIAS}
    {"do": "budget", "alias": ALIAS, "budget": {WINDOW: USD}}

KEY is what ScopedKey.to_data gives. The answer is `{"keys": [KEY, ...]}`, each with `state` and
`spent` ({WINDOW: USD}), or `{"refused": taken|unknown|away, ...}`. With a database, that to `list`
has LiteLLM's keys as well, as `virtual`, or `virtual_away`: why they cannot be read.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from redis.exceptions import RedisError

from ralex_stack.gateway import virtual_keys
from ralex_stack.gateway.budgets.policy import load
from ralex_stack.gateway.database import URL, DatabaseError
from ralex_stack.gateway.entry import environment, read_secrets, secrets_directory
from ralex_stack.gateway.names import CONFIG, DEFAULT_CONFIG
from ralex_stack.gateway.scoped_keys.home import AliasTakenError, AliasUnknownError, ValkeyHome
from ralex_stack.gateway.scoped_keys.key import ScopedKey, read
from ralex_stack.gateway.valkey import connect

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

    from ralex_stack.gateway.scoped_keys.home import Home

    Virtual = Callable[[], Awaitable[list[dict[str, Any]]]]


async def answer(
    request: Mapping[str, Any], home: Home, virtual: Virtual | None = None
) -> dict[str, Any]:
    """Do what is asked for; `virtual` tells LiteLLM's keys, where there is a database."""
    try:
        keys = await _done(request, home)
        told = [await _told(key, home) for key in keys]
        others = {} if virtual is None or request["do"] != "list" else await _others(virtual)
        return {"keys": told, **others}
    except AliasTakenError:
        return {"refused": "taken"}
    except AliasUnknownError as error:
        return {"refused": "unknown", "known": error.known}
    except RedisError as error:
        return {"refused": "away", "why": f"{type(error).__name__}: {error}"}


async def _done(request: Mapping[str, Any], home: Home) -> list[ScopedKey]:
    match request["do"]:
        case "create":
            return [await home.create(request["digest"], read(request["key"]))]
        case "revoke":
            return [await home.revoke(request["alias"])]
        case "budget":
            return [await home.limit(request["alias"], request["budget"])]
        case _:
            return await home.keys()


async def _others(virtual: Virtual) -> dict[str, Any]:
    try:
        return {"virtual": await virtual()}
    except DatabaseError as error:
        return {"virtual_away": str(error)}


async def _told(key: ScopedKey, home: Home) -> dict[str, Any]:
    state = key.state(datetime.now(UTC))
    return {**key.to_data(), "state": state, "spent": await home.spent(key)}


def home_of(environ: Mapping[str, str]) -> Home:
    """Where the stack's keys are kept."""
    budgets = load(Path(environ.get(CONFIG, DEFAULT_CONFIG)))
    return ValkeyHome(connect(budgets.valkey, environ), budgets.zone)


def main() -> None:
    """Answer one request."""
    environ = environment(read_secrets(secrets_directory(os.environ)), os.environ)
    address = environ.get(URL)
    virtual = None if address is None else partial(virtual_keys.listed, address)
    print(json.dumps(asyncio.run(answer(json.load(sys.stdin), home_of(environ), virtual))))


if __name__ == "__main__":
    main()
