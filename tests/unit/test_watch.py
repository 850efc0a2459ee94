"""Services as they are watched, on a stand-in of the engine."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

import pytest
from fake_engine import FakeEngine, container

from ralex_stack.engines.docker import DockerFacts
from ralex_stack.engines.watch import watching
from ralex_stack.errors import EngineError
from ralex_stack.progress import Event, ServiceState, nobody

if TYPE_CHECKING:
    from collections.abc import Callable


def until(heard: list[Event]) -> tuple[Callable[[Event], None], threading.Event]:
    """A listener, and whether it has heard something."""
    told = threading.Event()

    def listen(event: Event) -> None:
        heard.append(event)
        told.set()

    return listen, told


def test_each_change_is_told_once(engine: FakeEngine) -> None:
    engine.containers = [container("edge"), container("gateway", health="starting")]
    heard: list[Event] = []
    listen, told = until(heard)
    with watching(DockerFacts(engine.runner(), "ralex"), listen):
        engine.containers = [container("edge"), container("gateway")]
        assert told.wait(30)
        engine.containers = [container("gateway"), container("valkey", state="created")]
    assert heard == [
        ServiceState("gateway", "healthy"),
        ServiceState("valkey", "created"),
        ServiceState("edge", "removed"),
    ]


def test_containers_of_workspaces_are_not_told(engine: FakeEngine) -> None:
    heard: list[Event] = []
    with watching(DockerFacts(engine.runner(), "ralex"), heard.append):
        engine.containers = [container("workspace", one_off=True), container("cache", health=None)]
    assert heard == [ServiceState("cache", "running")]


def test_an_engine_that_goes_away_is_the_business_of_who_asked_for_something(
    engine: FakeEngine,
) -> None:
    heard: list[Event] = []
    with watching(DockerFacts(engine.runner(), "ralex"), heard.append):
        engine.silent = True
    assert heard == []
    with (
        pytest.raises(EngineError),
        watching(DockerFacts(engine.runner(), "ralex"), heard.append),
    ):
        pass


def test_nobody_is_told_for_nothing(engine: FakeEngine) -> None:
    engine.silent = True
    with watching(DockerFacts(engine.runner(), "ralex"), nobody):
        pass


def test_a_failure_inside_is_raised(engine: FakeEngine) -> None:
    with (
        pytest.raises(ZeroDivisionError),
        watching(DockerFacts(engine.runner(), "ralex"), lambda _: None),
    ):
        raise ZeroDivisionError
