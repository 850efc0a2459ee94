"""What is remembered of a stack."""

from __future__ import annotations

import json
import os
import stat
from typing import TYPE_CHECKING, Any

import pytest
import samples

from ralex_stack.bundle import PROJECT_FILE, Bundle
from ralex_stack.errors import StateError
from ralex_stack.host import state_home
from ralex_stack.state import DEFAULTS, Record, StateDirectory, recorded
from ralex_stack.topology import Choices

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def directory(tmp_path: Path) -> StateDirectory:
    return StateDirectory(tmp_path / "ralex")


@pytest.fixture
def settings_file(tmp_path: Path) -> str:
    file = tmp_path / "ralex-stack.toml"
    file.touch()
    return str(file)


def record(settings: str = DEFAULTS, **choices: Any) -> Record:
    return Record(settings, Choices(**choices), {"valkey_password": "0123456789ab"})


def apply(directory: StateDirectory, bundle: Bundle, settings: str = DEFAULTS) -> None:
    directory.install(bundle)
    directory.write(record(settings))


@pytest.mark.parametrize(
    "choices",
    [
        {},
        {"provider": "real", "owner": "0:0", "author_name": "Ada", "ca_bundle": "/ca.pem"},
        {"workspace": (("/p", False), ("/p/.git/config", True))},
    ],
)
def test_a_record_is_read_as_it_was_written(
    directory: StateDirectory, choices: dict[str, Any]
) -> None:
    assert directory.record() is None
    directory.write(record(**choices))
    assert directory.record() == record(**choices)
    assert stat.S_IMODE(directory.path.stat().st_mode) == 0o700
    assert stat.S_IMODE((directory.path / "state.json").stat().st_mode) == 0o600


def test_reading_writes_nothing(directory: StateDirectory) -> None:
    assert (directory.record(), directory.applied(), directory.claim("x")) == (None, None, None)
    assert not directory.path.exists()


GOOD = {"version": 1, "settings": "x", "choices": {"provider": "real"}, "secrets": {"a": "b"}}


@pytest.mark.parametrize(
    "content",
    [
        "",
        "{",
        "[]",
        "null",
        '{"version": 1}',
        json.dumps({**GOOD, "settings": 5}),
        json.dumps({**GOOD, "choices": {"provider": "nobody"}}),
        json.dumps({**GOOD, "choices": {"unknown": 1}}),
        json.dumps({**GOOD, "choices": []}),
        json.dumps({**GOOD, "secrets": ["a"]}),
        json.dumps({**GOOD, "secrets": {"a": 1}}),
    ],
)
def test_a_damaged_record_is_told_and_left(directory: StateDirectory, content: str) -> None:
    directory.path.mkdir()
    file = directory.path / "state.json"
    file.write_text(content)
    for read in (directory.record, directory.applied, lambda: directory.claim("x")):
        with pytest.raises(StateError, match=r"state\.json is damaged") as error:
            read()
        assert "move it away" in error.value.hint
    assert file.read_text() == content


def test_bytes_that_are_no_text(directory: StateDirectory) -> None:
    directory.path.mkdir()
    (directory.path / "state.json").write_bytes(b"\xff\xfe")
    with pytest.raises(StateError, match="is damaged"):
        directory.record()


def test_a_record_of_a_newer_version(directory: StateDirectory) -> None:
    directory.path.mkdir()
    (directory.path / "state.json").write_text(json.dumps({**GOOD, "version": 2}))
    with pytest.raises(StateError, match="has version 2, this program writes 1"):
        directory.record()


def test_a_record_that_cannot_be_read(directory: StateDirectory) -> None:
    (directory.path / "state.json").mkdir(parents=True)
    with pytest.raises(StateError, match="cannot be read: Is a directory") as error:
        directory.record()
    assert "XDG_STATE_HOME" in error.value.hint


def test_a_stack_belongs_to_its_settings_file(
    directory: StateDirectory, settings_file: str
) -> None:
    directory.write(record(settings_file))
    assert directory.claim(settings_file) is None
    for other in ("/elsewhere/ralex-stack.toml", DEFAULTS):
        with pytest.raises(
            StateError, match=f"belongs to {settings_file}, not to {other}"
        ) as error:
            directory.claim(other)
        assert f"--settings {settings_file} down" in error.value.hint


def test_a_stack_without_a_file_may_be_taken_over(
    directory: StateDirectory, settings_file: str
) -> None:
    directory.write(record())
    assert directory.claim(DEFAULTS) is None
    told = "the stack `ralex` was brought up without a settings file"
    assert directory.claim(settings_file) == told


def test_a_settings_file_that_moved_is_told(directory: StateDirectory, settings_file: str) -> None:
    directory.write(record("/gone/ralex-stack.toml"))
    warning = directory.claim(settings_file)
    assert warning == "/gone/ralex-stack.toml, which the stack `ralex` was brought up from, is gone"


def test_what_was_applied_is_read_as_it_was_installed(directory: StateDirectory) -> None:
    wanted = samples.state(samples.SEVERAL)
    apply(directory, wanted.bundle)
    applied = directory.applied()
    assert applied is not None
    assert applied.bundle == wanted.bundle


def test_files_of_earlier_bundles_are_no_part_of_what_was_applied(
    directory: StateDirectory,
) -> None:
    first, second = samples.state().bundle, samples.state(samples.SEVERAL).bundle
    directory.install(first)
    apply(directory, second)
    applied = directory.applied()
    assert applied is not None
    assert applied.bundle == second


def test_an_end_before_the_record_leaves_what_the_next_one_converges_from(
    directory: StateDirectory,
) -> None:
    first, second = samples.state().bundle, samples.state(samples.SEVERAL).bundle
    directory.install(first)
    assert directory.applied() is None
    directory.write(record())
    directory.install(second)
    applied = directory.applied()
    assert applied is not None
    assert (applied.bundle, applied.choices) == (second, Choices())


@pytest.mark.parametrize("files_written", range(6))
def test_an_end_while_files_are_written_leaves_the_old_ones_in_force(
    directory: StateDirectory, monkeypatch: pytest.MonkeyPatch, files_written: int
) -> None:
    first, second = samples.state().bundle, samples.state(samples.SEVERAL).bundle
    apply(directory, first)
    real, left = os.replace, [files_written]

    def replace(*arguments: Any) -> None:
        if not left[0]:
            raise KeyboardInterrupt
        left[0] -= 1
        real(*arguments)

    monkeypatch.setattr(os, "replace", replace)
    with pytest.raises(KeyboardInterrupt):
        directory.install(second)
    monkeypatch.undo()
    applied = directory.applied()
    assert applied is not None
    assert applied.bundle == first
    apply(directory, second)
    applied = directory.applied()
    assert applied is not None
    assert applied.bundle == second


@pytest.mark.parametrize(
    "content", ["services: [", "services: {edge: {volumes: [1]}}", "services: 5"]
)
def test_a_damaged_project_is_told(directory: StateDirectory, content: str) -> None:
    apply(directory, samples.state().bundle)
    (directory.project / PROJECT_FILE).write_text(content)
    with pytest.raises(StateError, match=r"compose\.yaml is damaged") as error:
        directory.applied()
    assert "ralex-stack up" in error.value.hint


def test_a_file_of_a_service_that_was_changed_by_hand_is_put_right(
    directory: StateDirectory,
) -> None:
    bundle = samples.state().bundle
    apply(directory, bundle)
    path = next(path for path in bundle.files if path.endswith("litellm.yaml"))
    (directory.project / path).write_text("changed")
    apply(directory, bundle)
    assert (directory.project / path).read_bytes() == bundle.files[path]


def test_pruning_keeps_what_is_named_and_the_credentials(directory: StateDirectory) -> None:
    first, second = samples.state().bundle, samples.state(samples.SEVERAL).bundle
    directory.install(first)
    directory.install(second)
    directory.store.generate()
    mounted = first.config_directories[0]
    directory.prune({*second.config_directories, mounted})
    left = {str(p.relative_to(directory.project)) for p in directory.project.glob("services/*/*")}
    assert left == {*second.config_directories, mounted}
    assert directory.store.get("valkey_password") is not None
    directory.prune(())
    assert list(directory.project.glob("services/*")) == []


def test_forgetting_removes_all_but_the_lock(directory: StateDirectory) -> None:
    with directory.lock("down"):
        apply(directory, samples.state().bundle)
        directory.store.generate()
        directory.digest_key()
        (directory.path / "build.log").touch()
        directory.forget()
    assert [p.name for p in directory.path.iterdir()] == ["lock"]
    assert directory.record() is None


def test_the_key_of_digests_stays(directory: StateDirectory) -> None:
    key = directory.digest_key()
    assert len(key) == 32
    assert directory.digest_key() == key
    assert stat.S_IMODE((directory.path / "digest.key").stat().st_mode) == 0o600
    assert stat.S_IMODE(directory.path.stat().st_mode) == 0o700


def test_names_of_stacks_that_were_brought_up(tmp_path: Path) -> None:
    assert recorded(tmp_path) == ()
    for name in ("two", "one"):
        StateDirectory(tmp_path / name).write(record())
    (tmp_path / "never-up").mkdir()
    assert recorded(tmp_path) == ("one", "two")


def test_where_state_is_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    ours = tmp_path / ".local" / "state" / "ralex-stack"
    assert state_home({"XDG_STATE_HOME": "/state"}).as_posix() == "/state/ralex-stack"
    assert state_home({"XDG_STATE_HOME": "relative"}) == ours
    assert state_home({}) == ours


def test_a_user_without_a_home(monkeypatch: pytest.MonkeyPatch) -> None:
    def unknown(*_: object) -> None:
        raise KeyError

    monkeypatch.delenv("HOME")
    monkeypatch.setattr("pwd.getpwuid", unknown)
    with pytest.raises(StateError, match="has no home directory") as error:
        state_home({})
    assert "HOME" in error.value.hint
