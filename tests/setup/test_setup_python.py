"""The Python environment: made once, widened on demand, made again when a lock changed."""

import shutil
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from fake_machine import PROJECT, Machine

# Enough of an interpreter to make an environment of itself and of a recorded uv.
INTERPRETER = """
case "$*" in
    "-m venv .venv") mkdir -p .venv/bin && cp "$0" .venv/bin/python ;;
    *"pip install"*)
        cp "$MACHINE/uv" .venv/bin/uv
        chmod +x .venv/bin/uv ;;
    *"import ensurepip"*) [ ! -e "$MACHINE/no-ensurepip" ] ;;
    *version_info*) [ ! -e "$MACHINE/old" ] ;;
esac
"""
UV = """#!/bin/bash
echo "uv $*" >>"$MACHINE/calls"
[ ! -e "$MACHINE/uv-fails" ]
"""


@pytest.fixture
def project(machine: Machine) -> Path:
    checkout = machine.root / "checkout"
    checkout.mkdir()
    for name in ("setup", "locks"):
        shutil.copytree(PROJECT / name, checkout / name)
    shutil.copy(PROJECT / "pyproject.toml", checkout)
    machine.fake("python3", INTERPRETER)
    machine.set("uv", UV)
    machine.environment["PYTHON"] = "python3"
    return checkout


def syncs(machine: Machine) -> list[str]:
    return [call for call in machine.calls("uv") if call.startswith("pip sync")]


def setup(machine: Machine, project: Path, level: str) -> None:
    result = machine.run("setup/python.sh", level, project=project)
    assert result.returncode == 0, result.stderr
    assert result.stdout.splitlines()[-1].split() == ["==>", "python", "ready"]


@pytest.mark.parametrize(
    ("levels", "locks"),
    [
        (["cli"], ["cli"]),
        (["cli", "cli"], ["cli"]),
        (["cli", "dev"], ["cli", "dev"]),
        (["dev", "cli"], ["dev"]),
        (["dev", "dev", "cli"], ["dev"]),
    ],
)
def test_each_level_is_installed_once(
    machine: Machine, project: Path, levels: list[str], locks: list[str]
) -> None:
    for level in levels:
        setup(machine, project, level)
    assert [call.split()[-1] for call in syncs(machine)] == [f"locks/{name}.txt" for name in locks]


def test_everything_is_checked_by_hash_and_built_without_isolation(
    machine: Machine, project: Path
) -> None:
    setup(machine, project, "dev")
    assert all("--require-hashes" in call for call in syncs(machine))
    assert "--no-deps --no-build-isolation --editable ." in machine.calls("uv")[-1]


@pytest.mark.parametrize("changed", ["locks/dev.txt", "locks/setup.txt", "pyproject.toml"])
def test_a_change_is_installed_at_the_level_that_is_there(
    machine: Machine, project: Path, changed: str
) -> None:
    setup(machine, project, "dev")
    with (project / changed).open("a") as file:
        file.write("# changed\n")
    setup(machine, project, "cli")
    assert [call.split()[-1] for call in syncs(machine)] == ["locks/dev.txt"] * 2


def test_a_moved_checkout_is_installed_again(machine: Machine, project: Path) -> None:
    setup(machine, project, "cli")
    moved = project.rename(machine.root / "moved")
    setup(machine, moved, "cli")
    assert len(syncs(machine)) == 2


def test_two_set_ups_at_once_install_once(machine: Machine, project: Path) -> None:
    with ThreadPoolExecutor() as pool:
        list(pool.map(lambda level: setup(machine, project, level), ["cli", "cli"]))
    assert len(syncs(machine)) == 1


def test_an_interrupted_installation_is_repeated(machine: Machine, project: Path) -> None:
    machine.set("uv-fails")
    assert machine.run("setup/python.sh", "cli", project=project).returncode != 0
    (machine.root / "uv-fails").unlink()
    setup(machine, project, "cli")
    assert len(syncs(machine)) == 2


def test_an_interpreter_that_is_too_old_is_refused(machine: Machine, project: Path) -> None:
    machine.set("old")
    result = machine.run("setup/python.sh", "cli", project=project)
    assert result.returncode != 0
    assert "no Python 3.11 or newer" in result.stderr
    assert not (project / ".venv").exists()


@pytest.mark.parametrize(("uid", "installs"), [(0, True), (1000, False)])
def test_debians_venv_package_is_installed_by_root(
    machine: Machine, project: Path, uid: int, installs: bool
) -> None:
    machine.set("no-ensurepip")
    machine.become("joe", uid)
    result = machine.run("setup/python.sh", "cli", project=project)
    assert (result.returncode == 0) is installs
    assert bool(machine.calls("apt-get")) is installs
    assert installs or "apt-get install python3-venv" in result.stderr


def test_an_unknown_level_is_refused(machine: Machine, project: Path) -> None:
    result = machine.run("setup/python.sh", "all", project=project)
    assert result.returncode != 0
    assert "unknown environment 'all'" in result.stderr
