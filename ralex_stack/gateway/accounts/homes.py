"""The ledger's home by the settings."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from ralex_stack.gateway.accounts.postgres import PostgresHome
from ralex_stack.gateway.accounts.sqlite import SqliteHome
from ralex_stack.gateway.accounts.stream import StreamHome
from ralex_stack.gateway.database import URL
from ralex_stack.gateway.valkey import connect

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ralex_stack.gateway.accounts.home import Home
    from ralex_stack.gateway.budgets.policy import Budgets

FILE = Path("/var/lib/ralex-stack/ledger/ledger.sqlite")
"""On a volume of the gateway."""


def home_of(budgets: Budgets, environ: Mapping[str, str]) -> Home:
    """Where accounts are kept; nothing is opened before it is used."""
    if budgets.ledger == "valkey":
        return StreamHome(connect(budgets.valkey, environ))
    if budgets.ledger == "postgres":
        return PostgresHome(environ[URL])
    return SqliteHome(FILE)
