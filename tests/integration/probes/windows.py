"""Whether calls fit into a daily limit at given times: with the gateway's code, and its Valkey.

Input: JSON with the time zone and times. Prints JSON: for each time, whether a call of 60 cents
fits into a limit of a dollar. The clock is all that is made up; another database of Valkey is used,
so that the stack's own counters stay as they are. Runs inside the gateway.
"""

import asyncio
import json
import os
import sys
import tempfile
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from redis.asyncio import Redis

from ralex_stack.gateway.accounts.sqlite import SqliteHome
from ralex_stack.gateway.budgets.estimate import Size
from ralex_stack.gateway.budgets.policy import Budgets, Limit, Rates, load
from ralex_stack.gateway.budgets.reservations import Reservations, SpentError
from ralex_stack.gateway.budgets.seeding import Seeding
from ralex_stack.gateway.budgets.store import Store
from ralex_stack.gateway.call import Call
from ralex_stack.gateway.entry import read_secrets, secrets_directory
from ralex_stack.gateway.names import CONFIG, DEFAULT_CONFIG
from ralex_stack.gateway.sessions import Session

given = json.load(sys.stdin)
host, _, port = load(Path(os.environ.get(CONFIG, DEFAULT_CONFIG))).valkey.rpartition(":")
password = read_secrets(secrets_directory(os.environ))["valkey_password"]
budgets = Budgets(
    limits=(Limit("stack", "stack", "daily", 1.0),),
    models={"m": Rates((), output=0.006, longest_answer=100)},
    zone=ZoneInfo(given["zone"]),
)


async def fits(client: Redis, home: SqliteHome, time: str) -> bool:
    reservations = Reservations(
        budgets,
        Store(client),
        Seeding(budgets, client, home).seed,
        clock=lambda: datetime.fromisoformat(time),
    )
    call = Call("client", False, Session("client", ""), size=Size(prompt=0, answer=None))
    try:
        await reservations.hold(call, "m", None)
    except SpentError:
        return False
    return True


async def main() -> list[bool]:
    async with Redis(host=host, port=int(port), password=password, db=1) as client:
        await client.flushdb()
        with tempfile.TemporaryDirectory() as directory:
            home = SqliteHome(Path(directory) / "ledger.sqlite")
            return [await fits(client, home, time) for time in given["times"]]


print(json.dumps(asyncio.run(main())))
