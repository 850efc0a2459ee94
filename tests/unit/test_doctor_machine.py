"""Facts about the machine."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

import certifi
import pytest
from clients import INFO, client
from fakes import RecordingRunner

from ralex_stack.doctor import machine_facts
from ralex_stack.doctor.facts import Docker, Engine
from ralex_stack.errors import EngineError


def test_docker_as_it_is() -> None:
    found, root = machine_facts.docker(client(RecordingRunner(), INFO))
    engine = Engine("26.1.5", "overlay2", 2, 8 * 1024**3, "linux", None)
    assert found == Docker("28.2.2", "2.26.1", "0.13.1", engine)
    assert root == Path("/var/lib/docker")


def test_the_data_root_of_another_machine_is_not_looked_at() -> None:
    _, root = machine_facts.docker(client(RecordingRunner(), {**INFO, "Name": "elsewhere"}))
    assert root is None


@pytest.mark.parametrize("there", ["2000-01-01T00:00:00.123456789Z", "2000-01-01T00:00:00Z"])
def test_the_engines_clock_is_compared(there: str) -> None:
    found, _ = machine_facts.docker(client(RecordingRunner(), {**INFO, "SystemTime": there}))
    assert found.engine is not None
    assert found.engine.clock_drift is not None
    assert found.engine.clock_drift < -800_000_000


@pytest.mark.parametrize(
    ("info", "stderr", "problem"),
    [
        ({"ServerErrors": ["Cannot connect"], "ServerVersion": ""}, "", "Cannot connect"),
        ({}, "permission denied", "permission denied"),
    ],
)
def test_an_engine_that_does_not_answer(info: dict[str, Any], stderr: str, problem: str) -> None:
    runner = client(RecordingRunner(), {})
    runner.on("docker", "info", stdout=json.dumps(info) if info else "", stderr=stderr, code=1)
    found, _ = machine_facts.docker(runner)
    assert (found.engine, found.problem, found.compose) == (None, problem, "2.26.1")


def test_plugins_that_are_missing() -> None:
    runner = client(RecordingRunner(), INFO)
    for plugin in ("compose", "buildx"):
        runner.on("docker", plugin, code=1, stderr=f"docker: '{plugin}' is not a docker command")
    found, _ = machine_facts.docker(runner)
    assert (found.compose, found.buildx) == (None, None)


def test_no_docker_program() -> None:
    missing = RecordingRunner().on("docker", error=EngineError("not found"))
    assert machine_facts.docker(missing) == (Docker(), None)


def test_disks_are_those_of_the_nearest_directory_that_is_there(tmp_path: Path) -> None:
    images, state = machine_facts.disks(tmp_path / "none", tmp_path / "a" / "b")
    assert (images.purpose, state.purpose) == ("images", "state")
    assert state.path == str(tmp_path / "a" / "b")
    assert state.free > 0
    assert [disk.purpose for disk in machine_facts.disks(None, tmp_path)] == ["state"]


@pytest.mark.parametrize(
    ("text", "found"),
    [("MemTotal: 9 kB\nMemAvailable:   2 kB\n", 2048), ("MemTotal: 9 kB\n", None)],
)
def test_available_memory(tmp_path: Path, text: str, found: int | None) -> None:
    (tmp_path / "meminfo").write_text(text)
    assert machine_facts.memory_available(tmp_path / "meminfo") == found
    assert machine_facts.memory_available(tmp_path / "none") is None


def test_a_clock_behind_the_newest_file(tmp_path: Path) -> None:
    (tmp_path / "x.py").touch()
    changed = (tmp_path / "x.py").stat().st_mtime
    assert machine_facts.clock_behind(tmp_path, changed - 60) == 60
    assert machine_facts.clock_behind(tmp_path, changed + 60) == 0
    assert machine_facts.clock_behind(tmp_path / "none", time.time()) == 0


def test_authorities_are_counted() -> None:
    found = machine_facts.authorities(Path(certifi.where()), {})
    assert found.problem == ""
    assert found.valid > 0


@pytest.mark.parametrize("content", ["", "no certificate", "-----BEGIN CERTIFICATE-----\nx\n"])
def test_a_bundle_that_is_none(tmp_path: Path, content: str) -> None:
    (tmp_path / "ca.pem").write_text(content)
    assert "no certificates that can be read" in (
        machine_facts.authorities(tmp_path / "ca.pem", {}).problem
    )


def test_another_bundle_that_the_machine_trusts(tmp_path: Path) -> None:
    (tmp_path / "ca.pem").touch()
    link = tmp_path / "link.pem"
    link.symlink_to(tmp_path / "ca.pem")
    other = machine_facts.authorities(None, {"SSL_CERT_FILE": "/corporate.pem"})
    assert (other.named_by, other.other) == ("SSL_CERT_FILE", "/corporate.pem")
    same = machine_facts.authorities(tmp_path / "ca.pem", {"SSL_CERT_FILE": str(link)})
    assert same.other == same.path
