"""LiteLLM's virtual keys beside the stack's own."""

from __future__ import annotations

import asyncio
import sys
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest
from fake_litellm import ProxyError, Role, identify

from ralex_stack.gateway import virtual
from ralex_stack.gateway.budgets.policy import Budgets, Limit
from ralex_stack.gateway.call import Call
from ralex_stack.gateway.scoped_keys.key import ALIAS
from ralex_stack.gateway.sessions import Session


class Tables:
    """LiteLLM's table of keys: a virtual key, and a session of the admin UI."""

    async def get_key_object(self, hashed_token: str, **_: Any) -> Any:
        teams = {"#sk-virtual": "a-team", "#sk-session": "litellm-dashboard"}
        return SimpleNamespace(team_id=teams[hashed_token])


@pytest.fixture
def with_database(
    hooks: dict[str, ModuleType], monkeypatch: pytest.MonkeyPatch
) -> dict[str, ModuleType]:
    monkeypatch.setenv("DATABASE_URL", "postgresql://somewhere")
    server = {"prisma_client": None, "user_api_key_cache": None, "proxy_logging_obj": None}
    types = sys.modules["litellm.proxy._types"]
    vars(types).update(UI_TEAM_ID="litellm-dashboard", hash_token=lambda key: f"#{key}")
    for name, content in {
        "litellm.proxy.proxy_server": server,
        "litellm.proxy.auth": {},
        "litellm.proxy.auth.auth_checks": {"get_key_object": Tables().get_key_object},
    }.items():
        module = ModuleType(name)
        vars(module).update(content)
        monkeypatch.setitem(sys.modules, name, module)
    vars(sys.modules["litellm.proxy"])["proxy_server"] = sys.modules["litellm.proxy.proxy_server"]
    return hooks


def asked(hooks: dict[str, ModuleType], path: str, key: str | None) -> Any:
    method = "GET" if path.endswith("/models") else "POST"
    request = SimpleNamespace(scope={"method": method, "path": path})
    return asyncio.run(hooks["auth"].authenticate(request=request, api_key=key))


@pytest.mark.parametrize("key", ["sk-virtual", "sk-nobody", "sk-session"])
@pytest.mark.parametrize("path", ["/v1/messages", "/chat/completions", "/v1/models"])
def test_with_a_database_litellm_decides_about_other_keys(
    with_database: dict[str, ModuleType], path: str, key: str
) -> None:
    assert asked(with_database, path, key) == key


@pytest.mark.parametrize("path", ["/key/info", "/openrouter/chat/completions", "/user/info"])
def test_a_virtual_key_reaches_nothing_else(
    with_database: dict[str, ModuleType], path: str
) -> None:
    for key in ("sk-virtual", "sk-nobody"):
        with pytest.raises(ProxyError, match="virtual-key-scoped") as refusal:
            asked(with_database, path, key)
        assert refusal.value.code == 403
    assert asked(with_database, path, "sk-session") == "sk-session"
    assert asked(with_database, path, "sk-master").user_role is Role.PROXY_ADMIN


def test_with_a_database_the_keys_of_the_stack_are_what_they_were(
    with_database: dict[str, ModuleType],
) -> None:
    assert identify(with_database, "sk-sandbox").models == ["cheap"]


@pytest.mark.parametrize("key", ["", None])
def test_with_a_database_too_calls_need_a_key(
    with_database: dict[str, ModuleType], key: str | None
) -> None:
    with pytest.raises(ProxyError, match="ralex-stack env") as refusal:
        asked(with_database, "/v1/chat/completions", key)
    assert refusal.value.code == 401
    # The page where one logs in asks for this without a key; LiteLLM knows what is public.
    assert asked(with_database, "/.well-known/litellm-ui-config", key) == ""


def test_the_middleware_knows_such_a_key_by_its_digest() -> None:
    key = virtual.stranger("sk-virtual")
    assert key is not None
    assert key.alias == "virtual:20a4978a8ac1"
    assert (key.is_master, key.policy.client) == (False, "any")
    assert virtual.stranger("") is None


DIGEST = "virtual:20a4978a8ac1"


def called(alias: str) -> Call:
    return Call(alias, False, Session(alias, ""))


@pytest.mark.parametrize("alias", ["ada", "client", "sandbox", "ci", "Ada's key", "ada:daily"])
def test_a_virtual_key_is_named_by_its_alias_and_meets_no_key_of_the_stack(alias: str) -> None:
    call = called(DIGEST)
    virtual.name(call, alias)
    virtual.name(call, alias)
    assert call.key_names == (f"virtual:{alias}", DIGEST)
    assert not ALIAS.fullmatch(call.alias)


@pytest.mark.parametrize("alias", [None, "", "20a4978a8ac2", "a\x1b[2J", "a\nb", "x" * 129, 7])
def test_an_alias_that_could_be_another_keys_digest_is_none(alias: object) -> None:
    call = called(DIGEST)
    virtual.name(call, alias)
    assert call.key_names == (DIGEST,)


@pytest.mark.parametrize("own", ["client", "sandbox", "master", "ada@example.com"])
def test_the_stacks_own_keys_keep_their_names(own: str) -> None:
    call = called(own)
    virtual.name(call, "ada")
    assert call.key_names == (own,)


@pytest.mark.parametrize(("named", "counted"), [("virtual:ada", 1), (DIGEST, 1), ("ada", 0)])
def test_limits_name_a_virtual_key_by_alias_or_digest(named: str, counted: int) -> None:
    call = called(DIGEST)
    virtual.name(call, "ada")
    budgets = Budgets(limits=(Limit("key", named, "daily", 1.0),))
    assert len(budgets.counters(keys=call.key_names, model="m", tier=None)) == counted
