"""From the wanted state, the applied one and facts on containers to a plan."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any

from ralex_stack.plan.differences import definition_differences, file_differences
from ralex_stack.plan.effects import effects_of
from ralex_stack.plan.model import COMPLETED, Action, ContainerFact, Plan
from ralex_stack.render.compose import CONFIG_LABEL

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from ralex_stack.plan.model import State

Definition = dict[str, Any]

_ONE_OFF_NOTE = "applies to the next `run` or `code`; running ones keep the old configuration"


def secrets_digest(names: Iterable[str], digests: Mapping[str, str]) -> str:
    """Digest of a service's secrets, from their keyed digests: 12 hexadecimal digits."""
    lines = [f"{name}\0{digests.get(name, '')}\0" for name in sorted(set(names))]
    return hashlib.sha256("".join(lines).encode()).hexdigest()[:12]


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
    containers = {fact.service: fact for fact in facts}
    services = wanted.bundle.services
    comparison = _Comparison(wanted, applied)
    actions = [
        action
        for service, definition in services.items()
        if (action := comparison.action(service, definition, containers.get(service)))
    ]
    actions += [
        Action(service, "remove", ("no longer part of the stack",))
        for service in sorted(containers.keys() - services.keys())
    ]
    images = {definition["image"] for definition in services.values()}
    return Plan(tuple(actions), effects_of(wanted, applied), tuple(sorted(images & images_missing)))


def _mended(service: str, container: ContainerFact) -> Action:
    """What happens to a service whose container was made as it is wanted."""
    if container.state == "paused":
        return Action(service, "unpause", ("its container is paused",))
    if container.state not in ("running", COMPLETED):
        return Action(service, "start", (f"its container is {container.state}",))
    if container.healthy is False:
        return Action(service, "restart", ("it is unhealthy",))
    return Action(service, "keep")


class _Comparison:
    """The wanted state against the applied one, whose project is parsed once."""

    def __init__(self, wanted: State, applied: State | None) -> None:
        self.wanted, self.applied = wanted, applied
        self.old_services = applied.bundle.services if applied else {}

    def action(
        self, service: str, definition: Definition, container: ContainerFact | None
    ) -> Action | None:
        """What happens to a wanted service; None for an unchanged one without a container."""
        if "profiles" in definition:
            return self._pattern_action(service, definition)
        if container is None:
            return Action(service, "create", ("it has no container yet",))
        if container.config != definition["labels"][CONFIG_LABEL]:
            return Action(service, "change", self._why_changed(service, definition, container))
        names = definition.get("secrets", ())
        if container.secrets != secrets_digest(names, self.wanted.secrets):
            return Action(service, "restart", self._why_restarted(names))
        return _mended(service, container)

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
