"""The engine: used when it answers, never touched, otherwise obtained or explained."""

import os
from pathlib import Path

import pytest
from fake_machine import Machine


def working(machine: Machine) -> Machine:
    for fact in ("answers", "compose", "buildx"):
        machine.set(fact)
    return machine


def own_pid(machine: Machine) -> int:
    return int((machine.run_directory / "dockerd.pid").read_text())


def test_a_working_engine_is_left_alone(machine: Machine) -> None:
    result = working(machine).run("setup/engine.sh")
    assert result.returncode == 0, result.stderr
    assert "ready (Docker 26.1.5, Compose 2.26.1-4)" in result.stdout
    assert {call.split()[0] for call in machine.calls("docker")} == {"version", "compose", "buildx"}
    assert machine.calls("apt-get") == []
    assert list(machine.home.iterdir()) == []
    assert not machine.prefix.exists()


def test_a_missing_plugin_is_added_to_a_working_engine(machine: Machine) -> None:
    for fact in ("answers", "buildx"):
        machine.set(fact)
    result = machine.run("setup/engine.sh")
    assert result.returncode == 0, result.stderr
    assert [call for call in machine.calls("apt-get") if "download" in call] == [
        "-qq download docker-compose"
    ]
    link = machine.home / ".docker/cli-plugins/docker-compose"
    assert link.resolve().is_relative_to(machine.prefix)
    assert machine.calls("dockerd") == []


def test_a_dangling_plugin_link_is_replaced(machine: Machine) -> None:
    for fact in ("answers", "buildx"):
        machine.set(fact)
    link = machine.home / ".docker/cli-plugins/docker-compose"
    link.parent.mkdir(parents=True)
    link.symlink_to(machine.root / "gone")
    assert machine.run("setup/engine.sh").returncode == 0
    assert link.exists()


def test_somebody_elses_plugin_is_not_replaced(machine: Machine) -> None:
    working(machine).set("compose-version", "2.19.9")
    plugin = machine.home / ".docker/cli-plugins/docker-compose"
    plugin.parent.mkdir(parents=True)
    plugin.write_text("plugin of theirs")
    result = machine.run("setup/engine.sh")
    assert result.returncode != 0
    assert str(plugin) in result.stderr
    assert "2.20" in result.stderr
    assert plugin.read_text() == "plugin of theirs"


def test_an_old_compose_of_the_system_is_overridden_for_the_user(machine: Machine) -> None:
    working(machine).set("compose-version", "2.19.9")
    result = machine.run("setup/engine.sh")
    assert "docker-compose" in machine.calls("apt-get")[-1]
    assert (machine.home / ".docker/cli-plugins/docker-compose").exists(), result.stderr


@pytest.mark.parametrize(
    ("uid", "complaint", "context", "environment", "says"),
    [
        (1000, "permission denied while trying to connect", "default", {}, "usermod -aG docker"),
        (
            0,
            "dial tcp: refused",
            "default",
            {"DOCKER_HOST": "tcp://127.0.0.1:9"},
            "unset DOCKER_HOST",
        ),
        (0, "Cannot connect", "rootless", {}, "docker context use default"),
        (1000, "Cannot connect", "default", {}, "run 'make setup' as root once"),
        (0, "Cannot connect", "default", {"RALEX_ENGINE_PREFIX": "here"}, "not an absolute path"),
    ],
)
def test_no_engine_is_started_where_that_would_be_wrong(
    machine: Machine, uid: int, complaint: str, context: str, environment: dict[str, str], says: str
) -> None:
    machine.become("joe", uid)
    machine.set("complaint", complaint)
    machine.set("context", context)
    machine.environment = {"RALEX_ENGINE_SOCKET": ""} | environment
    result = machine.run("setup/engine.sh")
    assert result.returncode != 0
    assert says in result.stderr
    assert machine.calls("dockerd") == []
    assert machine.calls("apt-get") == []


def test_root_gets_an_engine_once(machine: Machine) -> None:
    first = machine.run("setup/engine.sh")
    assert first.returncode == 0, first.stderr
    second = machine.run("setup/engine.sh")
    assert second.returncode == 0, second.stderr
    [flags] = machine.calls("dockerd")
    assert f"--data-root {machine.prefix}/data" in flags
    assert f"--host unix://{machine.root}/docker.sock" in flags
    assert "--default-address-pool base=172.16.0.0/12,size=24" in flags
    downloads = [call.split()[-1] for call in machine.calls("apt-get") if "download" in call]
    assert sorted(downloads) == [
        "containerd",
        "docker-buildx",
        "docker-compose",
        "docker.io",
        "tini",
    ]


def test_no_second_engine_is_started_beside_one_that_hangs(machine: Machine) -> None:
    machine.fake("pidof", f"echo {os.getpid()}")
    result = machine.run("setup/engine.sh")
    assert result.returncode != 0
    assert f"a Docker engine runs on this machine (process {os.getpid()})" in result.stderr
    assert machine.calls("dockerd") == []


def test_an_engine_in_another_network_is_no_obstacle(machine: Machine) -> None:
    machine.fake("pidof", f"echo {os.getpid()}")
    machine.fake("readlink", 'echo "$1"')
    assert machine.run("setup/engine.sh").returncode == 0
    assert len(machine.calls("dockerd")) == 1


def test_an_engine_that_is_still_starting_is_waited_for(machine: Machine) -> None:
    machine.run("setup/engine.sh")
    pid = own_pid(machine)
    (machine.root / "answers").unlink()
    # It answers after the first pause.
    machine.fake("sleep", 'touch "$MACHINE/answers"')
    result = machine.run("setup/engine.sh")
    assert result.returncode == 0, result.stderr
    assert f"waiting for the engine that is starting (process {pid})" in result.stdout
    assert len(machine.calls("dockerd")) == 1


@pytest.mark.parametrize("stale", [str(os.getpid()), "4194399", ""], ids=["other", "gone", "empty"])
def test_a_stale_pid_file_does_not_keep_the_engine_from_starting(
    machine: Machine, stale: str
) -> None:
    machine.run_directory.mkdir()
    (machine.run_directory / "dockerd.pid").write_text(stale)
    result = machine.run("setup/engine.sh")
    assert result.returncode == 0, result.stderr
    assert len(machine.calls("dockerd")) == 1


def test_an_engine_that_fails_is_reported_with_its_last_words(machine: Machine) -> None:
    machine.set("dockerd-fails")
    result = machine.run("setup/engine.sh")
    assert result.returncode != 0
    assert "failed to start daemon: no space left" in result.stderr
    assert f"{machine.prefix}/dockerd.log" in result.stderr


def test_the_engine_inherits_no_open_file(machine: Machine) -> None:
    reader, writer = os.pipe()
    try:
        result = machine.run("setup/engine.sh", keep_open=(writer,))
    finally:
        os.close(writer)
    assert result.returncode == 0, result.stderr
    assert Path(f"/proc/{own_pid(machine)}").exists()
    # A holder of the other end would make this wait for ever.
    assert os.read(reader, 1) == b""
    os.close(reader)


def test_stop_ends_the_engine_that_set_up_started(machine: Machine) -> None:
    machine.run("setup/engine.sh")
    pid = own_pid(machine)
    assert machine.run("setup/engine.sh", "running").returncode == 0
    assert machine.run("setup/engine.sh", "stop").returncode == 0
    assert machine.run("setup/engine.sh", "running").returncode != 0
    assert not machine.is_alive(pid)


@pytest.mark.parametrize(
    "recorded", [None, str(os.getpid()), "4194399"], ids=["none", "other", "gone"]
)
def test_stop_ends_nothing_else(machine: Machine, recorded: str | None) -> None:
    working(machine)
    if recorded is not None:
        machine.run_directory.mkdir()
        (machine.run_directory / "dockerd.pid").write_text(recorded)
    result = machine.run("setup/engine.sh", "stop")
    assert result.returncode == 0
    assert "nothing to stop" in result.stdout


def test_a_machine_without_a_client_gets_one(machine: Machine) -> None:
    working(machine)
    (machine.bin / "docker").rename(machine.bin / "hidden-docker")
    machine.become("joe", 1000)
    local = machine.home / ".local/bin"
    machine.environment["PATH"] = f"{machine.bin}:{local}"
    result = machine.run("setup/engine.sh")
    assert result.returncode == 0, result.stderr
    assert (local / "docker").resolve().is_relative_to(machine.prefix)
