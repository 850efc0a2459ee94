"""The values that a plan is made from, and the plan itself."""

from __future__ import annotations

import hashlib
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Literal

from ralex_stack.render.compose import CONFIG_LABEL

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from ralex_stack.bundle import Bundle
    from ralex_stack.topology import Choices

Kind = Literal["create", "change", "restart", "scale", "start", "unpause", "remove", "keep"]
"""What happens to a service; a container is made anew for `change` and for `restart`."""

COMPLETED = "completed"
"""State of the container of a job that ended well."""

Subject = Literal["provider", "model", "tier", "fallbacks", "budget", "port", "egress"]


@dataclass(frozen=True)
class State:
    """A stack as it is wanted, or as it was last applied."""

    bundle: Bundle
    choices: Choices
    secrets: Mapping[str, str]
    """Secret → keyed digest of its value."""


def secrets_digest(names: Iterable[str], digests: Mapping[str, str]) -> str:
    """Digest of a service's secrets, from their keyed digests: 12 hexadecimal digits."""
    lines = [f"{name}\0{digests.get(name, '')}\0" for name in sorted(set(names))]
    return hashlib.sha256("".join(lines).encode()).hexdigest()[:12]


@dataclass(frozen=True)
class ContainerFact:
    """What the engine says of a container of a service."""

    service: str
    state: str
    """As the engine names it: `running`, `exited`, `created`, `restarting`, …; or COMPLETED."""
    healthy: bool | None
    """Result of the health check; None where there is none, or none yet."""
    config: str
    """Its label CONFIG_LABEL; empty where it has none."""
    secrets: str
    """Its label SECRETS_LABEL; empty where it has none."""
    image: str
    """Reference of the image that it was made from."""
    name: str = ""
    """The engine's name of it."""

    def is_made_as(self, definition: Mapping[str, Any], secrets: Mapping[str, str]) -> bool:
        """Whether it was made from a definition and from secrets with these keyed digests."""
        wanted = secrets_digest(definition.get("secrets", ()), secrets)
        return bool(self.config == definition["labels"][CONFIG_LABEL] and self.secrets == wanted)


@dataclass(frozen=True)
class Action:
    """What happens to one service, and why."""

    service: str
    kind: Kind
    reasons: tuple[str, ...] = ()


@dataclass(frozen=True)
class Effect:
    """What a user of the stack notices."""

    subject: Subject
    text: str
    needs_yes: bool = False
    """Whether the user must agree to it first."""


@dataclass(frozen=True)
class Plan:
    """What would be done, in order, and what that means for users."""

    actions: tuple[Action, ...]
    effects: tuple[Effect, ...] = ()
    builds: tuple[str, ...] = ()
    """References of the images to be built first."""

    @property
    def changes(self) -> bool:
        """Whether there is anything to do."""
        return bool(self.builds) or any(action.kind != "keep" for action in self.actions)

    @property
    def touched(self) -> frozenset[str]:
        """Services to which something happens."""
        return frozenset(action.service for action in self.actions if action.kind != "keep")

    @property
    def confirmations(self) -> tuple[str, ...]:
        """What the user must agree to first."""
        return tuple(effect.text for effect in self.effects if effect.needs_yes)

    def services(self, kind: Kind) -> frozenset[str]:
        """Services to which this happens."""
        return frozenset(action.service for action in self.actions if action.kind == kind)

    def action(self, service: str) -> Action | None:
        """What happens to a service, or None where the plan does not mention it."""
        return next((a for a in self.actions if a.service == service), None)

    def to_json(self) -> dict[str, Any]:
        """The plan as data for `--json`."""
        return {
            "changes": self.changes,
            "builds": list(self.builds),
            "actions": [{**asdict(a), "reasons": list(a.reasons)} for a in self.actions],
            "effects": [asdict(effect) for effect in self.effects],
            "confirmations": list(self.confirmations),
        }
