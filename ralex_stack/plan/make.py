"""From the wanted state, the applied one and facts on containers to a plan."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any

from ralex_stack.bundle import replicas_of
from ralex_stack.plan.differences import definition_differences, file_differences
from ralex_stack.plan.effects import effects_of
from ralex_stack.plan.model import COMPLETED, Action, ContainerFact, Plan
from ralex_stack.render.compose import CONFIG_LABEL

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from ralex_stack.plan.model import State

Definition = dict[str, Any]

_ONE_OFF_NOTE = "applies to the next `run` or `code`; running ones keep the old configuration"


def make_plan(
    wanted: State,
    applied: State | None,
    facts: tuple[ContainerFact, ...],
    images_missing: frozenset[str] = frozenset(),
) -> Plan:
    """What has to be done to make the stack the wanted one.

    `facts` are on containers of services, without one-off ones. `images_missing` are references
    of images that the engine does not have.
    """
    containers: dict[str, list[ContainerFact]] = defaultdict(list)
    for fact in facts:
        containers[fact.service].append(fact)
    services = wanted.bundle.services
    comparison = _Comparison(wanted, applied)
    actions = [
        action
        for service, definition in services.items()
        if (action := comparison.action(service, definition, containers.get(service, [])))
    ]
    actions += [
        Action(service, "remove", ("no longer part of the stack",))
        for service in sorted(containers.keys() - services.keys())
    ]
    images = {definition["image"] for definition in services.values()}
    return Plan(tuple(actions), effects_of(wanted, applied), tuple(sorted(images & images_missing)))


def _mended(service: str, wanted: int, containers: Sequence[ContainerFact]) -> Action:
    """What happens to a service whose containers were made as they are wanted."""
    found = len(containers)
    paused = [each for each in containers if each.state == "paused"]
    ended = [each for each in containers if each.state not in ("running", "paused", COMPLETED)]
    unhealthy = [each for each in containers if each.healthy is False]
    if paused:
        return Action(service, "unpause", (f"{_named(paused[0], found)} is paused",))
    if scaled := _scaled(found, wanted):
        return Action(service, "scale", scaled)
    if ended:
        return Action(service, "start", (f"{_named(ended[0], found)} is {ended[0].state}",))
    if unhealthy:
        whose = "it" if found == 1 else unhealthy[0].name
        return Action(service, "restart", (f"{whose} is unhealthy",))
    return Action(service, "keep")


def _scaled(found: int, wanted: int) -> tuple[str, ...]:
    return () if found == wanted else (f"containers: {found} → {wanted}",)


def _named(container: ContainerFact, found: int) -> str:
    return "its container" if found == 1 else container.name


class _Comparison:
    """The wanted state against the applied one, whose project is parsed once."""

    def __init__(self, wanted: State, applied: State | None) -> None:
        self.wanted, self.applied = wanted, applied
        self.old_services = applied.bundle.services if applied else {}

    def action(
        self, service: str, definition: Definition, containers: Sequence[ContainerFact]
    ) -> Action | None:
        """What happens to a wanted service; None for an unchanged one without a container."""
        if "profiles" in definition:
            return self._pattern_action(service, definition)
        if not containers:
            return Action(service, "create", ("it has no container yet",))
        label = definition["labels"][CONFIG_LABEL]
        if others := [each for each in containers if each.config != label]:
            reasons = self._why_changed(service, definition, others[0])
            scaled = _scaled(len(containers), replicas_of(definition))
            return Action(service, "change", (*reasons, *scaled))
        if not all(each.is_made_as(definition, self.wanted.secrets) for each in containers):
            return Action(service, "restart", self._why_restarted(definition.get("secrets", ())))
        return _mended(service, replicas_of(definition), containers)

    def _pattern_action(self, service: str, definition: Definition) -> Action | None:
        """A service that others are made after has no container of its own."""
        old = self.old_services.get(service)
        if old is None or old.get("labels") == definition.get("labels"):
            return None
        reasons = tuple(self._differences(service, definition))
        return Action(service, "change", (*reasons, _ONE_OFF_NOTE))

    def _why_changed(
        self, service: str, definition: Definition, container: ContainerFact
    ) -> tuple[str, ...]:
        reasons = tuple(self._differences(service, definition))
        if not reasons and container.image != definition["image"]:
            reasons = (f"image: {container.image} → {definition['image']}",)
        return reasons or ("its container was made from another configuration",)

    def _differences(self, service: str, definition: Definition) -> Iterator[str]:
        old = self.old_services.get(service)
        if old is None or self.applied is None:
            return
        yield from definition_differences(old, definition)
        files = self.applied.bundle.files_of(service), self.wanted.bundle.files_of(service)
        yield from file_differences(*files)

    def _why_restarted(self, names: Iterable[str]) -> tuple[str, ...]:
        new, old = self.wanted.secrets, self.applied.secrets if self.applied else {}
        changed = [name for name in names if old and old.get(name) != new.get(name)]
        return tuple(f"secret {name} changed" for name in changed) or (
            "its container was made with other secrets",
        )
