"""The base image: there, pulled, or made from the machine's mirror."""

from concurrent.futures import ThreadPoolExecutor

from fake_machine import Machine

MMDEBSTRAP = 'cat >"$MACHINE/sources"; for last; do :; done; touch "${@: -2:1}"'


def test_an_image_that_is_there_is_kept(machine: Machine) -> None:
    machine.set("image")
    result = machine.run("setup/base-image.sh")
    assert result.returncode == 0, result.stderr
    assert machine.calls("docker") == ["image inspect debian:trixie-slim"]


def test_it_is_pulled_where_a_registry_serves_it(machine: Machine) -> None:
    machine.set("registry")
    result = machine.run("setup/base-image.sh")
    assert result.returncode == 0, result.stderr
    assert machine.calls("docker")[-1] == "pull --quiet debian:trixie-slim"
    assert machine.calls("apt-get") == []


def test_otherwise_it_is_made_from_the_machines_mirror(machine: Machine) -> None:
    machine.fake("mmdebstrap", MMDEBSTRAP)
    result = machine.run("setup/base-image.sh")
    assert result.returncode == 0, result.stderr
    assert machine.calls("docker")[-1].startswith("import ")
    sources = (machine.root / "sources").read_text()
    assert sources.splitlines()[0] == "deb http://mirror.example/debian trixie main"
    assert not list(machine.prefix.glob("base.tar*"))


def test_two_set_ups_at_once_make_it_once(machine: Machine) -> None:
    machine.fake("mmdebstrap", f'{MMDEBSTRAP}; touch "$MACHINE/image"')
    with ThreadPoolExecutor() as pool:
        results = list(pool.map(machine.run, ["setup/base-image.sh"] * 2))
    assert [result.returncode for result in results] == [0, 0]
    assert len(machine.calls("mmdebstrap")) == 1


def test_mmdebstrap_is_installed_by_root(machine: Machine) -> None:
    install = (
        'case "$*" in *install*) '
        f"printf '#!/bin/bash\\n%s\\n' '{MMDEBSTRAP}' >\"$MACHINE/bin/mmdebstrap\"; "
        'chmod +x "$MACHINE/bin/mmdebstrap" ;; *--print-uris*) cat "$MACHINE/uris" ;; esac'
    )
    machine.fake("apt-get", install)
    result = machine.run("setup/base-image.sh")
    assert result.returncode == 0, result.stderr
    assert machine.calls("docker")[-1].startswith("import ")


def test_without_root_and_mmdebstrap_the_remedies_are_named(machine: Machine) -> None:
    machine.become("joe", 1000)
    result = machine.run("setup/base-image.sh")
    assert result.returncode != 0
    assert "apt-get install mmdebstrap" in result.stderr
    assert "docker load" in result.stderr


def test_a_failure_of_mmdebstrap_is_shown(machine: Machine) -> None:
    machine.fake("mmdebstrap", "echo 'E: no space left on device' >&2; exit 1")
    result = machine.run("setup/base-image.sh")
    assert result.returncode != 0
    assert "E: no space left on device" in result.stderr
    assert not any(call.startswith("import") for call in machine.calls("docker"))
