"""From settings to a running stack, against a stand-in of the engine."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from controllers import up
from fake_engine import FakeEngine, container
from fakes import RecordingRunner

from ralex_stack.engines import images
from ralex_stack.errors import (
    EngineError,
    SecretError,
    StateError,
)
from ralex_stack.progress import Event, Phase, ServiceState
from ralex_stack.state import StateDirectory

if TYPE_CHECKING:
    from pathlib import Path

    from controllers import Make

KEY = "sk-or-v1-0123456789abcdef"
SET = {"OPENROUTER_API_KEY": KEY}


def test_up_converges_and_a_second_one_has_nothing_to_do(make: Make, engine: FakeEngine) -> None:
    first = up(make())
    assert {action.kind for action in first.plan.actions} == {"create"}
    assert len(engine.containers) == 5
    assert not make().prepare().plan.changes


def test_a_plan_changes_nothing(make: Make) -> None:
    controller = make()
    controller.prepare()
    assert not controller.state.path.exists()


def test_a_change_concerns_only_what_it_changes(make: Make) -> None:
    up(make())
    plan = make("[network]\ngateway_port = 4400").prepare().plan
    assert [a.service for a in plan.actions if a.kind != "keep"] == ["edge"]


def test_a_removed_container_is_made_again(make: Make, engine: FakeEngine) -> None:
    up(make())
    engine.containers = engine.containers[1:]
    assert [a.kind for a in make().prepare().plan.actions].count("create") == 1


@pytest.mark.parametrize("secret", ["valkey_password", "gateway_key_sandbox"])
def test_a_rotated_credential_is_planned_and_then_in_force(make: Make, secret: str) -> None:
    up(make())
    controller = make()
    users = {
        name
        for name, service in controller.prepare().wanted.bundle.services.items()
        if secret in service.get("secrets", ())
    }
    (controller.state.store.directory / secret).unlink()
    plan = controller.prepare().plan
    assert {a.service for a in plan.actions if a.kind == "restart"} == users != set()
    up(controller)
    assert not make().prepare().plan.changes


def test_an_end_after_the_files_were_written_is_made_good(
    make: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    up(make())
    changed = "[network]\ngateway_port = 4400"

    def end(*_: Any) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(StateDirectory, "write", end)
    with pytest.raises(KeyboardInterrupt):
        up(make(changed))
    monkeypatch.undo()
    plan = make(changed).prepare().plan
    assert [a.service for a in plan.actions if a.kind != "keep"] == ["edge"]
    up(make(changed))
    assert not make(changed).prepare().plan.changes


def test_a_start_that_fails_is_tried_again(make: Make, engine: FakeEngine) -> None:
    controller = make()
    runner = controller.runner
    assert isinstance(runner, RecordingRunner)
    runner.on("docker", "compose", "up", code=1, stderr="no space left on device")
    with pytest.raises(EngineError, match="no space left"):
        up(controller)
    assert {a.kind for a in up(make()).plan.actions} == {"create"}
    assert not make().prepare().plan.changes


def test_a_key_is_in_its_file_and_nowhere_else(make: Make) -> None:
    controller = make("", SET)
    prepared = up(controller)
    runner = controller.runner
    assert isinstance(runner, RecordingRunner)
    holders = [
        path
        for path in controller.state.path.rglob("*")
        if path.is_file() and KEY.encode() in path.read_bytes()
    ]
    assert [path.name for path in holders] == ["provider_openrouter_api_key"]
    assert KEY not in str(prepared.plan.to_json())
    assert not any(KEY in " ".join(call.arguments) for call in runner.calls)


def test_a_stack_of_another_settings_file_is_refused(make: Make) -> None:
    up(make())
    with pytest.raises(StateError, match="belongs to"):
        make(file="other/ralex-stack.toml").prepare()


def test_settings_that_moved_take_the_stack_along(make: Make, tmp_path: Path) -> None:
    up(make())
    (tmp_path / "ralex-stack.toml").unlink()
    moved = make(file="other/ralex-stack.toml")
    prepared = up(moved)
    assert not prepared.plan.changes
    assert prepared.warnings[0].endswith(
        f"is gone; the settings are now those of {tmp_path}/other/ralex-stack.toml"
    )
    assert up(make(file="other/ralex-stack.toml")).warnings == ()


def test_containers_of_another_state_are_refused(make: Make) -> None:
    up(make())
    with pytest.raises(StateError, match="were brought up from") as error:
        make(home="another").prepare()
    assert "--project-name ralex down" in error.value.hint


def test_old_configuration_goes_but_what_containers_use_stays(
    make: Make, engine: FakeEngine
) -> None:
    project = make().state.project
    bundles = []
    for retries in range(5):
        bundles.append(up(make(f"[routing]\nretries = {retries}")).wanted.bundle)
        if retries == 0:
            used = next(p for p in bundles[0].config_directories if "/gateway/" in p)
            label = {"com.docker.compose.project.working_dir": str(project)}
            mounts = [f"{project}/{used}"]
            engine.containers.append(
                container("workspace", one_off=True, labels=label, mounts=mounts)
            )
    left = {str(path.relative_to(project)) for path in project.glob("services/*/*")}
    before_last, last = (set(bundle.config_directories) for bundle in bundles[-2:])
    assert before_last != last
    assert left == before_last | last | {used}


def test_images_that_are_missing_are_built_before_anything_starts(
    make: Make, engine: FakeEngine
) -> None:
    controller = make()
    references = set(images.references(controller.settings, controller.base).values())
    gateway = next(reference for reference in references if "/gateway:" in reference)
    engine.images = references - {gateway}
    assert controller.prepare().plan.builds == (gateway,)
    said: list[Event] = []
    controller.apply(controller.prepare(), said.append)
    runner = controller.runner
    assert isinstance(runner, RecordingRunner)
    commands = [call.arguments[1:3] for call in runner.calls if call.arguments[0] == "docker"]
    assert commands.index(("buildx", "bake")) < commands.index(("compose", "--project-directory"))
    phases = [event.text for event in said if isinstance(event, Phase)]
    assert [text.split()[0] for text in phases] == ["building", "starting,"]
    assert ServiceState("gateway", "healthy") in said


def test_a_build_that_fails_leaves_the_running_stack_alone(make: Make, engine: FakeEngine) -> None:
    up(make())
    before = list(engine.containers)
    controller = make('[images]\nprefix = "other"')
    engine.images = set()
    runner = controller.runner
    assert isinstance(runner, RecordingRunner)
    runner.on("buildx", "bake", code=1, stdout="E: no such package")
    with pytest.raises(EngineError, match="no such package"):
        up(controller)
    assert engine.containers == before
    assert not runner.asked("compose", "up")


def test_a_project_for_plain_compose(make: Make, tmp_path: Path) -> None:
    controller = make("", SET)
    choices = controller.choices()
    bundle = controller.render(choices)
    out = tmp_path / "out"
    assert controller.write_project(bundle, choices, out, secrets=False) == len(bundle.files)
    assert not (out / "secrets").exists()
    written = controller.write_project(bundle, choices, out, secrets=True)
    assert written == len(bundle.files) + len(list((out / "secrets").iterdir()))
    assert (out / "secrets" / "provider_openrouter_api_key").read_text() == KEY
    assert (out / "secrets").stat().st_mode & 0o777 == 0o700
    stored = controller.state.store.get("gateway_master_key")
    assert (out / "secrets" / "gateway_master_key").read_text() == stored


def test_a_project_is_not_written_with_another_stacks_credentials(
    make: Make, tmp_path: Path
) -> None:
    up(make())
    other = make(file="other/ralex-stack.toml")
    choices = other.choices()
    with pytest.raises(StateError, match="belongs to"):
        other.write_project(other.render(choices), choices, tmp_path / "out", secrets=True)
    assert not (tmp_path / "out" / "secrets").exists()


def test_what_needs_a_running_stack_says_so(make: Make, engine: FakeEngine) -> None:
    controller = make()
    with pytest.raises(EngineError, match="is not up") as error:
        controller.require_up()
    assert "ralex-stack up" in error.value.hint
    with pytest.raises(SecretError, match="has no gateway_key_client yet"):
        controller.secret("gateway_key_client")
    up(controller)
    controller.require_up(("edge",))
    with pytest.raises(EngineError, match="has no service cash") as error:
        controller.require_up(("cash",))
    assert "edge" in error.value.hint
    engine.containers = []
    with pytest.raises(EngineError, match="is not up"):
        controller.require_up()
