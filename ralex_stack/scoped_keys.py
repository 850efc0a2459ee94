"""Scoped keys as the commands make them: the gateway is asked, in its container."""

from __future__ import annotations

import json
import re
import secrets
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any

from ralex_stack.errors import CommandError, EngineError, RalexError
from ralex_stack.gateway.scoped_keys.key import ALIAS, PREFIX, ScopedKey, digest
from ralex_stack.gateway.virtual import PREFIX as VIRTUAL

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import tzinfo

    from ralex_stack.engines.compose import ComposeEngine

PROGRAM = ("python", "-m", "ralex_stack.gateway.scoped_keys.manage")

OWN_ALIASES = ("client", "sandbox", "master")
"""Of the keys that every stack has."""

Told = dict[str, Any]
"""A key as the gateway tells it: ScopedKey.to_data with `state` and `spent`."""

_SECRET_BYTES = 32

_UNITS = {"m": "minutes", "h": "hours", "d": "days", "w": "weeks"}
_SPAN = re.compile(rf"([1-9][0-9]{{0,5}})([{''.join(_UNITS)}])")


@dataclass(frozen=True)
class Keys:
    """All keys that can be listed."""

    scoped: list[Told]
    virtual: list[Told]
    """LiteLLM's own, as `gateway/virtual_keys.py` tells them."""
    virtual_away: str | None = None
    """Why those cannot be told."""


class ScopedKeys:
    """The scoped keys of a running stack; each method raises EngineError where it cannot be asked.

    A key itself never leaves this process: the gateway is given its digest.
    """

    def __init__(self, engine: ComposeEngine) -> None:
        self._engine = engine

    def create(self, key: ScopedKey) -> tuple[str, Told]:
        """Make a key; returns it, which nobody can tell again, and what is kept of it.

        Raises RalexError where there is one of its alias.
        """
        secret = PREFIX + secrets.token_urlsafe(_SECRET_BYTES)
        request = {"do": "create", "digest": digest(secret), "key": key.to_data()}
        (told,) = self._ask(request, key.alias)
        return secret, told

    def all(self) -> Keys:
        """All keys that are not revoked, by alias."""
        answer = self._answer({"do": "list"}, "")
        return Keys(answer["keys"], answer.get("virtual", []), answer.get("virtual_away"))

    def revoke(self, alias: str) -> Told:
        """End a key. Raises RalexError where there is none of that alias."""
        (told,) = self._ask({"do": "revoke", "alias": alias}, alias)
        return told

    def limit(self, alias: str, budget: Mapping[str, float]) -> Told:
        """Set limits in USD by window, 0 for none. Raises RalexError as `revoke`."""
        (told,) = self._ask({"do": "budget", "alias": alias, "budget": dict(budget)}, alias)
        return told

    def _ask(self, request: Mapping[str, Any], alias: str) -> list[Told]:
        keys: list[Told] = self._answer(request, alias)["keys"]
        return keys

    def _answer(self, request: Mapping[str, Any], alias: str) -> dict[str, Any]:
        try:
            done = self._engine.execute("gateway", PROGRAM, stdin=json.dumps(request))
        except CommandError as error:
            last = (error.stderr.strip().splitlines() or ["it says nothing"])[-1]
            raise _unreadable(last) from None
        answer: dict[str, Any] = json.loads(done.stdout)
        if "refused" in answer:
            raise _refusal(answer, alias)
        return answer


def _refusal(answer: Mapping[str, Any], alias: str) -> RalexError:
    if answer["refused"] == "taken":
        return RalexError(
            f"there is a key `{alias}`",
            hint="choose another alias, or end that one first: "
            f"`ralex-stack keys revoke {alias}`; what it spent counts on",
            code="key-alias-taken",
        )
    if answer["refused"] == "unknown":
        known = answer["known"]
        near = get_close_matches(alias, known) or known
        if alias.startswith(VIRTUAL):
            return RalexError(
                f"`{alias}` is a key of LiteLLM",
                hint="its admin UI changes it: `ralex-stack status` shows where that is",
                code="key-alias-unknown",
            )
        which = f"nearest: {', '.join(near)}; " if near else ""
        return RalexError(
            f"there is no key `{alias}`",
            hint=f"{which}`ralex-stack keys list` shows all",
            code="key-alias-unknown",
        )
    return _unreadable(str(answer.get("why", answer["refused"])))


def _unreadable(why: str) -> EngineError:
    return EngineError(
        f"the stack's keys cannot be read or changed: {why}",
        hint="`ralex-stack status` tells how gateway and valkey are; `ralex-stack up` starts what "
        "is missing, and brings a gateway of an older version up to date",
        code="keys-unreadable",
    )


def checked_alias(alias: str) -> str:
    """The alias of a key to be made. Raises RalexError where there can be none of it."""
    if alias in OWN_ALIASES:
        raise RalexError(
            f"`{alias}` is a key of the stack itself",
            hint="choose another alias: whom or what the key is for, such as ci or ada@example.com",
            code="key-alias-taken",
        )
    if not ALIAS.fullmatch(alias):
        raise RalexError(
            f"`{alias}` cannot be the alias of a key",
            hint="up to 63 lower-case letters, digits, `.`, `_`, `@` and `-`, beginning with a "
            "letter or digit, such as ci or ada@example.com",
            code="key-alias-invalid",
        )
    return alias


def expiry(text: str, now: datetime, zone: tzinfo) -> datetime:
    """When a key ends: after a span such as `30d`, at the end of a day, or at a time.

    A time without an offset is one of the zone. Raises RalexError where that is past or no time.
    """
    ends = _time(text, now, zone)
    if ends is None or ends <= now:
        raise RalexError(
            f"`{text}` is {'no time' if ends is None else 'past'}",
            hint="give a span (90m, 12h, 30d, 8w), the last day (2030-12-31), or a time "
            "(2030-12-31T18:00, in `budget.time_zone` unless it has an offset)",
            code="key-expiry-invalid",
        )
    return ends.astimezone(UTC)


def _time(text: str, now: datetime, zone: tzinfo) -> datetime | None:
    if span := _SPAN.fullmatch(text):
        return _after(now, timedelta(**{_UNITS[span[2]]: int(span[1])}))
    try:
        if re.fullmatch(r"\d{4}-\d{2}-\d{2}", text):
            day = date.fromisoformat(text) + timedelta(days=1)
            return datetime.combine(day, time(), zone)
        given = datetime.fromisoformat(text)
    except (ValueError, OverflowError):
        return None
    return given if given.tzinfo else given.replace(tzinfo=zone)


def _after(now: datetime, span: timedelta) -> datetime | None:
    try:
        return now + span
    except OverflowError:
        return None
