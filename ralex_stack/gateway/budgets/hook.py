"""LiteLLM hook that holds what a call may cost before it is made, and before each fallback."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from fastapi import HTTPException
from litellm.integrations.custom_logger import CustomLogger

from ralex_stack.gateway import virtual
from ralex_stack.gateway.budgets.downgrade import cheaper_tiers, may_use
from ralex_stack.gateway.budgets.estimate import ANSWER_PARAMETERS, measure
from ralex_stack.gateway.budgets.policy import named
from ralex_stack.gateway.budgets.reservations import SpentError, UncountedError
from ralex_stack.gateway.budgets.service import reservations
from ralex_stack.gateway.call import CURRENT
from ralex_stack.gateway.codes import BUDGET_UNKNOWN, pointer
from ralex_stack.gateway.names import TIER_HEADER
from ralex_stack.gateway.refusals import BUDGET_STATUS, NO_ROOM

if TYPE_CHECKING:
    from ralex_stack.gateway.budgets.reservations import Reservations
    from ralex_stack.gateway.call import Call

DOWNGRADED_HEADER = "x-ralex-downgraded"
"""On an answer of a cheaper tier than was asked for: `tier:smart to tier:cheap`."""

_ANSWER_PARAMETER = {"aresponses": "max_output_tokens", "responses": "max_output_tokens"}
"""By LiteLLM's type of call; `max_tokens` for all others."""


class Budgeting(CustomLogger):  # type: ignore[misc]
    """Asked before LiteLLM routes a call, and again for each group of deployments it turns to."""

    def __init__(self, kept: Reservations) -> None:
        super().__init__()
        self._kept = kept

    async def async_pre_call_hook(
        self, user_api_key_dict: Any, cache: Any, data: dict[str, Any], call_type: str
    ) -> None:
        """Hold what the call may cost; answer 402 where no limit has room for it."""
        call, asked = CURRENT.get(), data.get("model")
        if call is None or not isinstance(asked, str):
            return
        virtual.name(call, getattr(user_api_key_dict, "key_alias", None))
        call.tier, _ = named(asked, self._kept.budgets)
        if not self._kept.budgets.limits and not call.limits:
            return
        call.size = measure(data)
        try:
            data["model"] = await self._hold_or_downgrade(call, asked, user_api_key_dict)
        except SpentError as error:
            raise HTTPException(BUDGET_STATUS, f"{NO_ROOM} {error}") from error
        except UncountedError as error:
            raise HTTPException(503, f"{error} {pointer(BUDGET_UNKNOWN)}") from error
        self._bind(call, data, call_type)

    async def async_filter_deployments(
        self,
        model: str,
        healthy_deployments: list[dict[str, Any]],
        messages: Any,
        request_kwargs: dict[str, Any] | None = None,
        parent_otel_span: Any = None,
    ) -> list[dict[str, Any]]:
        """Hold what a fallback may cost instead; where there is no room, LiteLLM asks the next."""
        call = CURRENT.get()
        if call is not None and call.size is not None:
            _, name = named(model, self._kept.budgets)
            if call.reservation is None or call.reservation.model != name:
                await self._hold_instead(call, name)
        return healthy_deployments

    async def _hold_instead(self, call: Call, model: str) -> None:
        """For a fallback. LiteLLM tells its client what failed before: that is kept beside it."""
        try:
            await self._kept.hold(call, model, call.tier)
        except SpentError as error:
            call.no_room = f"{NO_ROOM} {error}"
            raise

    async def _hold_or_downgrade(self, call: Call, asked: str, identity: Any) -> str:
        """What is called: the model that is asked for, or the next cheaper tier that has room."""
        try:
            await self._hold(call, asked)
        except SpentError:
            cheaper = await self._downgrade(call, asked, identity)
            if cheaper is None:
                raise
            if TIER_HEADER in call.headers:
                call.headers[TIER_HEADER] = call.tier or ""
            call.headers[DOWNGRADED_HEADER] = f"{asked} to {cheaper}"
            return cheaper
        return asked

    async def _hold(self, call: Call, asked: str) -> None:
        call.tier, model = named(asked, self._kept.budgets)
        await self._kept.hold(call, model, call.tier)

    async def _downgrade(self, call: Call, asked: str, identity: Any) -> str | None:
        """The next cheaper tier that has room for the call, for which that is held now."""
        budgets = self._kept.budgets
        for tier in cheaper_tiers(call, named(asked, budgets)[1], budgets):
            if not may_use(call, identity, tier):
                continue
            try:
                await self._hold(call, tier)
            except SpentError:
                continue
            return tier
        return None

    def _bind(self, call: Call, data: dict[str, Any], call_type: str) -> None:
        """Hold the answer to the length that was counted on, where the request sets none."""
        held = call.reservation
        if held is None or "embedding" in call_type:
            return
        if any(data.get(name) is not None for name in ANSWER_PARAMETERS):
            return
        rates = self._kept.budgets.models[held.model]
        if rates.output:
            name = _ANSWER_PARAMETER.get(call_type, "max_tokens")
            data[name] = rates.longest_answer


budgeting = Budgeting(reservations)
