"""Checks of the machine: Docker, disk, memory, clock, certificates. Pure."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from ralex_stack.doctor.finding import SETUP, Finding, gib

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ralex_stack.doctor.facts import Authorities, Engine, Facts

_GIB = 1024**3
_IMAGES_NEED = 5 * _GIB
_STATE_NEEDS = _GIB // 10
_MEMORY_NEEDED = 2 * _GIB
_COMPOSE_FLOOR = (2, 20)
_TOLERATED_DRIFT = 30.0
_CERTIFICATES = "certificates"


def docker(facts: Facts) -> Iterator[Finding]:
    """Client, plugins and engine."""
    about = facts.docker
    if about.client is None:
        yield Finding(
            "docker client", "error", "there is no `docker` program", SETUP, "program-missing"
        )
        return
    yield Finding("docker client", "ok", about.client)
    yield from _plugins(facts)
    if about.engine is None:
        problem = about.problem or "it does not answer"
        if "permission denied" in problem:
            remedy = "as root: `usermod -aG docker $USER`, then log in again"
        elif "takes connections" in problem:
            remedy = "restart it, e.g. `systemctl restart docker`"
        else:
            remedy = f"start it, or {SETUP}"
        yield Finding("docker engine", "error", problem, remedy, "engine-unreachable")
    else:
        yield from _engine(about.engine)


def _plugins(facts: Facts) -> Iterator[Finding]:
    compose, buildx = facts.docker.compose, facts.docker.buildx
    if compose is None:
        yield Finding("compose plugin", "error", "it is missing", SETUP, "program-missing")
    elif _version(compose) < _COMPOSE_FLOOR:
        floor = ".".join(map(str, _COMPOSE_FLOOR))
        found = f"{compose}, {floor} is needed"
        yield Finding("compose plugin", "error", found, SETUP, "program-missing")
    else:
        yield Finding("compose plugin", "ok", compose)
    if buildx is None:
        yield Finding("buildx plugin", "error", "it is missing", SETUP, "program-missing")
    else:
        yield Finding("buildx plugin", "ok", buildx)


def _version(text: str) -> tuple[int, ...]:
    return tuple(int(part) for part in re.findall(r"\d+", text)[:2])


def _engine(engine: Engine) -> Iterator[Finding]:
    size = f"{engine.cpus} CPUs, {gib(engine.memory)} of memory, {engine.storage_driver}"
    if engine.system != "linux":
        remedy = "switch it to Linux containers"
        found = f"it runs {engine.system} containers"
        yield Finding("docker engine", "error", found, remedy, "engine-unsuited")
    elif engine.storage_driver == "vfs":
        remedy = "move its data root to a file system that overlay2 works on, e.g. ext4 or xfs"
        found = "its storage driver vfs copies every layer: slow, and much disk"
        yield Finding("docker engine", "warning", found, remedy, "engine-unsuited")
    else:
        yield Finding("docker engine", "ok", f"{engine.version}: {size}")
    if 0 < engine.memory < _MEMORY_NEEDED:
        remedy = "give it more, or lower the limits in `gateway.resources` and `sandbox.resources`"
        found = f"{gib(engine.memory)} in all, {gib(_MEMORY_NEEDED)} is needed"
        yield Finding("memory", "error", found, remedy, "memory-low")
    if engine.cpus == 1:
        found = "one only: builds and starts are slow"
        yield Finding("CPUs", "warning", found, "give it two", "memory-low")


def disk_and_memory(facts: Facts) -> Iterator[Finding]:
    """Room for images and state, and memory for the services."""
    for disk in facts.disks:
        need = _IMAGES_NEED if disk.purpose == "images" else _STATE_NEEDS
        found = f"{gib(disk.free)} free at {disk.path}, for {disk.purpose}"
        if disk.free >= need:
            yield Finding("disk", "ok", found)
        elif disk.purpose == "images" and facts.images_missing == ():
            remedy = "`docker image prune` removes images that nothing uses"
            yield Finding("disk", "warning", found, remedy, "disk-full")
        else:
            remedy = f"make room until {gib(need)} are free; `docker system df` tells what uses it"
            yield Finding("disk", "error", found, remedy, "disk-full")
    available = facts.memory_available
    if available is not None and available < _GIB and not facts.up:
        found = f"{gib(available)} of memory available, a stack uses about 1 GiB"
        remedy = "end programs that use much of it"
        yield Finding("memory", "warning", found, remedy, "memory-low")


def clock(facts: Facts) -> Iterator[Finding]:
    """Whether certificates can be checked."""
    drift = facts.docker.engine.clock_drift if facts.docker.engine else None
    remedy = "set it (e.g. `timedatectl set-ntp true`): certificates are checked against it"
    if facts.clock_behind > 0:
        found = f"{facts.clock_behind:.0f} s behind the newest file of ralex-stack"
        yield Finding("clock", "error", found, remedy, "clock-wrong")
    elif drift is not None and abs(drift) > _TOLERATED_DRIFT:
        found = f"this machine's and the engine's differ by {abs(drift):.0f} s"
        remedy = "restart the engine or its virtual machine"
        yield Finding("clock", "warning", found, remedy, "clock-wrong")
    else:
        yield Finding("clock", "ok", "plausible")


def authorities(facts: Facts) -> Iterator[Finding]:
    """What builds and gateway trust."""
    found = facts.authorities
    if found is not None:
        yield _bundle(found)
        if found.other and found.other != found.path:
            yield Finding(
                "certificates",
                "warning",
                f"{found.named_by} names {found.other}, but builds and gateway trust "
                f"{found.path or 'only what Debian trusts'}",
                "where TLS is intercepted, set `images.ca` to the bundle with that authority",
                _CERTIFICATES,
            )


def _bundle(found: Authorities) -> Finding:
    if found.path is None:
        return Finding("certificates", "ok", "those of Debian")
    if found.problem:
        remedy = "name a file of PEM certificates in `images.ca`, or `auto`"
        return Finding(
            "certificates", "error", f"{found.path}: {found.problem}", remedy, _CERTIFICATES
        )
    if found.valid == 0:
        remedy = "take a current bundle, e.g. `apt-get install ca-certificates`"
        return Finding(
            "certificates", "error", f"{found.path}: all have expired", remedy, _CERTIFICATES
        )
    expired = f", {found.expired} expired" if found.expired else ""
    return Finding("certificates", "ok", f"{found.path}: {found.valid} valid{expired}")
