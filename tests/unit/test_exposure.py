"""What is remembered of directories that a sandbox was given, and of settings files there."""

from __future__ import annotations

import stat
from typing import TYPE_CHECKING

import pytest

from ralex_stack.errors import SettingsError, StateError
from ralex_stack.exposure import Exposure
from ralex_stack.files import digest_of

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def exposure(tmp_path: Path) -> Exposure:
    return Exposure(tmp_path / "state" / "ralex-stack")


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / "project" / "below").mkdir(parents=True)
    return tmp_path / "project"


def settings(directory: Path, text: str = "") -> Path:
    file = directory / "ralex-stack.toml"
    file.write_text(text)
    return file


def doubted(exposure: Exposure, file: Path) -> bool:
    return exposure.doubt(file, digest_of(file.read_bytes())) is not None


def test_nothing_is_doubted_where_no_sandbox_was(exposure: Exposure, root: Path) -> None:
    assert not doubted(exposure, settings(root))
    assert exposure.doubt(None, "") is None
    assert not exposure.file.exists()


@pytest.mark.parametrize("where", [".", "below"])
def test_a_file_that_came_after_the_sandbox_is_refused(
    exposure: Exposure, root: Path, where: str
) -> None:
    exposure.expose([root], [])
    file = settings(root / where)
    with pytest.raises(SettingsError, match="a sandbox could have written it") as error:
        exposure.require_agreed(file, digest_of(b""))
    assert error.value.code == "settings-exposed"
    assert str(file) in str(error.value)
    assert str(root) in str(error.value)
    assert f"--settings {file}" in error.value.hint


def test_files_beside_and_above_are_not_doubted(exposure: Exposure, root: Path) -> None:
    exposure.expose([root / "below"], [])
    (root / "below-not").mkdir()
    assert not doubted(exposure, settings(root))
    assert not doubted(exposure, settings(root / "below-not"))


def test_what_was_there_before_the_sandbox_is_the_users(exposure: Exposure, root: Path) -> None:
    file = settings(root, "a = 1")
    exposure.expose([root], [file])
    assert not doubted(exposure, file)
    file.write_text("a = 2")
    assert doubted(exposure, file)
    exposure.expose([root], [file])
    assert doubted(exposure, file)


def test_what_the_user_agreed_to_is_taken_until_it_changes(exposure: Exposure, root: Path) -> None:
    exposure.expose([root], [])
    file = settings(root, "a = 1")
    exposure.agree(file, digest_of(b"a = 1"))
    assert not doubted(exposure, file)
    assert not doubted(Exposure(exposure.file.parent), file)
    file.write_text("a = 2")
    assert doubted(exposure, file)


def test_agreement_is_to_a_file_in_its_place(exposure: Exposure, root: Path) -> None:
    """Relative paths and commands of a copy start from another directory."""
    exposure.expose([root], [])
    file = settings(root, "a = 1")
    exposure.agree(file, digest_of(b"a = 1"))
    assert doubted(exposure, settings(root / "below", "a = 1"))
    file.unlink()
    file.symlink_to(root / "below" / file.name)
    assert doubted(exposure, file)


def test_a_link_is_as_exposed_as_what_it_leads_over(
    exposure: Exposure, root: Path, tmp_path: Path
) -> None:
    target = tmp_path / "target.toml"
    target.touch()
    (root / "step.toml").symlink_to(target)
    outside = tmp_path / "ralex-stack.toml"
    outside.symlink_to("project/step.toml")
    exposure.expose([root], [])
    assert doubted(exposure, outside)
    assert not doubted(exposure, target)


def test_a_directory_that_became_a_link(exposure: Exposure, root: Path, tmp_path: Path) -> None:
    exposure.expose([root], [])
    (root / "below").rmdir()
    (root / "below").symlink_to(tmp_path / "elsewhere")
    (tmp_path / "elsewhere").mkdir()
    settings(tmp_path / "elsewhere")
    assert doubted(exposure, root / "below" / "ralex-stack.toml")


def test_links_in_a_circle_end(exposure: Exposure, root: Path) -> None:
    file = root / "ralex-stack.toml"
    file.symlink_to(file)
    exposure.expose([root], [file])
    assert exposure.doubt(file, "") is not None


def test_only_the_user_reads_and_writes_it(exposure: Exposure, root: Path) -> None:
    exposure.expose([root], [])
    assert stat.S_IMODE(exposure.file.stat().st_mode) == 0o600
    assert stat.S_IMODE(exposure.file.parent.stat().st_mode) == 0o700


@pytest.mark.parametrize("content", ["", "[]", "{}", '{"version": 2}', '{"version": 1}'])
def test_a_damaged_file_is_told(exposure: Exposure, root: Path, content: str) -> None:
    exposure.file.parent.mkdir(parents=True)
    exposure.file.write_text(content)
    with pytest.raises(StateError, match="is damaged") as error:
        doubted(exposure, settings(root))
    assert "move this file away" in error.value.hint
