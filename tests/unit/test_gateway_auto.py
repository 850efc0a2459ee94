"""Calls of `auto`: chosen once a session, with or without the store that replicas share."""

from __future__ import annotations

import asyncio
from dataclasses import asdict, dataclass, field
from typing import Any

import pytest
from test_gateway_sessions import Away, Clock

from ralex_stack.gateway.auto import NAMED, Auto
from ralex_stack.gateway.call import Call
from ralex_stack.gateway.choosing import choose
from ralex_stack.gateway.names import WARM_UP_MODEL
from ralex_stack.gateway.session_tiers import KEPT_SECONDS, MOST, SessionTiers
from ralex_stack.gateway.sessions import Session
from ralex_stack.routing.rules import Route, Rule, Rules

SERVED = {"tier:cheap": "cheap", "tier:smart": "smart", "tier:standard": "standard", "glm": "smart"}
PATTERNS = Rules(
    "patterns",
    "standard",
    {"format": "cheap", "debug": "smart"},
    (Rule("format", "format"), Rule("debug", "crash")),
    SERVED,
)
INTENT = Rules("intent", "standard", {"debug": "smart"}, (), SERVED)


class Store:
    """As much of LiteLLM's client of Valkey as is used."""

    def __init__(self) -> None:
        self.kept: dict[str, Any] = {}

    async def async_get_cache(self, key: str) -> Any:
        return self.kept.get(key)

    async def async_set_cache(self, key: str, value: Any, ttl: int, nx: bool = False) -> bool:
        assert ttl == KEPT_SECONDS
        if nx and key in self.kept:
            return False
        self.kept[key] = value
        return True


@dataclass
class Router:
    """As much of LiteLLM's router as is asked."""

    answer: Any = None
    asked: list[str] = field(default_factory=list)

    async def async_pre_routing_hook(
        self, model: str, request_kwargs: dict[str, Any], messages: list[dict[str, str]]
    ) -> Any:
        assert model == "auto"
        self.asked.append(messages[0]["content"])
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer


@dataclass
class Answer:
    routing_decision: dict[str, Any]


DEBUG = Answer({"cause": "semantic_match", "routed_model": "debug"})


def ask(
    auto: Auto,
    prompt: str,
    *,
    session: str = "ses_1",
    model: str = "auto",
    opencode: bool = False,
    tools: bool = False,
) -> tuple[str, Call]:
    """The model that a call ends up with, and what was noted of the call."""
    data: dict[str, Any] = {"model": model, "messages": [{"role": "user", "content": prompt}]}
    if tools:
        data["tools"] = [{}]
    call = Call("client", opencode, Session("client", session))
    asyncio.run(auto.apply(call, data))
    return data["model"], call


def made(store: Any = None, rules: Rules = PATTERNS, router: Any = None) -> Auto:
    return Auto(rules, SessionTiers(lambda: store), lambda: router)


def test_the_answer_and_the_account_say_which_tier_serves() -> None:
    model, call = ask(made(), "format this")
    assert model == "tier:cheap"
    assert call.headers == {"x-ralex-tier": "cheap", "x-ralex-intent": "format"}
    assert call.account == {"tier": "cheap", "intent": "format", "route": "pattern 1"}


def test_where_nothing_matches_the_default_tier_serves_without_an_intent() -> None:
    model, call = ask(made(), "hello")
    assert model == "tier:standard"
    assert call.headers == {"x-ralex-tier": "standard"}


@pytest.mark.parametrize("store", [Store(), None, Away()], ids=["valkey", "none", "away"])
def test_a_session_stays_on_its_tier(store: Any) -> None:
    auto = made(store)
    assert ask(auto, "format this")[0] == "tier:cheap"
    model, call = ask(auto, "now it crashes")
    assert model == "tier:cheap"
    assert call.account["route"] == "session: pattern 1"
    assert ask(auto, "it crashes", session="ses_2")[0] == "tier:smart"


def test_a_session_stays_on_its_tier_across_a_restart_and_for_other_replicas() -> None:
    store = Store()
    ask(made(store), "format this")
    assert ask(made(store), "it crashes")[0] == "tier:cheap"


def test_without_a_session_each_request_is_chosen_for() -> None:
    auto = made(Store())
    assert ask(auto, "format this", session="")[0] == "tier:cheap"
    assert ask(auto, "it crashes", session="")[0] == "tier:smart"


@pytest.mark.parametrize("model", ["tier:smart", "glm"])
def test_the_user_changes_the_tier_by_asking_for_another_by_name(model: str) -> None:
    auto = made(Store())
    ask(auto, "format this")
    asked, named = ask(auto, "format this", model=model)
    assert asked == model
    assert named.headers == {}
    assert named.account == {}
    again, call = ask(auto, "format this")
    assert again == "tier:smart"
    assert call.account["route"] == f"session: {NAMED}"


def test_a_model_that_leads_no_tier_leaves_the_session_where_it_is() -> None:
    auto = made(Store())
    ask(auto, "format this")
    ask(auto, "format this", model="some-other-model")
    assert ask(auto, "it crashes")[0] == "tier:cheap"


def test_what_opencode_asks_for_itself_decides_nothing_for_the_session() -> None:
    auto = made(Store())
    assert ask(auto, "format: make a title", opencode=True)[0] == "tier:cheap"
    ask(auto, "make a title", model="tier:cheap", opencode=True)
    assert ask(auto, "it crashes", opencode=True, tools=True)[0] == "tier:smart"


def test_a_tier_that_is_gone_is_chosen_anew() -> None:
    store = Store()
    ask(made(store), "format this")
    without = Rules("patterns", "standard", {}, (), {"tier:standard": "standard"})
    assert ask(made(store, without), "format this")[0] == "tier:standard"


def test_litellm_is_asked_once_a_session_by_its_first_words() -> None:
    router = Router(DEBUG)
    auto = made(Store(), INTENT, router)
    assert ask(auto, "a")[0] == "tier:smart"
    assert ask(auto, "b")[0] == "tier:smart"
    assert router.asked == ["a"]


def test_a_choice_that_fails_is_the_default_tier_and_says_so() -> None:
    router = Router(ConnectionError("refused"))
    model, call = ask(made(Store(), INTENT, router), "a")
    assert model == "tier:standard"
    assert call.account["route"] == "intent failed: ConnectionError"


def test_a_choice_that_hangs_is_the_default_tier(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ralex_stack.gateway.choosing.CHOICE_SECONDS", 0.01)

    class Hanging:
        async def async_pre_routing_hook(self, **_: Any) -> None:
            await asyncio.Event().wait()

    route = asyncio.run(choose(INTENT, Hanging(), "a"))
    assert route == Route("standard", None, "intent failed: TimeoutError")


def test_the_health_check_has_the_examples_embedded_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ralex_stack.gateway.auto.RETRY_SECONDS", 0)
    router = Router(ConnectionError("not there yet"))
    auto = made(None, INTENT, router)
    call = Call("master", False, Session("master", ""))

    async def twice() -> None:
        first = asyncio.ensure_future(auto.apply(call, {"model": WARM_UP_MODEL}))
        while len(router.asked) < 3:
            await asyncio.sleep(0)
        router.answer = DEBUG
        await first
        tries = len(router.asked)
        await auto.apply(call, {"model": WARM_UP_MODEL})
        assert len(router.asked) == tries

    asyncio.run(twice())


def test_a_process_remembers_so_many_sessions_for_so_long() -> None:
    clock = Clock()
    tiers = SessionTiers(lambda: None, clock)

    async def fill() -> list[bool]:
        for number in range(MOST + 1):
            await tiers.put(Session("a", str(number)), Route("cheap", None, "x"))
        found = [await tiers.get(Session("a", str(number))) is not None for number in (0, MOST)]
        clock.now = KEPT_SECONDS
        return [*found, await tiers.get(Session("a", str(MOST))) is not None]

    assert asyncio.run(fill()) == [False, True, False]


@pytest.mark.parametrize("kept", [None, Route("smart", "debug", "of another gateway")])
def test_of_two_gateways_that_choose_for_a_session_the_first_is_followed(
    kept: Route | None,
) -> None:
    store, route = Store(), Route("cheap", None, "x")
    if kept is not None:
        store.kept["ralex-stack:tier:client:ses_1"] = asdict(kept)
    tiers = SessionTiers(lambda: store)
    session = Session("client", "ses_1")
    assert asyncio.run(tiers.first(session, route)) == (kept or route)
    assert asyncio.run(SessionTiers(lambda: store).get(session)) == (kept or route)


def test_what_is_kept_in_another_form_counts_for_nothing() -> None:
    store = Store()
    store.kept["ralex-stack:tier:client:ses_1"] = {"tier": "cheap", "other": 1}
    assert ask(made(store), "it crashes")[0] == "tier:smart"
