"""Services of several containers change one container after the other, while the others serve."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ralex_stack.bundle import replicas_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from ralex_stack.plan import ContainerFact


@dataclass(frozen=True)
class Rollout:
    """What a service's containers have to become."""

    count: int
    """Containers that there are meanwhile: as many as there were, or are to be."""
    wanted: int
    """Containers in the end."""
    broken: tuple[str, ...]
    """Names of those that are to be replaced and serve nobody."""
    serving: tuple[str, ...]
    """Names of those that are to be replaced and serve until others do."""
    fresh: int = 0
    """How many are as they are to be."""


def rollout(
    definition: Mapping[str, Any],
    secrets: Mapping[str, str],
    containers: Iterable[ContainerFact],
) -> Rollout | None:
    """The rollout that a change of a service needs.

    None where there is nobody to go on serving, or nothing to replace: Compose alone does it then.
    """
    found = tuple(containers)
    stale = [each for each in found if not each.is_made_as(definition, secrets)]
    bad = [each for each in found if each.state != "running" or each.healthy is False]
    serving = tuple(each.name for each in stale if each not in bad)
    broken = tuple(each.name for each in found if each in bad)
    wanted = replicas_of(definition)
    count = max(wanted, len(found))
    if count == 1 or not (serving or broken) or len(broken) == len(found):
        return None
    return Rollout(count, wanted, broken, serving, len(found) - len(broken) - len(serving))


def roll(plan: Rollout, remove: Callable[[str], None], complete: Callable[[int], None]) -> None:
    """Replace what is to be replaced; `complete` makes what is missing of so many, and waits.

    In the end there may be too few containers, but none that is old. Where there are to be fewer,
    the old ones are removed here: Compose would remove those that it made last. What `complete`
    raises ends it, and what serves by then goes on.
    """
    for name in plan.broken:
        remove(name)
    fresh = plan.fresh
    for old, name in zip(range(len(plan.serving), 0, -1), plan.serving, strict=True):
        if fresh < plan.wanted:
            complete(plan.count)
            fresh = plan.count - old
        remove(name)
