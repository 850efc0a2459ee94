"""Facts read from the engine's socket."""

from __future__ import annotations

import gc
from typing import TYPE_CHECKING

import pytest
from fake_engine import FakeEngine, container
from fakes import RecordingRunner

from ralex_stack.engines.docker import DockerFacts
from ralex_stack.errors import EngineError
from ralex_stack.render.compose import CONFIG_LABEL, SECRETS_LABEL

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[FakeEngine]:
    with FakeEngine(tmp_path / "engine.sock") as made:
        yield made


def facts(engine: FakeEngine) -> DockerFacts:
    return DockerFacts(engine.runner(), "ralex")


def test_states_of_containers(engine: FakeEngine) -> None:
    engine.containers = [
        container("workspace", one_off=True, health=None),
        container("edge", ports={"4000": "4400"}, image="ralex-stack/edge:1"),
        container("gateway", "another"),
    ]
    edge, workspace = facts(engine).containers()
    assert (edge.service, edge.state, edge.health) == ("edge", "running", "healthy")
    assert (edge.ports, edge.image, edge.one_off) == (
        ("127.0.0.1:4400",),
        "ralex-stack/edge:1",
        False,
    )
    assert (workspace.service, workspace.health, workspace.one_off) == ("workspace", "", True)


@pytest.mark.parametrize(
    ("health", "healthy"),
    [("healthy", True), ("unhealthy", False), ("starting", None), (None, None)],
)
def test_what_a_plan_needs_to_know(
    engine: FakeEngine, health: str | None, healthy: bool | None
) -> None:
    labels = {CONFIG_LABEL: "0123", SECRETS_LABEL: "4567"}
    engine.containers = [
        container("edge", health=health, labels=labels, image="i"),
        container("workspace", one_off=True),
    ]
    (fact,) = facts(engine).facts()
    assert (fact.service, fact.healthy, fact.image) == ("edge", healthy, "i")
    assert (fact.config, fact.secrets) == ("0123", "4567")


def test_missing_images(engine: FakeEngine) -> None:
    engine.images = {"ralex-stack/edge:1"}
    assert facts(engine).missing_images({"ralex-stack/edge:1", "ralex-stack/edge:2"}) == {
        "ralex-stack/edge:2"
    }


def test_a_volume_is_made_once_with_the_labels_of_compose(engine: FakeEngine) -> None:
    for _ in range(2):
        assert facts(engine).ensure_volume("data-0") == "ralex_data-0"
    assert engine.volumes == {
        "ralex_data-0": {
            "com.docker.compose.project": "ralex",
            "com.docker.compose.volume": "data-0",
        }
    }


def test_volumes_of_the_project_are_removed_and_no_others(engine: FakeEngine) -> None:
    engine.volumes = {
        "ralex_valkey": {"com.docker.compose.project": "ralex"},
        "mine": {"com.docker.compose.project": "another"},
    }
    assert facts(engine).volumes() == ("ralex_valkey",)
    facts(engine).remove_volumes()
    assert list(engine.volumes) == ["mine"]


def test_log_tail_ends_with_what_the_health_check_said(engine: FakeEngine) -> None:
    broken = container("edge", log="one\ntwo\n")
    broken["State"]["Health"]["Log"] = [{"Output": "first"}, {"Output": "connection refused\n"}]
    engine.containers = [broken]
    assert facts(engine).log_tail("ralex-edge-1") == "one\ntwo\nhealth check: connection refused\n"
    assert facts(engine).log_tail("ralex-gateway-1") == ""


def test_memory_is_without_the_page_cache(engine: FakeEngine) -> None:
    engine.containers = [container("edge"), container("gateway", state="exited")]
    assert facts(engine).memory() == {"ralex-edge-1": 700}


def test_mounted_paths_are_relative_to_the_directory(engine: FakeEngine, tmp_path: Path) -> None:
    mounts = [f"{tmp_path}/services/edge/0123", "/elsewhere"]
    engine.containers = [container("edge", mounts=mounts)]
    assert facts(engine).mounted(tmp_path) == {"services/edge/0123"}


def test_mounted_paths_are_found_through_a_symbolic_link(
    engine: FakeEngine, tmp_path: Path
) -> None:
    link = tmp_path / "link"
    link.symlink_to(tmp_path, target_is_directory=True)
    engine.containers = [container("edge", mounts=[f"{tmp_path}/services/edge/0123"])]
    assert facts(engine).mounted(link) == {"services/edge/0123"}


def test_directories_that_containers_were_made_from(engine: FakeEngine, tmp_path: Path) -> None:
    label = {"com.docker.compose.project.working_dir": str(tmp_path)}
    engine.containers = [container("edge", labels=label), container("gateway")]
    assert facts(engine).directories() == {tmp_path}


@pytest.fixture
def sdk_that_leaks() -> Iterator[None]:
    """The SDK does not close a socket that cannot connect: collected here, where it is expected."""
    yield
    gc.collect()


leaks = pytest.mark.filterwarnings("ignore::ResourceWarning")


@leaks
@pytest.mark.usefixtures("sdk_that_leaks")
def test_an_engine_that_does_not_answer(tmp_path: Path) -> None:
    runner = FakeEngine(tmp_path / "nobody.sock").runner()
    with pytest.raises(EngineError, match="does not answer") as error:
        DockerFacts(runner, "ralex").containers()
    assert "make setup" in error.value.hint


def test_a_refusal_of_the_engine_is_told(engine: FakeEngine) -> None:
    known = facts(engine)
    engine.volumes = {"x": {"com.docker.compose.project": "ralex"}}
    with pytest.raises(EngineError, match="refused"), known.client() as client:
        client.volumes.get("gone")


def test_an_engine_that_falls_silent(engine: FakeEngine) -> None:
    def ask() -> None:
        with facts(engine).client() as client:
            engine.silent = True
            client.containers.list()

    with pytest.raises(EngineError, match="does not answer"):
        ask()


@pytest.mark.parametrize("printed", ["", "[]", "{}", "no json", '[{"Endpoints": {}}]'])
def test_a_client_that_names_no_address(printed: str) -> None:
    runner = RecordingRunner().on("docker", "context", "inspect", stdout=printed, stderr="why")
    with pytest.raises(EngineError, match="gives no address: why") as error:
        DockerFacts(runner, "ralex").containers()
    assert "DOCKER_HOST" in error.value.hint
