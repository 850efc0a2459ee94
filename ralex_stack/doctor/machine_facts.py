"""Facts about the machine and its Docker."""

from __future__ import annotations

import json
import os
import re
import shutil
import ssl
import time
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ralex_stack.doctor.facts import Authorities, Disk, Docker, Engine
from ralex_stack.errors import EngineError
from ralex_stack.host import engine_data

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from ralex_stack.runner import Runner

_ANSWERS_WITHIN = 15.0
_CA_VARIABLES = (
    "SSL_CERT_FILE",
    "REQUESTS_CA_BUNDLE",
    "CURL_CA_BUNDLE",
    "NODE_EXTRA_CA_CERTS",
    "PIP_CERT",
)


def docker(runner: Runner) -> tuple[Docker, Path | None]:
    """Docker as it is here, and the engine's data root where that is on this machine."""
    client = _version(runner, "docker", "--version")
    if client is None:
        return Docker(), None
    compose = _version(runner, "docker", "compose", "version", "--short")
    buildx = _version(runner, "docker", "buildx", "version")
    try:
        ask = ["docker", "info", "--format", "{{json .}}"]
        result = runner.run(ask, check=False, within=_ANSWERS_WITHIN)
    except EngineError:
        hangs = f"it takes connections and does not answer within {_ANSWERS_WITHIN:g} s"
        return Docker(client, compose, buildx, problem=hangs), None
    now = time.time()
    info = _table(result.stdout)
    if not info.get("ServerVersion"):
        problem = next(iter(info.get("ServerErrors") or ()), "") or result.stderr.strip()
        return Docker(client, compose, buildx, problem=str(problem)), None
    return Docker(client, compose, buildx, _engine(info, now)), engine_data(info)


def _version(runner: Runner, *arguments: str) -> str | None:
    try:
        result = runner.run(arguments, check=False, within=_ANSWERS_WITHIN)
    except EngineError:
        return None
    found = re.search(r"\d+\.\d+(\.\d+)?", result.stdout)
    return found[0] if found else None


def _table(text: str) -> dict[str, Any]:
    try:
        data = json.loads(text)
    except ValueError:
        return {}
    return data if isinstance(data, dict) else {}


def _engine(info: Mapping[str, Any], now: float) -> Engine:
    return Engine(
        version=str(info["ServerVersion"]),
        storage_driver=str(info.get("Driver", "")),
        cpus=int(info.get("NCPU") or 0),
        memory=int(info.get("MemTotal") or 0),
        system=str(info.get("OSType", "linux")),
        clock_drift=_drift(str(info.get("SystemTime", "")), now),
    )


def _drift(text: str, now: float) -> float | None:
    # Nanoseconds are more than datetime reads.
    try:
        time_there = datetime.fromisoformat(re.sub(r"(\.\d{6})\d+", r"\1", text))
    except ValueError:
        return None
    return time_there.timestamp() - now


def disks(data_root: Path | None, state: Path) -> tuple[Disk, ...]:
    """File systems that images and state are on."""
    found = [_disk(state, "state")]
    if data_root is not None:
        found.insert(0, _disk(data_root, "images"))
    return tuple(disk for disk in found if disk is not None)


def _disk(path: Path, purpose: Any) -> Disk | None:
    try:
        existing = next(p for p in (path, *path.parents) if p.exists())
        return Disk(str(path), shutil.disk_usage(existing).free, purpose)
    except OSError:
        return None


def memory_available(file: Path = Path("/proc/meminfo")) -> int | None:
    """Bytes of memory that programs can still get, where the system tells."""
    try:
        found = re.search(r"^MemAvailable:\s+(\d+) kB$", file.read_text(), re.MULTILINE)
    except OSError:
        return None
    return int(found[1]) * 1024 if found else None


def clock_behind(files: Path, now: float) -> float:
    """Seconds by which the clock is behind the newest of our own files, which is impossible."""
    newest = max((file.stat().st_mtime for file in files.rglob("*.py")), default=0.0)
    return max(0.0, newest - now)


def authorities(path: Path | None, environment: Mapping[str, str]) -> Authorities:
    """What the bundle holds, and whether the machine's programs trust another one."""
    named_by, other = next(_named(environment), ("", ""))
    if path is None:
        return Authorities(None, named_by=named_by, other=other)
    same = bool(other) and os.path.realpath(other) == os.path.realpath(path)
    other = str(path) if same else other
    try:
        valid, expired = _certificates(path)
    except (OSError, ValueError) as error:
        problem = f"it holds no certificates that can be read: {error}"
        return Authorities(str(path), problem=problem, named_by=named_by, other=other)
    return Authorities(str(path), valid, expired, named_by=named_by, other=other)


def _named(environment: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    for name in _CA_VARIABLES:
        if environment.get(name):
            yield name, environment[name]


def _certificates(path: Path) -> tuple[int, int]:
    """How many certificates are valid and how many have expired. Raises OSError, ValueError."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.load_verify_locations(cafile=str(path))
    now = time.time()
    ends = [ssl.cert_time_to_seconds(str(c["notAfter"])) for c in context.get_ca_certs()]
    if not ends:
        raise ValueError("none is an authority's")
    return sum(end >= now for end in ends), sum(end < now for end in ends)
