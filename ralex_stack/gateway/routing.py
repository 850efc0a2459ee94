"""LiteLLM hook for the model `auto`; where the settings have none, it is not named to LiteLLM."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from litellm.integrations.custom_logger import CustomLogger
from litellm.proxy import proxy_server

from ralex_stack.gateway.auto import Auto
from ralex_stack.gateway.call import CURRENT
from ralex_stack.gateway.names import CONFIG, DEFAULT_CONFIG
from ralex_stack.gateway.serve import valkey
from ralex_stack.gateway.session_tiers import SessionTiers
from ralex_stack.routing.rules import load_rules


class Routing(CustomLogger):  # type: ignore[misc]
    """Asked about each call before LiteLLM's router is."""

    def __init__(self, auto: Auto | None) -> None:
        super().__init__()
        self._auto = auto

    async def async_pre_call_hook(
        self, user_api_key_dict: Any, cache: Any, data: dict[str, Any], call_type: str
    ) -> None:
        """Change the model of the call, where it is `auto`."""
        call = CURRENT.get()
        if self._auto is not None and call is not None:
            await self._auto.apply(call, data)


def _auto(config: Path) -> Auto | None:
    rules = load_rules(config)
    return Auto(rules, SessionTiers(valkey), _router) if rules is not None else None


def _router() -> Any:
    """LiteLLM makes it anew where its configuration changes."""
    return proxy_server.llm_router


routing = Routing(_auto(Path(os.environ.get(CONFIG, DEFAULT_CONFIG))))
