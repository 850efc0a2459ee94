"""Plans for a service of several containers."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from samples import facts_of, state
from test_plan import EMPTY, SECRETS, kinds, reasons

from ralex_stack.plan import make_plan

if TYPE_CHECKING:
    from ralex_stack.plan import ContainerFact

PAIR = state({"gateway": {"replicas": 2}}, secrets=SECRETS)


def pair(*changes: dict[str, Any]) -> tuple[ContainerFact, ...]:
    """Facts on so many gateways, which differ by these from healthy ones of a pair."""
    facts = {fact.service: fact for fact in facts_of(PAIR)}
    gateway = facts.pop("gateway")
    several = [replace(gateway, name=f"g{n}", **each) for n, each in enumerate(changes, 1)]
    return (*facts.values(), *several)


@pytest.mark.parametrize(
    ("changes", "kind", "reason"),
    [
        ([{}, {}], "keep", None),
        ([{}], "scale", "containers: 1 → 2"),
        ([{}, {}, {}], "scale", "containers: 3 → 2"),
        ([{}, {"state": "exited"}], "start", "g2 is exited"),
        ([{"healthy": False}, {}], "restart", "g1 is unhealthy"),
        ([{"state": "paused"}, {}], "unpause", "g1 is paused"),
        ([{}, {"config": "other"}], "change", "its container was made from another configuration"),
        ([{"config": "other"}], "change", "containers: 1 → 2"),
        ([{}, {"secrets": ""}], "restart", "its container was made with other secrets"),
    ],
)
def test_all_containers_of_a_service_decide(
    changes: list[dict[str, Any]], kind: str, reason: str | None
) -> None:
    plan = make_plan(PAIR, PAIR, pair(*changes))
    assert kinds(plan)["gateway"] == kind
    assert plan.changes is (kind != "keep")
    assert reason is None or reason in reasons(plan, "gateway")


def test_the_number_of_containers_is_no_reason_to_make_others_anew() -> None:
    one, two = EMPTY.bundle.services, PAIR.bundle.services
    assert one["edge"] == two["edge"]
    three = state({"gateway": {"replicas": 3}}, secrets=SECRETS)
    assert kinds(make_plan(three, PAIR, pair({}, {})))["gateway"] == "scale"
