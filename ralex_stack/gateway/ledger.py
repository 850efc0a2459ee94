"""LiteLLM callback that accounts for every call on standard output, one JSON line each."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from litellm.integrations.custom_logger import CustomLogger

from ralex_stack.gateway import entries, runtime
from ralex_stack.gateway.budgets.policy import NANO, named
from ralex_stack.gateway.budgets.service import reservations
from ralex_stack.gateway.call import CURRENT
from ralex_stack.gateway.entries import asked_model, entry
from ralex_stack.gateway.names import EMBEDDING_MODEL, WARM_UP_MODEL

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ralex_stack.gateway.budgets.reservations import Reservations


class Ledger(CustomLogger):  # type: ignore[misc]
    """Writes one line per finished call; LiteLLM keeps no account of calls without a database."""

    def __init__(self, kept: Reservations) -> None:
        super().__init__()
        self._kept = kept

    async def async_log_success_event(
        self, kwargs: Mapping[str, Any], response_obj: Any, start_time: Any, end_time: Any
    ) -> None:
        """Account for a call that an upstream answered."""
        account = self._write(kwargs)
        if account is not None:
            self._kept.settle(CURRENT.get(), account)

    async def async_log_failure_event(
        self, kwargs: Mapping[str, Any], response_obj: Any, start_time: Any, end_time: Any
    ) -> None:
        """Account for a call that an upstream refused or did not finish."""
        self._write(kwargs)

    def _write(self, kwargs: Mapping[str, Any]) -> dict[str, Any] | None:
        """Write the account of one call, but for those that the gateway makes for itself."""
        payload = kwargs.get("standard_logging_object")
        if not payload:
            return None
        if payload.get("model_group") == WARM_UP_MODEL:
            runtime.after_loading()
        if payload.get("model_group") in (WARM_UP_MODEL, EMBEDDING_MODEL):
            return None
        account = entry(payload, asked_model(kwargs))
        model = account["fallback"] or account["model"] or ""
        account["served"] = named(model, self._kept.budgets)[1]
        call = CURRENT.get()
        if call is not None:
            # Not by LiteLLM's alias, which is the stack's own name for a key as well as anybody's.
            account |= {"key": call.alias, **call.account}
            account |= {"tier": call.tier, "estimated": call.left}
            if call.left and call.reservation is not None:
                # LiteLLM knows no cost then, or part of it.
                account["cost"] = call.reservation.nano / NANO
        entries.write(account)
        return account


ledger = Ledger(reservations)
