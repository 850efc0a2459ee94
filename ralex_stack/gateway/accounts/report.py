"""Totals of the ledger on standard output: `python -m ralex_stack.gateway.accounts.report`.

Run in the gateway's container by `ralex-stack spend`; it loads nothing of LiteLLM.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import sys
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from ralex_stack.gateway.accounts.home import GROUPS
from ralex_stack.gateway.accounts.homes import home_of
from ralex_stack.gateway.budgets.policy import load
from ralex_stack.gateway.database import DatabaseError
from ralex_stack.gateway.entry import environment, read_secrets, secrets_directory
from ralex_stack.gateway.names import CONFIG, DEFAULT_CONFIG

if TYPE_CHECKING:
    from collections.abc import Sequence


def main(arguments: Sequence[str] | None = None) -> None:
    """Print a JSON list with the fields of `Total`, `group` being those that were asked for."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--by", action="append", choices=GROUPS, default=[])
    parser.add_argument("--since", type=datetime.fromisoformat)
    parser.add_argument("--until", type=datetime.fromisoformat)
    parser.add_argument("--zone", default="UTC")
    given = parser.parse_args(arguments)
    environ = environment(read_secrets(secrets_directory(os.environ)), os.environ)
    home = home_of(load(Path(environ.get(CONFIG, DEFAULT_CONFIG))), environ)
    try:
        totals = asyncio.run(home.totals(given.by, given.since, given.until, given.zone))
    except DatabaseError as error:
        sys.exit(str(error))
    print(json.dumps([asdict(total) for total in totals]))


if __name__ == "__main__":
    main()
