"""LiteLLM's virtual keys: what they reach, and how the middleware names them."""

from __future__ import annotations

import hashlib
import re
from typing import TYPE_CHECKING, Any

from ralex_stack.gateway.codes import KEY_SCOPED, pointer
from ralex_stack.gateway.keys import Key

if TYPE_CHECKING:
    from collections.abc import Container

    from ralex_stack.gateway.call import Call

PREFIX = "virtual:"
"""Begins the names of virtual keys. No key of the stack has a colon in its name, so none is met."""

_DIGEST_LENGTH = 12
_DIGEST = re.compile(rf"[0-9a-f]{{{_DIGEST_LENGTH}}}")
_LONGEST_ALIAS = 128

REFUSAL = (
    "This key calls models, and nothing else of the gateway: its paths are /v1/chat/completions, "
    "/v1/messages, /v1/responses, /v1/embeddings and /v1/models. " + pointer(KEY_SCOPED)
)


async def require_scope(
    place: tuple[str, str], api_key: str | None, open_places: Container[tuple[str, str]]
) -> None:
    """Answer 403 to a virtual key outside of the open places: pairs of method and path.

    LiteLLM itself would let it call providers past the router and its budgets, and read and change
    keys of its user. Sessions of the admin UI pass: they are keys, too, of a team of their own.
    """
    if not api_key or place in open_places or await _is_session(api_key):
        return
    from litellm.proxy._types import ProxyException

    raise ProxyException(message=REFUSAL, type="auth_error", param="api_key", code=403)


async def _is_session(api_key: str) -> bool:
    """Whether somebody who has logged in to the admin UI presents it; not, if nobody knows it."""
    from litellm.proxy import proxy_server
    from litellm.proxy._types import UI_TEAM_ID, hash_token
    from litellm.proxy.auth.auth_checks import get_key_object

    try:
        found: Any = await get_key_object(
            hashed_token=hash_token(api_key),
            prisma_client=proxy_server.prisma_client,
            user_api_key_cache=proxy_server.user_api_key_cache,
            proxy_logging_obj=proxy_server.proxy_logging_obj,
        )
    except Exception:
        # Unknown, or the database is away: LiteLLM's own check of a session would fail as well.
        return False
    return bool(found.team_id == UI_TEAM_ID)


def stranger(presented: str) -> Key | None:
    """A key that is none of the stack's own, under a name that tells nobody what it is.

    LiteLLM's tables have it under the same digest; whether it is valid is not known here.
    """
    if not presented:
        return None
    return Key(digest_name(hashlib.sha256(presented.encode()).hexdigest()), presented)


def digest_name(digest: str) -> str:
    """The name that nobody can take: by the key's SHA-256, under which LiteLLM's tables have it."""
    return PREFIX + digest[:_DIGEST_LENGTH]


def alias_name(alias: object) -> str | None:
    """The name by an alias; none where that could pass for a digest, or not be shown."""
    if not isinstance(alias, str) or not alias.isprintable() or _DIGEST.fullmatch(alias):
        return None
    return PREFIX + alias if 0 < len(alias) <= _LONGEST_ALIAS else None


def name(call: Call, alias: object) -> None:
    """Let the ledger name a virtual key by its alias, which is known once LiteLLM has checked it.

    Limits may name it by either: LiteLLM gives an alias to one key at a time, but lets who may
    change the key change its alias.
    """
    named = alias_name(alias)
    if named is not None and call.digest_name is None and call.alias.startswith(PREFIX):
        call.alias, call.digest_name = named, call.alias
