"""A turn is begun only where the services that it needs work."""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING

import pytest
from controllers import up

from ralex_stack.errors import UnhealthyError
from ralex_stack.readiness import replicas, require_working

if TYPE_CHECKING:
    from controllers import Make
    from fake_engine import FakeEngine


def service(engine: FakeEngine, name: str) -> dict[str, dict[str, object]]:
    labels = ((c, c["Config"]["Labels"]["com.docker.compose.service"]) for c in engine.containers)
    return next(container for container, found in labels if found == name)


@pytest.mark.parametrize(
    ("state", "health", "said"),
    [
        ("paused", "unhealthy", "gateway is paused"),
        ("exited", "unhealthy", "gateway is exited"),
        ("running", "unhealthy", "gateway is unhealthy"),
        ("", "", "gateway has no container"),
    ],
)
def test_what_does_not_work_is_named(
    make: Make, engine: FakeEngine, state: str, health: str, said: str
) -> None:
    up(make())
    gateway = service(engine, "gateway")
    if state:
        gateway["State"] |= {"Status": state, "Health": {"Status": health}}
    else:
        engine.containers.remove(gateway)
    with pytest.raises(UnhealthyError, match=f"does not work: {said}") as error:
        require_working(make())
    assert "ralex-stack up" in error.value.hint


@pytest.mark.parametrize("health", ["healthy", "starting"])
def test_what_works_or_is_about_to_is_no_hindrance(
    make: Make, engine: FakeEngine, health: str
) -> None:
    up(make())
    service(engine, "gateway")["State"]["Health"] = {"Status": health}
    service(engine, "opencode")["State"]["Status"] = "exited"
    require_working(make())


@pytest.mark.parametrize(("health", "well"), [("unhealthy", 1), ("healthy", 2)])
def test_one_of_two_gateways_is_enough_to_begin(
    make: Make, engine: FakeEngine, health: str, well: int
) -> None:
    up(controller := make("[gateway]\nreplicas = 2"))
    other = copy.deepcopy(service(engine, "gateway"))
    other["State"]["Health"] = {"Status": health}
    engine.containers.append(other | {"Id": "other", "Name": "/ralex-gateway-2"})
    require_working(controller)
    counted = replicas(controller.state.applied(), controller.facts.containers())
    assert counted == {"gateway": (well, 2)}
