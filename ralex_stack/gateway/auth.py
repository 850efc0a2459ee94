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
from ralex_stack.gateway.codes import KEY_UNKNOWN, pointer
from ralex_stack.gateway.database import URL
from ralex_stack.gateway.keys import ALL_MODELS, Key, find, load_keys, load_policies
from ralex_stack.gateway.names import CONFIG, DEFAULT_CONFIG

KEYS = load_keys(os.environ, load_policies(Path(os.environ.get(CONFIG, DEFAULT_CONFIG))))

ROUTES = [
    prefix + path
    for prefix in ("", "/v1")
    for path in ("/chat/completions", "/messages", "/responses", "/embeddings", "/models")
]
"""Paths open to keys other than the master key: LiteLLM's provider pass-throughs go round the
router and its budgets, and `/health` makes paid calls."""

REFUSAL = (
    "Authentication failed: the gateway does not know this key. Send a key of this stack "
    "as `Authorization: Bearer KEY` or `x-api-key: KEY`; `ralex-stack env` prints one. "
    + pointer(KEY_UNKNOWN)
)


async def authenticate(request: Any, api_key: str) -> UserAPIKeyAuth | str:
    """Return who presented `api_key` and what they may do; answer 401 to any other key.

    With a database, the key itself where LiteLLM is to decide about it.
    """
    key = find(api_key or "", KEYS)
    if key is None and URL in os.environ and (api_key or request.url.path not in ROUTES):
        await virtual.require_scope(request.url.path, api_key, ROUTES)
        return api_key or ""
    if key is None:
        raise ProxyException(message=REFUSAL, type="auth_error", param="api_key", code=401)
    return identity(key)


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
        allowed_routes=[] if key.is_master else ROUTES,
        rpm_limit=key.policy.rpm,
        tpm_limit=key.policy.tpm,
    )
