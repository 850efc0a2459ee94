"""The call that is being answered, for the hooks that LiteLLM asks on its way."""

from __future__ import annotations

from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ralex_stack.gateway.sessions import Session


@dataclass
class Call:
    """One request of a client; hooks note what they decide, the middleware tells the client.

    A context variable holds it: LiteLLM hands each of its hooks another part of a request, and none
    of them what the others did.
    """

    alias: str
    """Whose key called."""
    is_opencode: bool
    session: Session
    """Without a name where the client gives none."""
    headers: dict[str, str] = field(default_factory=dict)
    """Headers for the answer, lower-case, in ASCII."""
    account: dict[str, str | None] = field(default_factory=dict)
    """Fields for the account of the call, over those that it has anyway."""


CURRENT: ContextVar[Call | None] = ContextVar("call", default=None)
"""None outside of the API paths."""
