"""LiteLLM's virtual keys as its tables have them, to be listed beside the stack's own."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from ralex_stack.gateway.database import transaction
from ralex_stack.gateway.virtual import alias_name, digest_name

if TYPE_CHECKING:
    from collections.abc import Mapping

# Tables of LiteLLM 1.106; who has logged in to the admin UI has a key of that team.
_KEYS = """
SELECT key.token, key.key_alias, key.models, coalesce(team.team_alias, key.team_id) AS team,
    key.spend, key.max_budget, key.budget_duration, key.rpm_limit AS rpm, key.tpm_limit AS tpm,
    key.created_at AS created, key.expires, coalesce(key.blocked, false) AS blocked
FROM public."LiteLLM_VerificationToken" AS key
LEFT JOIN public."LiteLLM_TeamTable" AS team ON team.team_id = key.team_id
WHERE key.team_id IS DISTINCT FROM 'litellm-dashboard'
ORDER BY key.key_alias NULLS LAST, key.token
"""


async def listed(address: str) -> list[dict[str, Any]]:
    """All virtual keys, for JSON: names, limits, spend in USD. Raises DatabaseError.

    `alias` and `digest_name` are the names by which ledger and budgets know a key.
    """
    from psycopg.rows import dict_row

    async with transaction(address) as connection, connection.cursor(row_factory=dict_row) as rows:
        await rows.execute(_KEYS)
        return [_told(row, datetime.now(UTC)) for row in await rows.fetchall()]


def _told(row: Mapping[str, Any], now: datetime) -> dict[str, Any]:
    digest, expires = digest_name(row["token"]), _utc(row["expires"])
    state = "expired" if expires is not None and expires <= now else "active"
    return {
        "alias": alias_name(row["key_alias"]) or digest,
        "digest_name": digest,
        "models": list(row["models"]) or ["*"],
        "team": row["team"],
        "spend": row["spend"],
        "max_budget": row["max_budget"],
        "budget_duration": row["budget_duration"],
        "rpm": row["rpm"],
        "tpm": row["tpm"],
        "created": _text(_utc(row["created"])),
        "expires": _text(expires),
        "state": "blocked" if row["blocked"] else state,
    }


def _utc(time: datetime | None) -> datetime | None:
    """LiteLLM's tables have times without a zone."""
    return None if time is None else time.replace(tzinfo=UTC)


def _text(time: datetime | None) -> str | None:
    return None if time is None else time.isoformat(timespec="seconds")
