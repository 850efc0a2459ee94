"""The hooks against the few names of LiteLLM that they use."""

from __future__ import annotations

import asyncio
import gc
import json
from typing import TYPE_CHECKING, Any

import pytest
from fake_litellm import HTTPError, ProviderConnectionError, ProxyError, Role, Stream, identify

from ralex_stack.gateway.budgets.policy import Budgets
from ralex_stack.gateway.call import CURRENT, Call
from ralex_stack.gateway.sessions import Session

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from types import ModuleType


def test_the_master_key_is_an_administrator_without_limits(hooks: dict[str, ModuleType]) -> None:
    identity = identify(hooks, "sk-master")
    assert identity.user_role is Role.PROXY_ADMIN
    assert (identity.models, identity.allowed_routes, identity.rpm_limit) == ([], [], None)


def test_a_scoped_key_is_limited_as_its_policy_says(hooks: dict[str, ModuleType]) -> None:
    identity = identify(hooks, "sk-sandbox")
    assert identity.user_role is Role.INTERNAL_USER
    assert (identity.key_alias, identity.user_id) == ("sandbox", "sandbox")
    assert (identity.models, identity.rpm_limit, identity.tpm_limit) == (["cheap"], 60, 1000)


def test_a_key_without_policy_may_use_every_model(hooks: dict[str, ModuleType]) -> None:
    identity = identify(hooks, "sk-client")
    assert (identity.models, identity.rpm_limit) == ([], None)


@pytest.mark.parametrize("key", ["sk-client", "sk-sandbox"])
def test_scoped_keys_are_confined_to_the_api_paths(hooks: dict[str, ModuleType], key: str) -> None:
    routes = identify(hooks, key).allowed_routes
    assert "/v1/chat/completions" in routes
    assert not [route for route in routes if route in ("", "/", "/v1") or "key" in route]


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", "/v1/responses/compact"),
        # As LiteLLM tells of a WebSocket.
        ("GET", "/v1/responses"),
        ("GET", "/v1/models/glm"),
        ("POST", "/key/generate"),
        ("POST", "/openrouter/chat/completions"),
    ],
)
def test_only_the_master_key_goes_beside_the_api_paths(
    hooks: dict[str, ModuleType], method: str, path: str
) -> None:
    assert identify(hooks, "sk-master", method, path).user_role is Role.PROXY_ADMIN
    for key in ("sk-client", "sk-sandbox"):
        with pytest.raises(ProxyError, match="path_closed") as refusal:
            identify(hooks, key, method, path)
        assert refusal.value.code == 403


@pytest.mark.parametrize("key", ["sk-other", "", None])
def test_another_key_is_answered_401(hooks: dict[str, ModuleType], key: str) -> None:
    with pytest.raises(ProxyError, match="ralex-stack env") as refusal:
        identify(hooks, key)
    assert refusal.value.code == 401


def call(group: str, **more: Any) -> dict[str, Any]:
    payload = {"model_group": group, "status": "success", "response_cost": 0.5, **more}
    return {"standard_logging_object": payload}


class Kept:
    """What the ledger has settled."""

    def __init__(self) -> None:
        self.budgets = Budgets(tiers={"smart": "sonnet"})
        self.costs: list[float] = []

    def settle(self, call: Any, account: dict[str, Any]) -> None:
        self.costs.append(account["cost"])


def ended(hooks: dict[str, ModuleType], kwargs: dict[str, Any], event: str = "success") -> Kept:
    """What comes of a call that LiteLLM tells of."""
    kept = Kept()
    log = getattr(hooks["ledger"].Ledger(kept), f"async_log_{event}_event")
    asyncio.run(log(kwargs, response_obj=None, start_time=None, end_time=None))
    return kept


@pytest.mark.parametrize(("event", "settled"), [("success", [0.5]), ("failure", [])])
def test_every_call_is_one_line_on_standard_output(
    hooks: dict[str, ModuleType],
    capsys: pytest.CaptureFixture[str],
    event: str,
    settled: list[float],
) -> None:
    for group in ("smart", "cheap"):
        assert ended(hooks, call(group), event).costs == settled
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [(line["model"], line["cost"]) for line in lines] == [("smart", 0.5), ("cheap", 0.5)]


@pytest.mark.parametrize("name", ["client", "virtual:client", "virtual:20a4978a8ac1"])
def test_the_ledger_names_keys_as_limits_do_whatever_alias_litellm_has(
    hooks: dict[str, ModuleType], capsys: pytest.CaptureFixture[str], name: str
) -> None:
    CURRENT.set(Call(name, False, Session(name, "")))
    try:
        ended(hooks, call("smart", metadata={"user_api_key_alias": "client"}))
    finally:
        CURRENT.set(None)
    assert json.loads(capsys.readouterr().out)["key"] == name


@pytest.mark.parametrize("kwargs", [{}, call("ralex-stack:warm-up")])
def test_the_warm_up_and_calls_without_payload_are_no_accounts(
    hooks: dict[str, ModuleType], capsys: pytest.CaptureFixture[str], kwargs: dict[str, Any]
) -> None:
    assert ended(hooks, kwargs).costs == []
    assert capsys.readouterr().out == ""


def test_what_is_loaded_after_the_warm_up_is_left_to_itself(hooks: dict[str, ModuleType]) -> None:
    gc.unfreeze()
    ended(hooks, call("smart"))
    assert gc.get_freeze_count() == 0
    ended(hooks, call("ralex-stack:warm-up"))
    frozen = gc.get_freeze_count()
    made_later = [[number] for number in range(1000)]
    ended(hooks, call("ralex-stack:warm-up"))
    frozen_later = gc.get_freeze_count()
    gc.unfreeze()
    assert frozen > 0
    assert frozen_later < frozen + len(made_later)


def test_the_model_of_the_health_check_is_not_listed(hooks: dict[str, ModuleType]) -> None:
    listed = hooks["policy"].policy.async_filter_listed_models(
        None, ["smart", "ralex-stack:warm-up", "tier:smart"]
    )
    assert asyncio.run(listed) == ["smart", "tier:smart"]


def before(hooks: dict[str, ModuleType], data: dict[str, Any], key: str = "sk-sandbox") -> None:
    hook = hooks["policy"].policy.async_pre_call_hook
    asyncio.run(hook(identify(hooks, key), None, data, "acompletion"))


@pytest.mark.parametrize(
    "extra",
    [
        {"api_key": "own"},
        {"headers": {"Authorization": "Bearer own"}},
        {"extra_headers": {"x-api-key": "own"}},
        {"user_config": {"model_list": []}},
        {"fallbacks": [{"model": "smart", "api_key": "own"}]},
        {"context_window_fallbacks": [{"cheap": [{"model": "smart", "headers": {}}]}]},
    ],
)
def test_a_key_of_the_clients_own_is_refused(
    hooks: dict[str, ModuleType], extra: dict[str, Any]
) -> None:
    with pytest.raises(HTTPError, match="leave it out") as refusal:
        before(hooks, {"model": "cheap", "messages": [], **extra})
    assert refusal.value.status_code == 400


@pytest.mark.parametrize(
    "data",
    [
        {"model": "ralex-stack:warm-up"},
        {"model": "smart, ralex-stack:warm-up"},
        {"model": ["smart", "ralex-stack:warm-up"]},
        {"model": "smart", "fallbacks": ["ralex-stack:warm-up"]},
        {"model": "smart", "context_window_fallbacks": [{"smart": ["ralex-stack:warm-up"]}]},
        {"model": "smart", "fallbacks": [{"model": "ralex-stack:warm-up", "messages": []}]},
    ],
)
def test_only_the_master_key_calls_the_model_of_the_health_check(
    hooks: dict[str, ModuleType], data: dict[str, Any]
) -> None:
    for key in ("sk-client", "sk-sandbox"):
        with pytest.raises(HTTPError, match="model-not-served") as refusal:
            before(hooks, data, key)
        assert refusal.value.status_code == 400
    before(hooks, data, "sk-master")


@pytest.mark.parametrize("model", ["smart,cheap", ["smart", "cheap"], ["smart"], {"smart": 1}])
def test_a_request_names_one_model(hooks: dict[str, ModuleType], model: Any) -> None:
    with pytest.raises(HTTPError, match="Name one") as refusal:
        before(hooks, {"model": model, "messages": []})
    assert refusal.value.status_code == 400


@pytest.mark.parametrize("extra", [{}, {"fallbacks": ["smart"]}, {"fallbacks": "smart"}])
def test_other_requests_pass(hooks: dict[str, ModuleType], extra: dict[str, Any]) -> None:
    before(hooks, {"model": "cheap", "messages": [{"role": "user", "content": "api_key"}], **extra})


@pytest.fixture
def stream_class(hooks: dict[str, ModuleType], monkeypatch: pytest.MonkeyPatch) -> type[Stream]:
    monkeypatch.setattr(Stream, "finish_reason_handler", Stream.finish_reason_handler)
    hooks["unfinished"].tell()
    return Stream


@pytest.mark.parametrize("stream", [Stream("length"), Stream(None, "tool_calls")])
def test_the_end_that_a_provider_sent_is_kept(stream_class: type[Stream], stream: Stream) -> None:
    assert stream.finish_reason_handler() in ("length", "tool_calls")


def test_no_end_is_made_up(stream_class: type[Stream]) -> None:
    with pytest.raises(ProviderConnectionError, match=r"without saying.*openrouter/m"):
        stream_class().finish_reason_handler()


def test_what_litellm_plays_itself_needs_no_end(stream_class: type[Stream]) -> None:
    async def async_mock_completion_streaming_obj() -> AsyncIterator[str]:
        yield "ready"

    stream = stream_class()
    stream.completion_stream = async_mock_completion_streaming_obj()
    assert stream.finish_reason_handler() == "stop"
