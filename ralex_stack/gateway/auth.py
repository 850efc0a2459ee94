"""LiteLLM's `custom_auth` hook: without a database LiteLLM itself knows only the master key."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from litellm.proxy._types import LitellmUserRoles, ProxyException, UserAPIKeyAuth

from ralex_stack.gateway.budgets.policy import load
from ralex_stack.gateway.codes import KEY_UNKNOWN, pointer
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


async def authenticate(request: Any, api_key: str) -> UserAPIKeyAuth:
    """Return who presented `api_key` and what they may do; answer 401 to any other key.

    503 to one that may be a scoped key, while Valkey does not answer.
    """
    try:
        key = await KEYRING.find(api_key or "")
    except KeyRefusedError as error:
        raise _refusal(error.status, str(error)) from error
    if key is None:
        raise _refusal(401, REFUSAL)
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
        allowed_routes=[] if key.is_master else ROUTES,
        rpm_limit=key.policy.rpm,
        tpm_limit=key.policy.tpm,
    )
