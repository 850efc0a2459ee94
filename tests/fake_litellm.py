"""The few names of LiteLLM that the gateway's hooks use; LiteLLM itself is in the image."""

from __future__ import annotations

import asyncio
import importlib
import sys
from contextlib import contextmanager
from dataclasses import dataclass, field
from enum import Enum
from types import ModuleType, SimpleNamespace
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    import pytest

HOOKS = ("auth", "generations", "ledger", "policy", "unfinished")
ENVIRONMENT = {
    "LITELLM_MASTER_KEY": "sk-master",
    "GATEWAY_KEY_CLIENT": "sk-client",
    "GATEWAY_KEY_SANDBOX": "sk-sandbox",
}
POLICIES = '{"sandbox": {"models": ["cheap"], "rpm": 60, "tpm": 1000}}'


class Role(Enum):
    PROXY_ADMIN = "proxy_admin"
    INTERNAL_USER = "internal_user"


class ProxyError(Exception):
    def __init__(self, message: str, type: str, param: str, code: int) -> None:  # noqa: A002
        super().__init__(message)
        self.code = code


class HTTPError(Exception):
    def __init__(self, status_code: int, detail: str) -> None:
        super().__init__(detail)
        self.status_code = status_code
        self.detail = detail


class CustomLogger:
    pass


class ProviderConnectionError(Exception):
    def __init__(self, message: str, llm_provider: str, model: str) -> None:
        super().__init__(f"{message} ({llm_provider}/{model})")


@dataclass
class Stream:
    """As much of LiteLLM's CustomStreamWrapper as is used."""

    received_finish_reason: str | None = None
    intermittent_finish_reason: str | None = None
    custom_llm_provider: str | None = "openrouter"
    model: str = "m"
    completion_stream: object = None
    _response_headers: Mapping[str, str] | None = None
    sent_first_chunk: bool = False

    def chunk_creator(self, chunk: object) -> object:
        self.sent_first_chunk = True
        return chunk

    def finish_reason_handler(self) -> str:
        return self.received_finish_reason or self.intermittent_finish_reason or "stop"

    def _log_stream_failure_and_raise(self, error: Exception) -> None:
        raise error


@dataclass
class Response:
    headers: Mapping[str, str]


@dataclass
class ResponsesStream:
    """As much of LiteLLM's BaseResponsesAPIStreamingIterator as is used."""

    response: Response


@dataclass
class Identity:
    api_key: str
    key_alias: str
    user_id: str
    user_role: Role
    models: list[str]
    rpm_limit: int | None
    tpm_limit: int | None
    allowed_routes: list[str] = field(default_factory=list)


LITELLM: dict[str, dict[str, Any]] = {
    "fastapi": {"HTTPException": HTTPError},
    "litellm": {},
    "litellm.exceptions": {"APIConnectionError": ProviderConnectionError},
    "litellm.litellm_core_utils": {},
    "litellm.litellm_core_utils.streaming_handler": {"CustomStreamWrapper": Stream},
    "litellm.integrations": {},
    "litellm.integrations.custom_logger": {"CustomLogger": CustomLogger},
    "litellm.responses": {},
    "litellm.responses.streaming_iterator": {"BaseResponsesAPIStreamingIterator": ResponsesStream},
    "litellm.proxy": {},
    "litellm.proxy._types": {
        "LitellmUserRoles": Role,
        "ProxyException": ProxyError,
        "UserAPIKeyAuth": Identity,
    },
}


@contextmanager
def hooks(monkeypatch: pytest.MonkeyPatch, directory: Path) -> Iterator[dict[str, ModuleType]]:
    """The hooks, imported anew, by name."""
    (directory / "keys.json").write_text(POLICIES)
    monkeypatch.setenv("RALEX_GATEWAY_CONFIG", str(directory / "litellm.yaml"))
    for name, value in ENVIRONMENT.items():
        monkeypatch.setenv(name, value)
    for name, content in LITELLM.items():
        module = ModuleType(name)
        vars(module).update(content)
        monkeypatch.setitem(sys.modules, name, module)
    names = [f"ralex_stack.gateway.{name}" for name in HOOKS]
    for name in names:
        monkeypatch.delitem(sys.modules, name, raising=False)
    yield {name.rpartition(".")[2]: importlib.import_module(name) for name in names}
    for name in names:
        sys.modules.pop(name, None)


def identify(
    hooks: dict[str, ModuleType], key: str, method: str = "POST", path: str = "/v1/messages"
) -> Identity:
    """Whose key it is, as the hook says."""
    request = SimpleNamespace(scope={"method": method, "path": path})
    identity = asyncio.run(hooks["auth"].authenticate(request, key))
    assert isinstance(identity, Identity)
    return identity
