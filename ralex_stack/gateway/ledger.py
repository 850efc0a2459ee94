"""LiteLLM callback that accounts for every call on standard output, one JSON line each."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from litellm.integrations.custom_logger import CustomLogger

from ralex_stack.gateway import entries, runtime
from ralex_stack.gateway.call import CURRENT
from ralex_stack.gateway.entries import asked_model, entry
from ralex_stack.gateway.names import EMBEDDING_MODEL, WARM_UP_MODEL

if TYPE_CHECKING:
    from collections.abc import Mapping


class Ledger(CustomLogger):  # type: ignore[misc]
    """Writes one line per finished call; LiteLLM keeps no account of calls without a database."""

    async def async_log_success_event(
        self, kwargs: Mapping[str, Any], response_obj: Any, start_time: Any, end_time: Any
    ) -> None:
        """Account for a call that an upstream answered."""
        write(kwargs)

    async def async_log_failure_event(
        self, kwargs: Mapping[str, Any], response_obj: Any, start_time: Any, end_time: Any
    ) -> None:
        """Account for a call that an upstream refused or did not finish."""
        write(kwargs)


def write(kwargs: Mapping[str, Any]) -> None:
    """Write the account of one call, but for those that the gateway makes for itself."""
    payload = kwargs.get("standard_logging_object")
    model = payload.get("model_group") if payload else None
    if model == WARM_UP_MODEL:
        runtime.after_loading()
    elif payload and model != EMBEDDING_MODEL:
        call = CURRENT.get()
        entries.write(entry(payload, asked_model(kwargs)) | (call.account if call else {}))


ledger = Ledger()
