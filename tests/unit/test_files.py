"""Writing so that the old content or the new is there."""

from __future__ import annotations

import errno
import os
import stat
from typing import TYPE_CHECKING, Any

import pytest

from ralex_stack.files import free_space, write_atomically

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize("mode", [0o600, 0o444, 0o644])
def test_content_and_mode(tmp_path: Path, mode: int) -> None:
    path = tmp_path / "a" / "b" / "file"
    for content in (b"one", b"two"):
        write_atomically(path, content, mode=mode)
        assert path.read_bytes() == content
        assert stat.S_IMODE(path.stat().st_mode) == mode
    assert [p.name for p in path.parent.iterdir()] == ["file"]


def test_what_cannot_be_written_is_named_by_its_own_name(tmp_path: Path) -> None:
    (tmp_path / "file").mkdir()
    with pytest.raises(OSError, match="directory") as error:
        write_atomically(tmp_path / "file", b"text")
    assert error.value.filename == str(tmp_path / "file")
    assert [p.name for p in tmp_path.iterdir()] == ["file"]


def test_room_is_told_of_a_path_that_is_not_there_yet(tmp_path: Path) -> None:
    assert free_space(tmp_path / "a" / "b").endswith(f" MiB are free at {tmp_path}")


def test_what_a_crash_left_is_no_hindrance(tmp_path: Path) -> None:
    (tmp_path / "file.new").write_bytes(b"half")
    write_atomically(tmp_path / "file", b"whole")
    assert [p.name for p in tmp_path.iterdir()] == ["file"]


@pytest.mark.parametrize("failing", ["fsync", "replace"])
def test_a_failure_leaves_the_old_content_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, failing: str
) -> None:
    def full(*_: Any) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    path = tmp_path / "file"
    write_atomically(path, b"old")
    monkeypatch.setattr(os, failing, full)
    with pytest.raises(OSError, match="No space left"):
        write_atomically(path, b"new")
    assert path.read_bytes() == b"old"
    assert [p.name for p in tmp_path.iterdir()] == ["file"]


def test_a_link_is_replaced_and_what_it_points_to_is_left(tmp_path: Path) -> None:
    (tmp_path / "target").write_bytes(b"theirs")
    (tmp_path / "file").symlink_to(tmp_path / "target")
    write_atomically(tmp_path / "file", b"ours")
    assert (tmp_path / "target").read_bytes() == b"theirs"
    assert not (tmp_path / "file").is_symlink()
