"""LiteLLM's `custom_auth` hook: the stack's own keys, which are in no database.

Where there is a database, any other key is LiteLLM's own to check: a hook that returns text has it
go on with that as the key (litellm-enterprise 0.1.76, which litellm[proxy] brings, and which asks
for no licence key there).
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from litellm.proxy._types import LitellmUserRoles, ProxyException, UserAPIKeyAuth

from ralex_stack.gateway import virtual
from ralex_stack.gateway.budgets.policy import load
from ralex_stack.gateway.codes import KEY_UNKNOWN, PATH_CLOSED, pointer
from ralex_stack.gateway.database import URL
from ralex_stack.gateway.keys import ALL_MODELS, Key, load_keys, load_policies
from ralex_stack.gateway.names import CONFIG, DEFAULT_CONFIG
from ralex_stack.gateway.scoped_keys.home import ValkeyHome
from ralex_stack.gateway.scoped_keys.keyring import KeyRefusedError, Keyring
from ralex_stack.gateway.valkey import connect

_CONFIG = Path(os.environ.get(CONFIG, DEFAULT_CONFIG))

KEYRING = Keyring(
    load_keys(os.environ, load_policies(_CONFIG)),
    ValkeyHome(connect(load(_CONFIG).valkey, os.environ)),
)
"""Of this process."""

OPEN = frozenset(
    (method, prefix + path)
    for prefix in ("", "/v1")
    for method, path in (
        ("POST", "/chat/completions"),
        ("POST", "/messages"),
        ("POST", "/responses"),
        ("POST", "/embeddings"),
        ("GET", "/models"),
    )
)
"""What is open to keys other than the master key: LiteLLM's provider pass-throughs go round the
router and its budgets, and `/health` makes paid calls. LiteLLM would open all below such a path,
too (`/responses/compact` is a paid call that the middleware does not see), and WebSockets."""

REFUSAL = (
    "Authentication failed: the gateway does not know this key. Send a key of this stack "
    "as `Authorization: Bearer KEY` or `x-api-key: KEY`; `ralex-stack env` prints one. "
    + pointer(KEY_UNKNOWN)
)


CLOSED = (
    "This path is closed to all keys but the master key; open are "
    + ", ".join(sorted(f"{method} {path}" for method, path in OPEN if path.startswith("/v1")))
    + f". {pointer(PATH_CLOSED)}"
)


async def authenticate(request: Any, api_key: str) -> UserAPIKeyAuth | str:
    """Return who presented `api_key` and what they may do; answer 401 to any other key.

    403 where the path is closed to the key, 503 to one that may be a scoped key, while Valkey does
    not answer. With a database, the key itself where LiteLLM is to decide about it.
    """
    try:
        key = await KEYRING.find(api_key or "")
    except KeyRefusedError as error:
        raise _refusal(error.status, str(error)) from error
    place = (request.scope["method"], request.scope["path"])
    if key is None and URL in os.environ and (api_key or place not in OPEN):
        await virtual.require_scope(place, api_key, OPEN)
        return api_key or ""
    if key is None:
        raise _refusal(401, REFUSAL)
    if not key.is_master and place not in OPEN:
        raise _refusal(403, CLOSED)
    return identity(key)


def _refusal(status: int, message: str) -> ProxyException:
    return ProxyException(message=message, type="auth_error", param="api_key", code=status)


def identity(key: Key) -> UserAPIKeyAuth:
    """Express a key in LiteLLM's terms; LiteLLM enforces the models and limits from there on."""
    role = LitellmUserRoles.PROXY_ADMIN if key.is_master else LitellmUserRoles.INTERNAL_USER
    models = [] if ALL_MODELS in key.policy.models else list(key.policy.models)
    return UserAPIKeyAuth(
        api_key=key.secret,
        key_alias=key.alias,
        user_id=key.alias,
        user_role=role,
        models=models,
        allowed_routes=[] if key.is_master else sorted({path for _, path in OPEN}),
        rpm_limit=key.policy.rpm,
        tpm_limit=key.policy.tpm,
    )
