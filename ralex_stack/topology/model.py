"""What a stack consists of, as values that know no engine."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from ralex_stack.settings.base import Resources

ProviderChoice = Literal["simulator", "record", "real"]

UNPRIVILEGED = "10001:10001"
"""uid:gid of every service that has no user's files to write; set up in the images."""


@dataclass(frozen=True)
class Choices:
    """What is decided once outside the settings, and recorded: it makes rendering pure."""

    provider: ProviderChoice = "simulator"
    owner: str = UNPRIVILEGED
    """uid:gid that the long-lived OpenCode server runs as: the owner of its workspace."""
    workspace: tuple[tuple[str, bool], ...] = ()
    """Paths of the host that it sees, outer ones first, and whether each is read-only."""
    author_name: str = "ralex-stack"
    author_email: str = "ralex-stack@localhost"
    ca_bundle: str | None = None
    """Path of a PEM bundle on the host that what calls providers trusts, or none."""

    @property
    def simulates(self) -> bool:
        """Whether the simulator stands where OpenRouter would: to answer, or to record."""
        return self.provider != "real"

    @property
    def pays(self) -> bool:
        """Whether real providers are called."""
        return self.provider != "simulator"


@dataclass(frozen=True)
class Attachment:
    """A service's place in a network, with the names it has there beside its own."""

    network: str
    aliases: tuple[str, ...] = ()


@dataclass(frozen=True)
class Mount:
    """A volume of the stack, or a path of the host, seen at `target`."""

    source: str
    target: str
    kind: Literal["volume", "host"] = "volume"
    read_only: bool = False


@dataclass(frozen=True)
class Probe:
    """A command that ends with 0 when the service is healthy; times in seconds."""

    command: tuple[str, ...]
    interval: float = 10
    timeout: float = 5
    retries: int = 12
    start_period: float = 60
    start_interval: float = 0.5
    """Until the first success: what waits for the service waits for the probe."""


@dataclass(frozen=True)
class Publish:
    """A port of a service that is reachable from outside the stack."""

    published: int
    port: int
    local: bool = False
    """Whether it is published on the loopback of this machine, whatever the settings say."""


@dataclass(frozen=True)
class Service:
    """One part of the stack; `image` is a target of the Dockerfile."""

    name: str
    image: str
    resources: Resources
    networks: tuple[Attachment, ...]
    probe: Probe | None = None
    command: tuple[str, ...] = ()
    user: str = UNPRIVILEGED
    mounts: tuple[Mount, ...] = ()
    secrets: tuple[str, ...] = ()
    environment: tuple[tuple[str, str], ...] = ()
    published: tuple[Publish, ...] = ()
    profile: str | None = None
    runs_programs: bool = False
    """Whether programs written to its temporary directories are to be run."""
    reaches_host: bool = False
    """Whether `host.docker.internal` is known in it."""
    replicas: int = 1
    """How many containers there are of it, all alike."""
    is_job: bool = False
    """Whether it runs to its end, once per change, and is done then."""
    after: tuple[str, ...] = ()
    """Jobs that must have ended well before it starts."""
    uses: tuple[str, ...] = ()
    """Services that it writes to until its own end, so that they end after it."""


@dataclass(frozen=True)
class Network:
    """A network; from an internal one there is no way out."""

    name: str
    internal: bool = True


@dataclass(frozen=True)
class Stack:
    """All parts of a stack.

    They start at once, in any order, but for those that come after a job: each waits for what it
    asks.
    """

    name: str
    services: tuple[Service, ...]
    networks: tuple[Network, ...]
    volumes: tuple[str, ...]

    def service(self, name: str) -> Service:
        """The service of that name; KeyError if there is none."""
        for service in self.services:
            if service.name == name:
                return service
        raise KeyError(name)

    @property
    def secrets(self) -> tuple[str, ...]:
        """Names of all secrets that the services are given, sorted."""
        return tuple(sorted({name for service in self.services for name in service.secrets}))
