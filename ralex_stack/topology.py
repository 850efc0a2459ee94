"""What a stack consists of, whatever runs it: Settings and Choices in, Stack out. Pure."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

from ralex_stack.ports import EDGE_HEALTH, GATEWAY, OPENCODE, OPENCODE_HEALTH, SIMULATOR
from ralex_stack.settings.base import Resources
from ralex_stack.settings.defaults import OPENROUTER_NAME, OPENROUTER_PATH

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ralex_stack.settings import Settings

ProviderChoice = Literal["simulator", "record", "real"]

UNPRIVILEGED = "10001:10001"
"""uid:gid of every service that has no user's files to write; set up in the images."""

RECORDINGS = "/recordings"
"""Directory of the simulator with the answers that were recorded."""

_CA_BUNDLE = "/etc/ralex-stack-ca.pem"
_OPENROUTER_ORIGIN = "https://openrouter.ai"


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
    interval: float = 2
    timeout: float = 5
    retries: int = 60
    start_period: float = 60


@dataclass(frozen=True)
class Publish:
    """A port of a service that is reachable from outside the stack."""

    published: int
    port: int


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
    depends_on: tuple[str, ...] = ()
    profile: str | None = None
    runs_programs: bool = False
    """Whether programs written to its temporary directories are to be run."""
    reaches_host: bool = False
    """Whether `host.docker.internal` is known in it."""


@dataclass(frozen=True)
class Network:
    """A network; from an internal one there is no way out."""

    name: str
    internal: bool = True


@dataclass(frozen=True)
class Stack:
    """All parts of a stack, in an order in which they can be started."""

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


def provider_secret(provider: str) -> str:
    """Name of the secret that holds a provider's key."""
    return f"provider_{provider.replace('-', '_').replace('.', '_')}_api_key"


def provider_references(settings: Settings) -> Mapping[str, str]:
    """Secret name → provider, for every provider that a model uses and that wants a key."""
    return {
        provider_secret(name): name
        for name in sorted(settings.used_providers)
        if settings.providers[name].api_key is not None
    }


def build(settings: Settings, choices: Choices) -> Stack:
    """The stack that the settings describe."""
    services = [_valkey()]
    if settings.routing.cache.enabled:
        services.append(_cache(settings))
    if choices.simulates:
        services.append(_simulator(settings, choices))
    services.append(_gateway(settings, choices))
    if "opencode" in settings.stack.profiles:
        services.append(_opencode(settings, choices))
    services += [_workspace(settings), _edge(settings)]
    names = {service.name for service in services}
    return Stack(
        name=settings.stack.name,
        services=tuple(
            replace(s, depends_on=tuple(d for d in s.depends_on if d in names)) for s in services
        ),
        networks=(
            Network("front", internal=False),
            Network("sandbox"),
            Network("backend"),
            Network("state"),
            # Two names: Compose does not change a network that exists.
            *([Network("upstream")] if choices.simulates else []),
            *([Network("internet", internal=False)] if choices.pays else []),
        ),
        volumes=_volumes(services),
    )


def _volumes(services: list[Service]) -> tuple[str, ...]:
    return tuple(sorted({m.source for s in services for m in s.mounts if m.kind == "volume"}))


def _valkey() -> Service:
    return Service(
        name="valkey",
        image="valkey",
        command=("state",),
        resources=Resources(memory="512m", cpus=1, pids=64),
        networks=(Attachment("state"),),
        mounts=(Mount("valkey", "/data"),),
        secrets=("valkey_password",),
        probe=Probe(("health",)),
    )


def _cache(settings: Settings) -> Service:
    memory = settings.routing.cache.memory
    return replace(
        _valkey(),
        name="cache",
        command=("cache", "--maxmemory", f"{memory}b"),
        resources=Resources(memory=_with_overhead(memory), cpus=1, pids=64),
        mounts=(),
    )


def _with_overhead(memory: str) -> str:
    """Limit of a Valkey container that keeps that much data: half as much again, and 128 MiB."""
    mebibytes = int(memory[:-1]) * {"k": 1 / 1024, "m": 1, "g": 1024}[memory[-1]]
    return f"{math.ceil(mebibytes * 1.5) + 128}m"


def _simulator(settings: Settings, choices: Choices) -> Service:
    replaying = Service(
        name="simulator",
        image="simulator",
        resources=Resources(memory="512m", cpus=1, pids=64),
        networks=(Attachment("upstream"),),
        mounts=(Mount("recordings", RECORDINGS, read_only=True),),
        probe=Probe(("http-probe", str(SIMULATOR), "/health")),
    )
    if not choices.pays:
        return replaying
    trusted = choices.ca_bundle is not None
    return replace(
        replaying,
        command=("record", _origin(settings)),
        networks=(Attachment("upstream"), Attachment("internet")),
        mounts=(Mount("recordings", RECORDINGS), *_ca_mounts(choices)),
        environment=(("NODE_EXTRA_CA_CERTS", _CA_BUNDLE),) if trusted else (),
        secrets=(provider_secret(OPENROUTER_NAME),),
        reaches_host=True,
    )


def _origin(settings: Settings) -> str:
    """Where OpenRouter is, without the path that the simulator adds to it."""
    base = settings.providers[OPENROUTER_NAME].api_base
    return base.rstrip("/").removesuffix(OPENROUTER_PATH) if base else _OPENROUTER_ORIGIN


def _ca_mounts(choices: Choices) -> tuple[Mount, ...]:
    if choices.ca_bundle is None:
        return ()
    return (Mount(choices.ca_bundle, _CA_BUNDLE, kind="host", read_only=True),)


def _gateway(settings: Settings, choices: Choices) -> Service:
    # While OpenRouter is recorded, calls to it go through the simulator.
    others = settings.used_providers - {OPENROUTER_NAME}
    outside = choices.pays and (not choices.simulates or bool(others))
    environment: tuple[tuple[str, str], ...] = (("LITELLM_LOG", settings.gateway.log_level),)
    if outside and choices.ca_bundle is not None:
        environment += (("SSL_CERT_FILE", _CA_BUNDLE), ("REQUESTS_CA_BUNDLE", _CA_BUNDLE))
    return Service(
        name="gateway",
        image="gateway",
        resources=settings.gateway.resources,
        networks=(
            Attachment("backend"),
            Attachment("state"),
            *([Attachment("upstream")] if choices.simulates else []),
            *([Attachment("internet")] if outside else []),
        ),
        mounts=_ca_mounts(choices) if outside else (),
        environment=environment,
        secrets=(
            "gateway_key_client",
            "gateway_key_sandbox",
            "gateway_master_key",
            "gateway_salt_key",
            *(provider_references(settings) if choices.pays else ()),
            "valkey_password",
        ),
        depends_on=("valkey", "cache", "simulator"),
        probe=Probe(
            ("python", "-I", "-S", "/opt/gateway/app/ralex_stack/gateway/health.py"),
            interval=5,
            timeout=25,
        ),
        reaches_host=outside,
    )


def _sandbox(settings: Settings, name: str) -> Service:
    return Service(
        name=name,
        image="opencode",
        resources=settings.sandbox.resources,
        networks=(Attachment("sandbox"),),
        environment=(("GIT_CONFIG_GLOBAL", "/etc/ralex-stack/gitconfig"),)
        + (() if settings.opencode.project_config else (("OPENCODE_DISABLE_PROJECT_CONFIG", "1"),)),
        runs_programs=True,
    )


def _opencode(settings: Settings, choices: Choices) -> Service:
    path = settings.workspace.path
    seen = choices.workspace or (((path, False),) if path else ())
    workspace = tuple(Mount(p, p, kind="host", read_only=closed) for p, closed in seen)
    return replace(
        _sandbox(settings, "opencode"),
        command=("serve",),
        user=choices.owner,
        mounts=(Mount("opencode", "/data"), *(workspace or (Mount("workspace", "/workspace"),))),
        secrets=("opencode_server_password_hash",),
        probe=Probe(("http-probe", str(OPENCODE_HEALTH), "/global/health", '"healthy":true')),
        depends_on=("gateway",),
    )


def _workspace(settings: Settings) -> Service:
    """The pattern of the one-off containers of `run` and `code`; never started by itself."""
    return replace(_sandbox(settings, "workspace"), profile="workspace")


def _edge(settings: Settings) -> Service:
    published = [Publish(settings.network.gateway_port, GATEWAY)]
    if "opencode" in settings.stack.profiles:
        published.append(Publish(settings.network.opencode_port, OPENCODE))
    return Service(
        name="edge",
        image="edge",
        resources=Resources(memory="256m", cpus=1, pids=128),
        networks=(
            Attachment("front", ("edge-outer",)),
            Attachment("sandbox", ("edge-inner",)),
            Attachment("backend"),
        ),
        secrets=("gateway_key_sandbox",),
        published=tuple(published),
        depends_on=("gateway", "opencode"),
        probe=Probe(("http-probe", str(EDGE_HEALTH), "/")),
    )
