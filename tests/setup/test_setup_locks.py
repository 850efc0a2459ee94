"""The locks hold every requirement with hashes, agree with each other and name no address."""

import re
import tomllib

import pytest
from fake_machine import PROJECT
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

LOCKS = PROJECT / "locks"
PYPROJECT = tomllib.loads((PROJECT / "pyproject.toml").read_text())


def locked(name: str) -> dict[str, Requirement]:
    """Requirements of a lock by name; a package may be locked for several platforms."""
    text = (LOCKS / f"{name}.txt").read_text().replace("\\\n", " ")
    lines = [line.split(" --hash")[0] for line in text.splitlines() if line[:1].isalnum()]
    return {canonicalize_name(Requirement(line).name): Requirement(line) for line in lines}


def named(lines: list[str]) -> list[Requirement]:
    return [Requirement(line) for line in lines if line and line[0].isalnum()]


@pytest.mark.parametrize(
    ("lock", "requirements"),
    [
        ("cli", named(PYPROJECT["project"]["dependencies"])),
        ("dev", named(PYPROJECT["project"]["dependencies"])),
        ("dev", named(PYPROJECT["dependency-groups"]["dev"])),
        *[
            (source.stem, named(source.read_text().splitlines()))
            for source in sorted(LOCKS.glob("*.in"))
        ],
    ],
)
def test_every_requirement_is_locked(lock: str, requirements: list[Requirement]) -> None:
    versions = locked(lock)
    for requirement in requirements:
        [pin] = versions[canonicalize_name(requirement.name)].specifier
        assert requirement.specifier.contains(pin.version, prereleases=True), requirement


@pytest.mark.parametrize("part", ["cli", "setup"])
def test_the_development_environment_contains_the_others(part: str) -> None:
    dev = locked("dev")
    assert {name: str(pin.specifier) for name, pin in locked(part).items()} == {
        name: str(dev[name].specifier) for name in locked(part)
    }


@pytest.mark.parametrize("lock", [*sorted(path.stem for path in LOCKS.glob("*.in")), "cli", "dev"])
def test_every_locked_package_has_hashes_and_no_address(lock: str) -> None:
    text = (LOCKS / f"{lock}.txt").read_text()
    for entry in text.replace("\\\n", " ").strip().splitlines():
        assert re.search(r"==\S+ .*--hash=sha256:[0-9a-f]{64}", entry), entry
    assert not re.search(r"://|--(extra-)?index-url|--find-links|file:|/root/|/home/", text)
