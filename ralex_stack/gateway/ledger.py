"""LiteLLM callback that accounts for every call on standard output, one JSON line each."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from litellm.integrations.custom_logger import CustomLogger

from ralex_stack.gateway import entries, runtime
from ralex_stack.gateway.budgets.policy import NANO, named
from ralex_stack.gateway.budgets.service import reservations
from ralex_stack.gateway.call import CURRENT
from ralex_stack.gateway.entries import asked_model, entry
from ralex_stack.gateway.names import WARM_UP_MODEL

if TYPE_CHECKING:
    from collections.abc import Mapping


class Ledger(CustomLogger):  # type: ignore[misc]
    """Writes one line per finished call; LiteLLM keeps no account of calls without a database."""

    async def async_log_success_event(
        self, kwargs: Mapping[str, Any], response_obj: Any, start_time: Any, end_time: Any
    ) -> None:
        """Account for a call that an upstream answered."""
        account = write(kwargs)
        if account is not None:
            await reservations.settle(CURRENT.get(), account)

    async def async_log_failure_event(
        self, kwargs: Mapping[str, Any], response_obj: Any, start_time: Any, end_time: Any
    ) -> None:
        """Account for a call that an upstream refused or did not finish."""
        write(kwargs)


def write(kwargs: Mapping[str, Any]) -> dict[str, Any] | None:
    """Write the account of one call, but for those of the health check, and return it."""
    payload = kwargs.get("standard_logging_object")
    if payload and payload.get("model_group") == WARM_UP_MODEL:
        runtime.after_loading()
    if not payload or payload.get("model_group") == WARM_UP_MODEL:
        return None
    account = entry(payload, asked_model(kwargs))
    call = CURRENT.get()
    if call is not None:
        account |= {"tier": call.tier, "estimated": call.left}
        account["served"] = named(account["fallback"] or account["model"], reservations.budgets)[1]
        if call.left and call.reservation is not None:
            # LiteLLM knows no cost then, or part of it.
            account["cost"] = call.reservation.nano / NANO
    entries.write(account)
    return account


ledger = Ledger()
