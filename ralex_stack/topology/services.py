"""Each service of a stack."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING

from ralex_stack.ports import (
    ADMIN,
    EDGE_HEALTH,
    GATEWAY,
    OPENCODE,
    OPENCODE_HEALTH,
    PROMETHEUS,
    SIMULATOR,
)
from ralex_stack.settings.base import Resources
from ralex_stack.settings.defaults import OPENROUTER_NAME, OPENROUTER_ORIGIN, OPENROUTER_PATH
from ralex_stack.topology import embedder
from ralex_stack.topology.authorities import CA_BUNDLE, ca_mounts
from ralex_stack.topology.egress import (
    sandbox_authorities,
    sandbox_environment,
    sandbox_networks,
)
from ralex_stack.topology.metrics import OTLP_HEADERS, otlp_headers
from ralex_stack.topology.model import Attachment, Mount, Probe, Publish, Service

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ralex_stack.settings import Settings
    from ralex_stack.settings.secret import SecretReference
    from ralex_stack.topology.model import Choices

RECORDINGS = "/recordings"
"""Directory of the simulator with the answers that were recorded."""

LEDGER = "/var/lib/ralex-stack/ledger"
"""Where the gateway keeps the accounts of calls; gateway/accounts/homes.py has the file."""


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


def other_references(settings: Settings) -> Mapping[str, SecretReference]:
    """Secret name → where it is, for all that are no keys of providers."""
    references = {"budget_webhook": settings.budget.webhook, OTLP_HEADERS: otlp_headers(settings)}
    return {name: where for name, where in references.items() if where is not None}


def valkey() -> Service:
    """State of budgets and rate limits, which is kept."""
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


def cache(settings: Settings) -> Service:
    """Answers of models, which are not kept."""
    memory = settings.routing.cache.memory
    return replace(
        valkey(),
        name="cache",
        command=("cache", "--maxmemory", f"{memory}b"),
        resources=Resources(memory=_with_overhead(memory), cpus=1, pids=64),
        mounts=(),
    )


def _with_overhead(memory: str) -> str:
    """Limit of a Valkey container that keeps that much data: half as much again, and 128 MiB."""
    mebibytes = int(memory[:-1]) * {"k": 1 / 1024, "m": 1, "g": 1024}[memory[-1]]
    return f"{math.ceil(mebibytes * 1.5) + 128}m"


def simulator(settings: Settings, choices: Choices) -> Service:
    """What stands where OpenRouter would: it answers, or records."""
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
        mounts=(Mount("recordings", RECORDINGS), *ca_mounts(choices)),
        environment=(("NODE_EXTRA_CA_CERTS", CA_BUNDLE),) if trusted else (),
        secrets=(provider_secret(OPENROUTER_NAME),),
        reaches_host=True,
    )


def _origin(settings: Settings) -> str:
    """Where OpenRouter is, without the path that the simulator adds to it."""
    base = settings.providers[OPENROUTER_NAME].api_base
    return base.rstrip("/").removesuffix(OPENROUTER_PATH) if base else OPENROUTER_ORIGIN


def gateway(settings: Settings, choices: Choices) -> Service:
    """LiteLLM, with the keys of all and the way to the providers."""
    # While OpenRouter is recorded, calls to it go through the simulator.
    others = settings.used_providers - {OPENROUTER_NAME}
    calls = choices.pays and (not choices.simulates or bool(others))
    outside = calls or settings.budget.webhook is not None
    environment: tuple[tuple[str, str], ...] = (("LITELLM_LOG", settings.gateway.log_level),)
    if outside and choices.ca_bundle is not None:
        environment += (("SSL_CERT_FILE", CA_BUNDLE), ("REQUESTS_CA_BUNDLE", CA_BUNDLE))
    return Service(
        name="gateway",
        image="gateway",
        resources=settings.gateway.resources,
        networks=(
            Attachment("backend"),
            Attachment("state"),
            *embedder.attachments(settings),
            *([Attachment("upstream")] if choices.simulates else []),
            *([Attachment("internet")] if outside else []),
        ),
        mounts=(
            *(ca_mounts(choices) if outside else ()),
            *([Mount("ledger", LEDGER)] if settings.gateway.ledger_home == "sqlite" else []),
        ),
        environment=environment,
        secrets=(
            "gateway_key_client",
            "gateway_key_sandbox",
            "gateway_master_key",
            "gateway_salt_key",
            *(provider_references(settings) if choices.pays else ()),
            *other_references(settings),
            "valkey_password",
        ),
        probe=Probe(
            ("python", "-I", "-S", "/opt/gateway/app/ralex_stack/gateway/health.py"),
            timeout=25,
        ),
        replicas=settings.gateway.replicas,
        reaches_host=outside,
    )


def _sandbox(settings: Settings, choices: Choices, name: str) -> Service:
    return Service(
        name=name,
        image="opencode",
        resources=settings.sandbox.resources,
        networks=sandbox_networks(settings.sandbox.egress.mode),
        mounts=sandbox_authorities(settings, choices),
        environment=(("GIT_CONFIG_GLOBAL", "/etc/ralex-stack/gitconfig"),)
        + (() if settings.opencode.project_config else (("OPENCODE_DISABLE_PROJECT_CONFIG", "1"),))
        + sandbox_environment(settings, choices),
        runs_programs=True,
    )


def opencode(settings: Settings, choices: Choices) -> Service:
    """The long-lived OpenCode server."""
    path = settings.workspace.path
    seen = choices.workspace or (((path, False),) if path else ())
    directories = tuple(Mount(p, p, kind="host", read_only=closed) for p, closed in seen)
    sandbox = _sandbox(settings, choices, "opencode")
    data = (Mount("opencode", "/data"), *(directories or (Mount("workspace", "/workspace"),)))
    return replace(
        sandbox,
        command=("serve",),
        user=choices.owner,
        mounts=(*data, *sandbox.mounts),
        secrets=("opencode_server_password_hash",),
        probe=Probe(("http-probe", str(OPENCODE_HEALTH), "/global/health", '"healthy":true')),
    )


def workspace(settings: Settings, choices: Choices) -> Service:
    """The pattern of the one-off containers of `run` and `code`; never started by itself."""
    return replace(_sandbox(settings, choices, "workspace"), profile="workspace")


def edge(settings: Settings) -> Service:
    """The doors: to what is published, and out of the sandbox."""
    published = [Publish(settings.network.gateway_port, GATEWAY)]
    if "opencode" in settings.stack.profiles:
        published.append(Publish(settings.network.opencode_port, OPENCODE))
    if settings.gateway.has_database:
        published.append(Publish(settings.network.admin_port, ADMIN, local=True))
    if settings.metrics.enabled:
        published.append(Publish(settings.network.prometheus_port, PROMETHEUS, local=True))
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
        probe=Probe(("http-probe", str(EDGE_HEALTH), "/")),
    )
