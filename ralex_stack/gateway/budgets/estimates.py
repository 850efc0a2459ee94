"""Calls whose cost nobody knew, until their provider tells: OpenRouter's generation records.

They wait in Valkey, so that any gateway asks, also after a restart, and each is amended once.
"""

from __future__ import annotations

import json
import math
import os
import sys
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import httpx

from ralex_stack.gateway.budgets.policy import NANO
from ralex_stack.gateway.budgets.scripts import script, text
from ralex_stack.gateway.budgets.store import ESTIMATES, LEDGER, estimate_key

if TYPE_CHECKING:
    from collections.abc import Mapping

    from redis.asyncio import Redis

    from ralex_stack.gateway.budgets.policy import Budgets, Records

PAUSES_SECONDS = (5, 10, 60, 300, 1_800, 3_600)
"""Between questions, after the first; the last goes on."""

LONGEST_SECONDS = 24 * 3_600
"""After that an estimate stays one."""

_AT_ONCE = 20
_QUESTION_SECONDS = 10


@dataclass(frozen=True)
class Waiting:
    """A call that was counted with an amount, in billionths of a dollar, which may not be right."""

    identity: str
    generation: str
    account: Mapping[str, Any]
    nano: int


@dataclass(frozen=True)
class Record:
    """What a provider tells of an answer; the cost in US dollars."""

    cost: float
    prompt_tokens: int
    completion_tokens: int


class EstimateStore:
    """What waits in Valkey; raises redis.RedisError where that does not answer."""

    def __init__(self, client: Redis) -> None:
        self._claim = client.register_script(script("claim"))
        self._amend = client.register_script(script("amend"))

    async def claim(self) -> list[Waiting]:
        """What is due now: nobody else gets it before the next pause is over."""
        pauses = (seconds * 1000 for seconds in PAUSES_SECONDS)
        told = await self._claim(
            keys=[ESTIMATES],
            args=[_AT_ONCE, int(time.time() * 1000), LONGEST_SECONDS * 1000, *pauses],
        )
        texts = [text(value) for value in told]
        fours = zip(*(texts[start::4] for start in range(4)), strict=True)
        return [
            Waiting(identity, generation, json.loads(account), int(nano))
            for identity, generation, account, nano in fours
        ]

    async def amend(self, identity: str, nano: int, account: str) -> bool:
        """Count `nano` in its place, and put the account into the ledger; not if that was done."""
        return bool(
            await self._amend(
                keys=[estimate_key(identity), ESTIMATES, LEDGER], args=[identity, nano, account]
            )
        )


class Estimates:
    """Of all gateways; this one asks for what it gets hold of first."""

    def __init__(
        self,
        budgets: Budgets,
        store: EstimateStore,
        environ: Mapping[str, str] = os.environ,
        transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        self._budgets = budgets
        self._store = store
        self._environ = environ
        self._transport = transport
        self._told = ""

    async def ask(self) -> None:
        """Ask providers about what is due. Raises RedisError; nothing is lost then."""
        if not self._budgets.records:
            return
        waiting = await self._store.claim()
        if not waiting:
            return
        async with httpx.AsyncClient(
            timeout=_QUESTION_SECONDS, transport=self._transport
        ) as client:
            for each in waiting:
                record = await self._record(client, each)
                if record is not None:
                    await self._store.amend(
                        each.identity, round(record.cost * NANO), json.dumps(amended(each, record))
                    )

    async def _record(self, client: httpx.AsyncClient, waiting: Waiting) -> Record | None:
        """From the first provider of the model that knows the answer."""
        account = waiting.account
        for records in self._budgets.records_of(
            account.get("served") or account.get("model") or ""
        ):
            record = await self._asked(client, records, waiting.generation)
            if record is not None:
                return record
        return None

    async def _asked(
        self, client: httpx.AsyncClient, records: Records, generation: str
    ) -> Record | None:
        key = self._environ.get(records.key) if records.key else None
        headers = {"Authorization": f"Bearer {key}"} if key else {}
        try:
            answer = await client.get(
                f"{records.base}/generation", params={"id": generation}, headers=headers
            )
            if answer.status_code != httpx.codes.NOT_FOUND:
                return read_record(answer.raise_for_status().json())
        except (httpx.HTTPError, ValueError, TypeError, KeyError) as error:
            self._tell(records, error)
        return None

    def _tell(self, records: Records, error: Exception) -> None:
        """Once: it is asked again."""
        status = error.response.status_code if isinstance(error, httpx.HTTPStatusError) else None
        told = f"{records.base}/generation does not tell what a call cost: {status or repr(error)}"
        if told != self._told:
            self._told = told
            print(told, file=sys.stderr, flush=True)


def read_record(answer: Any) -> Record:
    """OpenRouter's answer to `GET /generation`. Raises ValueError, TypeError or KeyError."""
    data = answer["data"]
    cost = float(data["total_cost"])
    if not (math.isfinite(cost) and cost >= 0):
        raise ValueError(f"total_cost is {cost}")
    return Record(cost, _tokens(data, "prompt"), _tokens(data, "completion"))


def _tokens(data: Mapping[str, Any], name: str) -> int:
    """As the provider counts them, which is what is paid for, or else as OpenRouter does."""
    return int(data.get(f"native_tokens_{name}") or data.get(f"tokens_{name}") or 0)


def amended(waiting: Waiting, record: Record) -> dict[str, Any]:
    """The account with what the provider says; `estimate` is what it takes the place of."""
    return {
        **waiting.account,
        "cost": record.cost,
        "prompt_tokens": record.prompt_tokens,
        "completion_tokens": record.completion_tokens,
        "estimated": False,
        "estimate": waiting.nano / NANO,
    }
