"""What is asked of `docker compose`, and what is made of its failures."""

from __future__ import annotations

import socket
from typing import TYPE_CHECKING

import pytest
import samples
import yaml
from fake_engine import FakeEngine, container
from fakes import RecordingRunner

from ralex_stack.engines.compose import ComposeEngine
from ralex_stack.engines.docker import DockerFacts
from ralex_stack.errors import EngineError, UnhealthyError
from ralex_stack.plan import secrets_digest
from ralex_stack.render.compose import SECRETS_LABEL

if TYPE_CHECKING:
    from pathlib import Path

BUNDLE = samples.state().bundle
SECRETS = {"valkey_password": "0123456789ab"}


def compose(directory: Path, runner: RecordingRunner) -> ComposeEngine:
    return ComposeEngine(runner, directory, DockerFacts(runner, "ralex"))


def words(runner: RecordingRunner, *wanted: str) -> tuple[str, ...]:
    (call,) = runner.asked("docker", "compose", *wanted)
    return call.arguments


@pytest.mark.parametrize("changed", [("edge",), ("edge", "gateway")])
def test_up_names_only_what_is_changed_and_waits_for_all(
    tmp_path: Path, changed: tuple[str, ...]
) -> None:
    runner = RecordingRunner()
    compose(tmp_path, runner).up(BUNDLE, SECRETS, changed)
    *makes, waits = [call.arguments for call in runner.asked("compose", "up")]
    assert {"--no-recreate", "--wait", "--remove-orphans"} <= set(waits)
    assert len(makes) == 1
    for make in makes:
        assert "--no-deps" in make
        assert sorted(make[make.index("--no-deps") + 1 :]) == sorted(changed)


@pytest.mark.parametrize(
    ("health", "state", "asked"),
    [("healthy", "running", 0), ("starting", "running", 1), ("healthy", "restarting", 1)],
)
def test_up_does_not_ask_compose_where_nothing_is_to_be_done(
    tmp_path: Path, health: str, state: str, asked: int
) -> None:
    with FakeEngine(tmp_path / "engine.sock") as docker:
        docker.containers = [
            container("edge"),
            container("gateway", health=health, state=state),
            container("workspace", one_off=True, state="exited", health=None),
        ]
        runner = docker.runner().on("docker", "compose", "up")
        compose(tmp_path, runner).up(BUNDLE, SECRETS, ())
    assert len([call for call in runner.calls if "up" in call.arguments]) == asked


def test_a_service_that_only_serves_as_a_pattern_is_not_started(tmp_path: Path) -> None:
    runner = RecordingRunner()
    compose(tmp_path, runner).up(BUNDLE, SECRETS, ("workspace",))
    (waits,) = runner.asked("compose")
    assert "workspace" not in waits.arguments


def test_what_is_made_anew_is_forced(tmp_path: Path) -> None:
    runner = RecordingRunner()
    compose(tmp_path, runner).up(BUNDLE, SECRETS, ("edge", "gateway"), anew=("gateway",))
    forced, plain, _ = [call.arguments for call in runner.asked("compose", "up")]
    assert forced[-3:] == ("--no-deps", "--force-recreate", "gateway")
    assert plain[-2:] == ("--no-deps", "edge")


def test_what_a_killed_compose_left_half_made_is_made_anew(tmp_path: Path) -> None:
    left = "0123456789ab_ralex-edge-1 edge\nralex-edge-1 edge\nralex-gateway-1 gateway\n"
    runner = RecordingRunner().on("docker", "ps", "--all", stdout=left)
    compose(tmp_path, runner).up(BUNDLE, SECRETS, ())
    (removed,) = [call.arguments for call in runner.asked("docker", "rm")]
    assert removed[-2:] == ("0123456789ab_ralex-edge-1", "ralex-edge-1")
    assert [call.arguments[-1] for call in runner.asked("--no-deps")] == ["edge"]


@pytest.mark.parametrize("action", ["up", "down", "restart"])
def test_what_is_paused_goes_on_first(tmp_path: Path, action: str) -> None:
    with FakeEngine(tmp_path / "engine.sock") as docker:
        runner = docker.runner().on("docker", "ps", "status=paused", stdout="a1\nb2\n")
        runner.on("docker", "compose")
        _act(compose(tmp_path, runner), action)
    look, unpause, *_ = [call.arguments for call in runner.calls]
    assert "label=com.docker.compose.project=ralex" in look
    assert unpause == ("docker", "unpause", "a1", "b2")


def test_a_full_disk_of_the_engine_is_told_with_what_is_free(tmp_path: Path) -> None:
    with FakeEngine(tmp_path / "engine.sock") as docker:
        docker.info = {"Name": socket.gethostname(), "DockerRootDir": str(tmp_path)}
        said = "mkdir /x: no space left on device\nnoise"
        runner = docker.runner().on("docker", "compose", "up", code=1, stderr=said)
        with pytest.raises(EngineError, match="no space left") as error:
            compose(tmp_path, runner).up(BUNDLE, SECRETS, ())
    assert f"MiB are free at {tmp_path}" in str(error.value)
    assert "docker system df" in error.value.hint


def test_digests_of_secrets_go_to_a_file_of_their_own(tmp_path: Path) -> None:
    compose(tmp_path, RecordingRunner()).up(BUNDLE, SECRETS, ("edge",))
    (file,) = tmp_path.glob("compose.secrets.*.yaml")
    overlay = yaml.safe_load(file.read_text())["services"]
    assert set(overlay) == set(BUNDLE.services)
    for name, service in BUNDLE.services.items():
        digest = secrets_digest(service.get("secrets", ()), SECRETS)
        assert overlay[name] == {"labels": {SECRETS_LABEL: digest}}


def test_commands_name_the_project_that_was_installed(tmp_path: Path) -> None:
    engine = compose(tmp_path, RecordingRunner())
    project = f"{tmp_path}/compose.yaml"
    directory = ["docker", "compose", "--project-directory", str(tmp_path)]
    assert engine.command("ps") == [*directory, "--file", project, "ps"]
    (tmp_path / "compose.yaml").write_bytes(BUNDLE.files["compose.yaml"])
    engine.up(BUNDLE, SECRETS, ("edge",))
    (overlay,) = tmp_path.glob("compose.secrets.*.yaml")
    named = ["--file", project, "--file", str(overlay)]
    assert engine.command("ps") == [*directory, *named, "ps"]


def test_digests_of_another_project_do_not_count(tmp_path: Path) -> None:
    engine = compose(tmp_path, RecordingRunner())
    engine.up(BUNDLE, SECRETS, ("edge",))
    (tmp_path / "compose.yaml").write_text("name: another\nservices: {}\n")
    assert engine.command("ps").count("--file") == 1


def test_variables_of_compose_do_not_change_the_project(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COMPOSE_FILE", "/elsewhere")
    monkeypatch.setenv("COMPOSE_PROJECT_NAME", "other")
    monkeypatch.setenv("DOCKER_HOST", "unix:///mine")
    environment = compose(tmp_path, RecordingRunner()).environment()
    assert not [name for name in environment if name.startswith("COMPOSE_")]
    assert environment["DOCKER_HOST"] == "unix:///mine"


def test_down_takes_no_project_that_stands_in_the_callers_directory(tmp_path: Path) -> None:
    runner = RecordingRunner()
    compose(tmp_path, runner).down()
    arguments = words(runner, "down")
    assert arguments[2:6] == ("--project-directory", "/", "--project-name", "ralex")
    assert "--remove-orphans" in arguments


def test_restart_waits_for_health(tmp_path: Path) -> None:
    runner = RecordingRunner()
    compose(tmp_path, runner).restart(["gateway"])
    assert words(runner, "restart")[-2:] == ("restart", "gateway")
    assert "--no-recreate" in words(runner, "up", "--wait")


def test_several_containers_of_a_service_restart_one_after_the_other(tmp_path: Path) -> None:
    names = ["ralex-gateway-1", "ralex-gateway-2"]
    listed = "".join(f"{name} gateway\n" for name in reversed(names)) + "ralex-edge-1 edge\n"
    runner = RecordingRunner().on("docker", "ps", "--all", stdout=listed)
    compose(tmp_path, runner).restart(["gateway", "edge"])
    restarts = [call.arguments for call in runner.calls if "restart" in call.arguments]
    assert [call[-1] for call in restarts] == [*names, "edge"]
    # Each is waited for before the next one is told to end.
    asked = [call.arguments for call in runner.calls]
    waits = [n for n, call in enumerate(asked) if "--wait" in call]
    assert asked.index(restarts[0]) < waits[0] < asked.index(restarts[1]) < waits[1]


@pytest.mark.parametrize("follow", [True, False])
def test_logs(tmp_path: Path, follow: bool) -> None:
    runner = RecordingRunner().on("logs", code=130)
    assert compose(tmp_path, runner).logs(["edge"], follow=follow, tail="5") == 130
    arguments = words(runner, "logs", "--tail", "5", "edge")
    assert ("--follow" in arguments) == follow


def test_a_one_off_container_is_removed_in_the_end(tmp_path: Path) -> None:
    runner = RecordingRunner()
    engine = compose(tmp_path, runner)
    with engine.one_off("workspace", ["--no-TTY"], ["opencode"]) as command:
        assert runner.calls == []
        (removes,) = runner.when_this_is_killed
    name = command[command.index("--name") + 1]
    assert name.startswith("ralex-workspace-run-")
    assert command[-3:] == ["--no-TTY", "workspace", "opencode"]
    (removed,) = runner.calls
    assert removed.arguments == removes == ("docker", "rm", "--force", "--volumes", name)


def test_a_one_off_container_is_removed_when_its_user_is_interrupted(tmp_path: Path) -> None:
    runner = RecordingRunner()
    with (
        pytest.raises(KeyboardInterrupt),
        compose(tmp_path, runner).one_off("workspace", [], ["opencode"]),
    ):
        raise KeyboardInterrupt
    assert len(runner.asked("docker", "rm", "--force")) == 1


def test_one_off_containers_have_names_of_their_own(tmp_path: Path) -> None:
    engine = compose(tmp_path, RecordingRunner())
    with engine.one_off("w", [], []) as one, engine.one_off("w", [], []) as two:
        assert one != two


@pytest.mark.parametrize("action", ["up", "restart"])
@pytest.mark.parametrize(
    "said",
    [
        "Bind for 127.0.0.1:4000 failed: port is already allocated",
        "listen tcp4 127.0.0.1:4000: bind: address already in use",
    ],
)
def test_a_taken_port_is_told_with_the_way_out(tmp_path: Path, action: str, said: str) -> None:
    runner = RecordingRunner().on("docker", "compose", code=1, stderr=f"noise\n{said}\n")
    engine = compose(tmp_path, runner)
    with pytest.raises(EngineError, match="a port is taken") as error:
        _act(engine, action)
    assert said in str(error.value)
    assert "network.gateway_port" in error.value.hint


def test_networks_without_addresses_are_told_with_the_way_out(tmp_path: Path) -> None:
    said = "could not find an available, non-overlapping IPv4 address pool among the defaults"
    runner = RecordingRunner().on("docker", "compose", code=1, stderr=f"noise\n{said}\n")
    with pytest.raises(EngineError, match="no addresses left") as error:
        _act(compose(tmp_path, runner), "up")
    assert error.value.code == "networks-exhausted"


def _act(engine: ComposeEngine, action: str) -> None:
    if action == "up":
        engine.up(BUNDLE, SECRETS, ("edge",))
    elif action == "down":
        engine.down()
    else:
        engine.restart([])


def failing(engine: FakeEngine) -> RecordingRunner:
    return engine.runner().on("docker", "compose", "up", code=1, stderr="gave up")


def test_services_that_are_not_healthy_are_named_with_their_logs(tmp_path: Path) -> None:
    with FakeEngine(tmp_path / "engine.sock") as docker:
        docker.containers = [
            container("edge"),
            container("gateway", health="unhealthy", log="Traceback\nboom"),
            container("valkey", state="restarting", health=None, log="no memory"),
            container("workspace", one_off=True, state="exited", health=None),
        ]
        with pytest.raises(
            UnhealthyError, match="not healthy within 180 s: gateway, valkey"
        ) as error:
            compose(tmp_path, failing(docker)).up(BUNDLE, SECRETS, ("edge",))
    assert "    boom" in str(error.value)
    assert "valkey: restarting" in str(error.value)
    assert "ralex-stack logs" in error.value.hint


def test_another_failure_is_told_as_compose_told_it(tmp_path: Path) -> None:
    with FakeEngine(tmp_path / "engine.sock") as docker:
        docker.containers = [container("edge")]
        with pytest.raises(EngineError, match="gave up") as error:
            compose(tmp_path, failing(docker)).up(BUNDLE, SECRETS, ("edge",))
    assert not isinstance(error.value, UnhealthyError)
    assert error.value.hint
