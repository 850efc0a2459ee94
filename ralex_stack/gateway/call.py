"""The call that is being answered, for the hooks that LiteLLM asks on its way."""

from __future__ import annotations

from contextvars import ContextVar
from dataclasses import dataclass, field
from enum import Enum, auto
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ralex_stack.gateway.budgets.estimate import Size
    from ralex_stack.gateway.budgets.policy import Counter, Limit
    from ralex_stack.gateway.sessions import Session


class Outcome(Enum):
    """What a client got, which decides what a call may have cost."""

    ANSWERED = auto()
    """All of an answer: LiteLLM tells what it cost."""
    REFUSED = auto()
    """None of an answer: it cost nothing."""
    BROKEN = auto()
    """Part of one, or nobody knows: LiteLLM records such calls at no cost, or not at all."""


@dataclass(frozen=True)
class Reservation:
    """What is held for a call in Valkey: billionths of a US dollar, for that model and tier."""

    identity: str
    model: str
    tier: str | None
    nano: int
    account: Mapping[str, Any]
    """For the ledger, should the cost never be known."""
    counters: tuple[Counter, ...]


@dataclass
class Call:
    """One request of a client; hooks note what they decide, the middleware tells the client.

    A context variable holds it: LiteLLM hands each of its hooks another part of a request, and none
    of them what the others did.
    """

    alias: str
    """Whose key called, as the ledger names it."""
    is_opencode: bool
    session: Session
    """Without a name where the client gives none."""
    limits: tuple[Limit, ...] = ()
    """That the key brings with it, beside those of the budgets."""
    digest_name: str | None = None
    """The name by its digest of a key that the ledger names by its alias."""
    headers: dict[str, str] = field(default_factory=dict)
    """Headers for the answer, lower-case, in ASCII."""
    left: bool = False
    """Whether the client is gone before it had all of the answer."""
    outcome: Outcome = Outcome.ANSWERED
    tier: str | None = None
    """The tier that was asked for, or chosen for it."""
    size: Size | None = None
    """Of the request, where it matters what it may cost."""
    reservation: Reservation | None = None
    generation: str | None = None
    """The provider's id of the answer, once that is known."""
    no_room: str | None = None
    """Why the last upstream that was to be asked was not: a limit has no room for it."""
    settled: bool = False
    """Whether what it cost has been counted, so that nothing more is."""
    account: dict[str, str | None] = field(default_factory=dict)
    """Fields for the account of the call, over those that it has anyway."""

    @property
    def key_names(self) -> tuple[str, ...]:
        """All names by which limits may concern the key."""
        return (self.alias,) if self.digest_name is None else (self.alias, self.digest_name)


CURRENT: ContextVar[Call | None] = ContextVar("call", default=None)
"""None outside of the API paths."""
