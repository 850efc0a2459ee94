"""In which order containers of a service are replaced, and how many serve meanwhile."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import samples

from ralex_stack.engines.rolling import Rollout, roll, rollout
from ralex_stack.plan import ContainerFact, secrets_digest
from ralex_stack.render.compose import CONFIG_LABEL

if TYPE_CHECKING:
    from typing import Any

SECRETS = {"valkey_password": "0123456789ab"}


def definition(replicas: int) -> dict[str, Any]:
    return samples.state({"gateway": {"replicas": replicas}}).bundle.services["gateway"]


def fact(name: str, wanted: dict[str, Any], **changes: Any) -> ContainerFact:
    values: dict[str, Any] = {
        "state": "running",
        "healthy": True,
        "config": wanted["labels"][CONFIG_LABEL],
        "secrets": secrets_digest(wanted["secrets"], SECRETS),
        **changes,
    }
    return ContainerFact(service="gateway", image="image", name=name, **values)


def acts(replicas: int, *changes: dict[str, Any]) -> list[str | int] | None:
    """What is done, in order: names that are removed, numbers that are made complete."""
    wanted = definition(replicas)
    found = [fact(f"g{number}", wanted, **each) for number, each in enumerate(changes, 1)]
    plan = rollout(wanted, SECRETS, found)
    if plan is None:
        return None
    done: list[str | int] = []
    roll(plan, done.append, done.append)
    return done


FRESH: dict[str, Any] = {}
OLD = {"config": "old"}
OTHER_SECRETS = {"secrets": "old"}
SICK = {"healthy": False}
GONE = {"state": "exited"}


@pytest.mark.parametrize(
    ("replicas", "containers", "expected"),
    [
        (2, [OLD, OLD], [2, "g1", 2, "g2"]),
        (2, [OTHER_SECRETS, OTHER_SECRETS], [2, "g1", 2, "g2"]),
        (2, [OLD, FRESH], [2, "g1"]),
        (2, [OLD], [2, "g1"]),
        (1, [OLD, OLD], [2, "g1", 2, "g2"]),
        (1, [OLD, FRESH], ["g1"]),
        (1, [OLD, OLD, OLD], [3, "g1", 3, "g2", "g3"]),
        (2, [FRESH, SICK], ["g2"]),
        (2, [OLD, GONE], ["g2", 2, "g1"]),
        (2, [FRESH, FRESH], None),
        (1, [OLD], None),
        (2, [], None),
        (2, [SICK, GONE], None),
    ],
)
def test_containers_are_replaced_one_after_the_other(
    replicas: int, containers: list[dict[str, Any]], expected: list[str | int] | None
) -> None:
    assert acts(replicas, *containers) == expected


def test_what_does_not_become_healthy_ends_it_and_leaves_what_serves() -> None:
    removed: list[str] = []

    def complete(count: int) -> None:
        raise RuntimeError(count)

    with pytest.raises(RuntimeError):
        roll(Rollout(2, 2, (), ("g1", "g2")), removed.append, complete)
    assert removed == []
