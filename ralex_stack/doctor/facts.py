"""What the checks look at. Whatever could not be found out is None, or an error's text."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ralex_stack.readiness import Replicas
    from ralex_stack.settings.egress import EgressMode
    from ralex_stack.topology import ProviderChoice

KeySource = Literal["found", "stored", "missing", "failed"]


@dataclass(frozen=True)
class Disk:
    """A file system that the stack writes to; sizes in bytes."""

    path: str
    free: int
    purpose: Literal["images", "state"]


@dataclass(frozen=True)
class Engine:
    """The Docker engine."""

    version: str
    storage_driver: str
    cpus: int
    memory: int
    """Bytes."""
    system: str
    """Operating system of the containers, e.g. `linux`."""
    clock_drift: float | None
    """Seconds that its clock is ahead of this machine's."""


@dataclass(frozen=True)
class Docker:
    """The client, its plugins, and the engine that it reaches."""

    client: str | None = None
    compose: str | None = None
    buildx: str | None = None
    engine: Engine | None = None
    problem: str = ""
    """Why there is no engine."""


@dataclass(frozen=True)
class Port:
    """A published port."""

    number: int
    setting: str
    held: Literal["no", "by this stack", "by another"]
    why: str = ""


@dataclass(frozen=True)
class Authorities:
    """The certificate authorities that builds and gateway trust."""

    path: str | None
    valid: int = 0
    expired: int = 0
    problem: str = ""
    named_by: str = ""
    """A variable that names another bundle for the programs of this machine."""
    other: str = ""
    """The path of that one."""


@dataclass(frozen=True)
class Key:
    """A provider's key; its value is not among the facts."""

    provider: str
    reference: str
    source: KeySource
    problem: str = ""
    """Why it cannot be resolved."""
    code: str = ""
    doubt: str = ""
    """What makes it look unlike a key."""


@dataclass(frozen=True)
class StateFacts:
    """The state directory of the stack."""

    path: str
    exists: bool = False
    own: bool = True
    mode: int = 0o700
    secrets_mode: int | None = None
    problem: str = ""
    """Why it cannot be used: damaged, of another settings file, not writable."""
    hint: str = ""
    code: str = ""


@dataclass(frozen=True)
class ServiceFacts:
    """A service's container."""

    name: str
    state: str
    health: str
    restarts: int = 0
    check: str = ""
    """What its last health check printed, where that failed."""


@dataclass(frozen=True)
class Answer:
    """What a published port answered."""

    what: str
    url: str
    status: int | None
    """HTTP status with the stack's credentials; None where nothing answered."""
    status_without: int | None
    """HTTP status without credentials."""
    problem: str = ""


@dataclass(frozen=True)
class Call:
    """A test call of a model through the whole chain."""

    model: str
    problem: str = ""
    """Why it got no completion."""
    hint: str = ""
    code: str = ""


@dataclass(frozen=True)
class Probe:
    """A promise about the sandbox, tried from inside of it."""

    promise: str
    kept: bool
    found: str = ""


@dataclass(frozen=True)
class Facts:
    """All of it."""

    settings_path: str | None
    settings_problem: str = ""
    settings_hint: str = ""
    settings_code: str = ""
    warnings: tuple[str, ...] = ()
    docker: Docker = Docker()
    disks: tuple[Disk, ...] = ()
    memory_available: int | None = None
    """Bytes on this machine."""
    clock_behind: float = 0
    """Seconds by which the clock is behind the newest file of this program."""
    state: StateFacts | None = None
    provider: ProviderChoice | None = None
    """As it would be chosen now."""
    recorded_provider: str | None = None
    keys: tuple[Key, ...] = ()
    authorities: Authorities | None = None
    ports: tuple[Port, ...] = ()
    bind: str = "127.0.0.1"
    base_image: str = ""
    base_image_present: bool | None = None
    images_missing: tuple[str, ...] | None = None
    up: bool = False
    """Whether the stack was brought up."""
    services: tuple[ServiceFacts, ...] = ()
    services_missing: tuple[str, ...] = ()
    replicas: Mapping[str, Replicas] = field(default_factory=dict)
    answers: tuple[Answer, ...] = ()
    call: Call | None = None
    probes: tuple[Probe, ...] = ()
    egress: EgressMode = "none"
    """How the stack that is up lets its sandbox out."""
