"""A standard Compose project from a Stack, usable with plain `docker compose`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ralex_stack.bundle import PROJECT_FILE, digest_of
from ralex_stack.render.serialize import to_json, to_yaml

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ralex_stack.settings import Settings
    from ralex_stack.target import ComposeTarget
    from ralex_stack.topology import Mount, Probe, Service, Stack

CONFIG_LABEL = "dev.ralex-stack.config"
"""Label with the digest of a service's definition and files."""

SECRETS_LABEL = "dev.ralex-stack.secrets"
"""Label with the keyed digest of a service's secrets; added when the project is applied."""


def render(
    settings: Settings, stack: Stack, target: ComposeTarget, digests: Mapping[str, str]
) -> dict[str, bytes]:
    """The project's file; `digests` maps services to the digests of their files."""
    project = {
        "name": project_name(stack.name),
        "services": {
            service.name: {
                **_labelled(_service(settings, service, target, digests)),
                **_replicas(service),
            }
            for service in stack.services
        },
        "networks": {network.name: _network(network.internal) for network in stack.networks},
        "volumes": {volume: {} for volume in stack.volumes},
        "secrets": {secret: {"file": f"./secrets/{secret}"} for secret in stack.secrets},
    }
    return {PROJECT_FILE: to_yaml(_escaped(project))}


def _escaped(data: Any) -> Any:
    """With `$` doubled: Compose would put variables of the caller's shell in its place."""
    if isinstance(data, str):
        return data.replace("$", "$$")
    if isinstance(data, dict):
        return {key: _escaped(value) for key, value in data.items()}
    return [_escaped(item) for item in data] if isinstance(data, list) else data


def project_name(stack: str) -> str:
    """The Compose project of a stack."""
    return f"ralex-{stack}" if not stack.startswith("ralex") else stack


def config_directory(service: str, digest: str) -> str:
    """Where the project keeps a service's files; a change of content is a change of path."""
    return f"services/{service}/{digest}"


def _labelled(definition: dict[str, Any]) -> dict[str, Any]:
    """With its digest, which covers its files too: their directory is named by their digest."""
    digest = digest_of({"definition": to_json(definition)})
    return {**definition, "labels": {CONFIG_LABEL: digest}}


def _replicas(service: Service) -> dict[str, Any]:
    """How many containers; no part of the digest: those that are there stay as they are."""
    return {} if service.replicas == 1 else {"deploy": {"replicas": service.replicas}}


def _service(
    settings: Settings, service: Service, target: ComposeTarget, digests: Mapping[str, str]
) -> dict[str, Any]:
    definition: dict[str, Any] = {
        "image": target.images[service.image],
        "pull_policy": "never",
        **({"command": list(service.command)} if service.command else {}),
        **({"profiles": [service.profile]} if service.profile else {}),
        "user": service.user,
        **_hardening(service),
        **_limits(service),
        "networks": {
            a.network: ({"aliases": list(a.aliases)} if a.aliases else {}) for a in service.networks
        },
    }
    if service.environment:
        definition["environment"] = dict(service.environment)
    if service.secrets:
        definition["secrets"] = list(service.secrets)
    volumes = [_mount(mount) for mount in service.mounts]
    if service.name in digests:
        source = f"./{config_directory(service.name, digests[service.name])}"
        volumes.append(_bind(source, target.config(service.name), read_only=True))
    if volumes:
        definition["volumes"] = volumes
    if service.published:
        definition["ports"] = [
            f"{'127.0.0.1' if p.local else settings.network.bind}:{p.published}:{p.port}"
            for p in service.published
        ]
    if service.reaches_host:
        definition["extra_hosts"] = ["host.docker.internal:host-gateway"]
    if service.after or service.uses:
        definition["depends_on"] = {
            **{name: {"condition": "service_healthy"} for name in service.uses},
            **{job: {"condition": "service_completed_successfully"} for job in service.after},
        }
    if service.probe is not None:
        definition["healthcheck"] = _probe(service.probe)
    return definition


def _hardening(service: Service) -> dict[str, Any]:
    return {
        "init": True,
        "read_only": True,
        "cap_drop": ["ALL"],
        "security_opt": ["no-new-privileges:true"],
        "tmpfs": ["/tmp:mode=1777,exec" if service.runs_programs else "/tmp:mode=1777"],  # noqa: S108
        **_restart(service),
        "logging": {"driver": "json-file", "options": {"max-size": "10m", "max-file": "3"}},
    }


def _restart(service: Service) -> dict[str, Any]:
    if service.is_job:
        return {"restart": "no"}
    return {} if service.profile else {"restart": "unless-stopped"}


def _limits(service: Service) -> dict[str, Any]:
    return {
        "mem_limit": service.resources.memory,
        "memswap_limit": service.resources.memory,
        "cpus": service.resources.cpus,
        "pids_limit": service.resources.pids,
    }


def _mount(mount: Mount) -> dict[str, Any]:
    if mount.kind == "volume":
        return {
            "type": "volume",
            "source": mount.source,
            "target": mount.target,
            **({"read_only": True} if mount.read_only else {}),
        }
    return _bind(mount.source, mount.target, read_only=mount.read_only)


def _bind(source: str, target: str, *, read_only: bool) -> dict[str, Any]:
    return {
        "type": "bind",
        "source": source,
        "target": target,
        **({"read_only": True} if read_only else {}),
        "bind": {"create_host_path": False},
    }


def _probe(probe: Probe) -> dict[str, Any]:
    return {
        "test": ["CMD", *probe.command],
        "interval": f"{probe.interval:g}s",
        "timeout": f"{probe.timeout:g}s",
        "retries": probe.retries,
        "start_period": f"{probe.start_period:g}s",
        "start_interval": f"{probe.start_interval:g}s",
    }


def _network(internal: bool) -> dict[str, Any]:
    if not internal:
        return {}
    # Without an address of its own on the bridge, the host's ports cannot be reached over it.
    options = {"com.docker.network.bridge.inhibit_ipv4": "true"}
    return {"internal": True, "driver_opts": options}
