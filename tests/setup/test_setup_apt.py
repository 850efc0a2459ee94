"""Packages come from the machine's own mirror, and the machine's own apt stays as it is."""

import pytest
from fake_machine import Machine

MAIN = "deb http://mirror.example/debian trixie main"
UPDATES = "deb http://mirror.example/debian trixie-updates main"
SECURITY = "deb https://security.example/debian-security trixie-security main"


def test_repositories_are_read_from_the_machines_apt(machine: Machine) -> None:
    assert machine.shell("machine_repositories").stdout.splitlines() == [
        "http://mirror.example/debian bookworm",
        "http://mirror.example/debian bookworm-updates",
        "https://security.example/debian-security bookworm-security",
        "https://node.example/node_20.x nodistro",
    ]


def test_reading_the_repositories_downloads_nothing(machine: Machine) -> None:
    machine.shell("machine_repositories")
    assert machine.calls("apt-get") == ["update --print-uris"]


@pytest.mark.parametrize(
    ("unserved", "accepted"),
    [
        ("", [MAIN, UPDATES, SECURITY]),
        ("trixie-security\n", [MAIN]),
        ("mirror.example\n", ["deb https://node.example/node_20.x trixie main"]),
    ],
)
def test_the_first_mirror_that_serves_the_suite_is_used(
    machine: Machine, unserved: str, accepted: list[str]
) -> None:
    machine.set("unserved", unserved)
    if accepted[0] != MAIN:
        # Nothing but the main archive of the second candidate is there.
        machine.set("unserved", unserved + "trixie-updates\ntrixie-security\n")
    result = machine.shell("find_sources")
    assert result.returncode == 0, result.stderr
    assert (machine.prefix / "apt/accepted").read_text().splitlines() == accepted


def test_a_named_mirror_goes_before_the_machines(machine: Machine) -> None:
    machine.environment["RALEX_DEBIAN_MIRROR"] = "http://mine.example/debian"
    machine.shell("find_sources")
    first = (machine.prefix / "apt/accepted").read_text().splitlines()[0]
    assert first == "deb http://mine.example/debian trixie main"


def test_without_a_mirror_the_remedies_are_named(machine: Machine) -> None:
    machine.set("unserved", "example\n")
    result = machine.shell("find_sources")
    assert result.returncode != 0
    assert "does not have a Release file" in result.stderr
    assert "http://mirror.example/debian" in result.stderr
    assert "RALEX_DEBIAN_MIRROR=" in result.stderr


def test_a_system_without_apt_is_told_what_to_install(machine: Machine) -> None:
    (machine.bin / "apt-get").unlink()
    result = machine.shell("find_sources")
    assert result.returncode != 0
    assert "Docker Engine with the Compose and buildx plugins" in result.stderr


def test_apt_is_called_with_a_private_configuration(machine: Machine) -> None:
    machine.shell("find_sources")
    configuration = (machine.prefix / "apt/apt.conf").read_text()
    for key in ("Dir::State", "Dir::State::status", "Dir::Cache", "Dir::Etc::sourcelist"):
        assert f'{key} "{machine.prefix}/apt' in configuration


def test_packages_are_unpacked_once(machine: Machine) -> None:
    for _ in range(2):
        result = machine.shell("unpack_packages tini containerd")
        assert result.returncode == 0, result.stderr
    downloads = [call for call in machine.calls("apt-get") if "download" in call]
    assert downloads == ["-qq download tini", "-qq download containerd"]


def test_package_lists_are_refreshed_only_when_an_install_fails(machine: Machine) -> None:
    assert machine.shell("install_packages mmdebstrap").returncode == 0
    assert len(machine.calls("apt-get")) == 1
    machine.set("uninstallable")
    result = machine.shell("install_packages mmdebstrap")
    assert result.returncode != 0
    assert "apt-get could not install: mmdebstrap" in result.stderr
    assert "-qq update" in machine.calls("apt-get")


@pytest.mark.parametrize(
    ("version", "floor", "enough"),
    [
        ("2.26.1-4", "2.20", True),
        ("v2.20.0", "2.20", True),
        ("2.19.9", "2.20", False),
        ("3.0", "2.20", True),
        ("1.29.2", "2.20", False),
        ("2.9", "2.20", False),
    ],
)
def test_versions_are_compared_by_number(
    machine: Machine, version: str, floor: str, enough: bool
) -> None:
    assert (machine.shell(f"at_least {version} {floor}").returncode == 0) is enough
