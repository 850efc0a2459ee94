"""Checks over facts: what is found, and the remedy."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from ralex_stack.doctor.checks import CHECKS, findings
from ralex_stack.doctor.facts import (
    Answer,
    Authorities,
    Disk,
    Docker,
    Engine,
    Facts,
    Key,
    Port,
    Probe,
    ServiceFacts,
    StateFacts,
)

if TYPE_CHECKING:
    from ralex_stack.doctor.finding import Finding

GIB = 1024**3
ENGINE = Engine("26.1", "overlay2", 2, 8 * GIB, "linux", 0.1)
DOCKER = Docker("28.2", "2.26.1", "0.13.1", ENGINE)
HEALTHY = Facts(
    settings_path="/x/ralex-stack.toml",
    docker=DOCKER,
    disks=(Disk("/var/lib/docker", 20 * GIB, "images"), Disk("/state", 20 * GIB, "state")),
    memory_available=4 * GIB,
    state=StateFacts("/state/ralex", exists=True, secrets_mode=0o700),
    provider="real",
    recorded_provider="real",
    keys=(Key("openrouter", "environment variable OPENROUTER_API_KEY", "found"),),
    authorities=Authorities("/ca.pem", 140, 4),
    ports=(Port(4000, "gateway_port", "by this stack"), Port(4096, "opencode_port", "no")),
    base_image="debian:trixie-slim",
    base_image_present=True,
    images_missing=(),
    up=True,
    services=(ServiceFacts("edge", "running", "healthy"), ServiceFacts("x", "running", "")),
    answers=(Answer("gateway", "http://127.0.0.1:4000/v1/models", 200, 401),),
    probes=(Probe("the root file system is read-only", kept=True),),
)


def bad(facts: Facts) -> list[Finding]:
    return [finding for finding in findings(facts) if finding.level != "ok"]


def test_where_all_is_well_nothing_else_is_said() -> None:
    assert bad(HEALTHY) == []
    assert len({finding.check for finding in findings(HEALTHY)}) >= 14
    assert not [finding for finding in findings(HEALTHY) if finding.remedy]


def test_without_any_facts_there_are_findings_and_no_crash() -> None:
    (finding,) = bad(Facts(settings_path=None))
    assert (finding.check, finding.level) == ("docker client", "error")
    assert "make setup" in finding.remedy


def with_engine(**changes: Any) -> dict[str, Any]:
    return {"docker": replace(DOCKER, engine=replace(ENGINE, **changes))}


def with_key(**changes: Any) -> dict[str, Any]:
    return {"keys": (replace(HEALTHY.keys[0], **changes),)}


def with_service(*about: Any, **changes: Any) -> dict[str, Any]:
    return {"services": (ServiceFacts(*about, **changes),)}


def with_state(**changes: Any) -> dict[str, Any]:
    return {"state": StateFacts("/state/ralex", **{"exists": True, **changes})}


def with_answer(status: int | None, without: int | None = 401) -> dict[str, Any]:
    return {"answers": (Answer("gateway", "http://x", status, without, "refused"),)}


CASES: list[tuple[dict[str, Any], str, str, str, str]] = [
    (
        {"settings_problem": "1 problem", "settings_hint": "correct"},
        "settings",
        "error",
        "1 problem",
        "correct",
    ),
    ({"warnings": ("RALEX_X is ignored",)}, "settings", "warning", "RALEX_X", "unset"),
    (
        {"docker": replace(DOCKER, client=None)},
        "docker client",
        "error",
        "no `docker`",
        "make setup",
    ),
    ({"docker": replace(DOCKER, compose=None)}, "compose plugin", "error", "missing", "make setup"),
    (
        {"docker": replace(DOCKER, compose="2.19.1")},
        "compose plugin",
        "error",
        "2.20 is needed",
        "make setup",
    ),
    (
        {"docker": replace(DOCKER, compose="1.29.2")},
        "compose plugin",
        "error",
        "1.29.2",
        "make setup",
    ),
    ({"docker": replace(DOCKER, buildx=None)}, "buildx plugin", "error", "missing", "make setup"),
    (
        {"docker": replace(DOCKER, engine=None, problem="Cannot connect")},
        "docker engine",
        "error",
        "Cannot",
        "make setup",
    ),
    (
        {"docker": replace(DOCKER, engine=None)},
        "docker engine",
        "error",
        "not answer",
        "make setup",
    ),
    (
        {"docker": replace(DOCKER, engine=None, problem="permission denied")},
        "docker engine",
        "error",
        "denied",
        "usermod",
    ),
    (with_engine(system="windows"), "docker engine", "error", "windows", "Linux"),
    (with_engine(storage_driver="vfs"), "docker engine", "warning", "vfs", "overlay2"),
    (with_engine(memory=GIB), "memory", "error", "1.0 GiB in all", "resources"),
    (with_engine(cpus=1), "CPUs", "warning", "one only", "two"),
    (with_engine(clock_drift=-3600.0), "clock", "warning", "3600 s", "restart"),
    ({"clock_behind": 86400.0}, "clock", "error", "86400 s behind", "timedatectl"),
    (
        {
            "disks": (Disk("/d", GIB, "images"),),
            "images_missing": None,
        },
        "disk",
        "error",
        "1.0 GiB free at /d",
        "5.0 GiB",
    ),
    ({"disks": (Disk("/d", GIB, "images"),)}, "disk", "warning", "1.0 GiB", "image prune"),
    ({"disks": (Disk("/s", 1000, "state"),)}, "disk", "error", "/s, for state", "make room"),
    ({"memory_available": GIB // 2, "up": False}, "memory", "warning", "0.5 GiB", "end programs"),
    (
        with_state(problem="belongs to /y", hint="another name"),
        "state",
        "error",
        "belongs",
        "another name",
    ),
    (with_state(own=False), "state", "error", "another user", "XDG_STATE_HOME"),
    (with_state(mode=0o777), "state", "error", "0777", "chmod 700 /state/ralex"),
    (
        with_state(secrets_mode=0o755),
        "state",
        "error",
        "0755",
        "chmod 700 /state/ralex/project/secrets",
    ),
    ({"recorded_provider": "simulator"}, "provider", "warning", "simulator is in use", "up"),
    (with_key(source="missing"), "key of openrouter", "error", "OPENROUTER_API_KEY", "simulator"),
    (with_key(source="stored"), "key of openrouter", "warning", "stored one is in use", "set it"),
    (
        with_key(source="failed", problem="code 3"),
        "key of openrouter",
        "error",
        "code 3",
        "providers.openrouter",
    ),
    (with_key(doubt="it is short"), "key of openrouter", "warning", "short", "check"),
    (
        {"authorities": Authorities("/ca.pem", problem="is no PEM")},
        "certificates",
        "error",
        "is no PEM",
        "images.ca",
    ),
    (
        {"authorities": Authorities("/ca.pem", 0, 3)},
        "certificates",
        "error",
        "expired",
        "ca-certificates",
    ),
    (
        {"authorities": Authorities(None, named_by="SSL_CERT_FILE", other="/o")},
        "certificates",
        "warning",
        "SSL_CERT_FILE names /o",
        "intercepted",
    ),
    (
        {"images_missing": ("a/b:1",), "base_image_present": True},
        "images",
        "warning",
        "a/b:1",
        "up",
    ),
    (
        {"ports": (Port(4000, "gateway_port", "by another", "in use"),)},
        "port 4000",
        "error",
        "in use",
        "network.gateway_port",
    ),
    ({"bind": "0.0.0.0"}, "network", "warning", "without TLS", "127.0.0.1"),  # noqa: S104
    (with_service("edge", "exited", ""), "service edge", "error", "exited", "logs edge"),
    (
        with_service("edge", "running", "unhealthy"),
        "service edge",
        "error",
        "unhealthy",
        "logs edge",
    ),
    (with_service("x", "running", "healthy", 3), "service x", "warning", "3 times", "logs x"),
    (
        with_service("valkey", "running", "healthy", check="No space left"),
        "service valkey",
        "error",
        "its volume is full: No space left",
        "make room",
    ),
    (
        with_service("edge", "running", "healthy", check="no answer"),
        "service edge",
        "warning",
        "the last check failed: no answer",
        "logs edge",
    ),
    ({"services_missing": ("valkey",)}, "service valkey", "error", "no container", "up"),
    (with_answer(None), "gateway", "error", "refused", "logs edge"),
    (with_answer(401), "gateway", "error", "answers 401", "up"),
    (with_answer(200, 200), "gateway", "error", "without credentials", "up"),
    (
        {"probes": (Probe("all is closed", kept=False, found="200"),)},
        "sandbox",
        "error",
        "not so: all is closed (200)",
        "down",
    ),
]


@pytest.mark.parametrize(("changes", "check", "level", "found", "remedy"), CASES)
def test_one_thing_that_is_wrong_is_one_finding(
    changes: dict[str, Any], check: str, level: str, found: str, remedy: str
) -> None:
    (finding,) = bad(replace(HEALTHY, **changes))
    assert (finding.check, finding.level) == (check, level)
    assert found in finding.found
    assert remedy in finding.remedy


def test_a_missing_base_image_matters_only_where_something_is_to_be_built() -> None:
    assert bad(replace(HEALTHY, base_image_present=False)) == []
    missing = replace(HEALTHY, base_image_present=False, images_missing=("a",))
    assert [finding.check for finding in bad(missing)] == ["images", "base image"]


def test_a_missing_key_is_no_matter_with_the_simulator() -> None:
    facts = replace(
        HEALTHY, provider="simulator", recorded_provider="simulator", **with_key(source="missing")
    )
    assert bad(facts) == []


def test_a_stack_that_is_not_up_is_no_error() -> None:
    down = replace(HEALTHY, up=False, services=(), answers=(), probes=())
    assert bad(down) == []
    assert any(finding.found == "the stack is not up" for finding in findings(down))


def test_the_same_bundle_named_by_a_variable_is_no_matter() -> None:
    same = Authorities("/ca.pem", 1, 0, named_by="SSL_CERT_FILE", other="/ca.pem")
    assert bad(replace(HEALTHY, authorities=same)) == []


@pytest.mark.parametrize("check", CHECKS)
def test_each_check_does_without_facts(check: Any) -> None:
    assert all(f.level in ("ok", "error") for f in check(Facts(settings_path=None)))
