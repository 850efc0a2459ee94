"""Continuous integration runs all checks, tells what failed, and leaves no engine behind."""

import shutil
from pathlib import Path

import pytest
from fake_machine import PROJECT, Machine

CHECKS = ["setup-dev", "lint", "types", "golden", "lock-check", "test"]


@pytest.fixture
def project(machine: Machine) -> Path:
    checkout = machine.root / "checkout"
    (checkout / "setup").mkdir(parents=True)
    (checkout / ".ci").mkdir()
    shutil.copy(PROJECT / ".ci/run", checkout / ".ci/run")
    machine.fake("make", '[ ! -e "$MACHINE/$1-fails" ]')
    machine.fake("engine.sh", '[ "$1" = stop ] || [ -e "$MACHINE/ours" ]')
    (machine.bin / "engine.sh").rename(checkout / "setup/engine.sh")
    return checkout


def test_all_checks_run(machine: Machine, project: Path) -> None:
    result = machine.run(".ci/run", project=project)
    assert result.returncode == 0, result.stderr
    assert machine.calls("make") == CHECKS
    assert "all checks passed" in result.stdout


def test_one_failure_fails_the_whole_but_stops_nothing(machine: Machine, project: Path) -> None:
    machine.set("lint-fails")
    machine.set("golden-fails")
    result = machine.run(".ci/run", project=project)
    assert result.returncode == 1
    assert machine.calls("make") == CHECKS
    assert result.stdout.splitlines()[-1] == "failed: lint golden"


@pytest.mark.parametrize("ours", [True, False])
def test_only_an_engine_of_this_run_is_stopped(machine: Machine, project: Path, ours: bool) -> None:
    if ours:
        machine.set("ours")
    machine.run(".ci/run", project=project)
    assert ("stop" in machine.calls("engine.sh")) is not ours
