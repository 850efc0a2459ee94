"""What is read of a directory, and what is told of the rest."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest
from old_checkouts import FIRST_ERA, write_checkout

from ralex_stack.errors import SettingsError
from ralex_stack.legacy import checkout as checkout_module
from ralex_stack.legacy.checkout import paths_as_told, read_checkout

if TYPE_CHECKING:
    from pathlib import Path


def test_every_file_is_accounted_for(tmp_path: Path) -> None:
    old = write_checkout(
        tmp_path,
        {**FIRST_ERA, "node_modules/x/.env": "A=1", "config.yaml": "a: 1", "big/.env": "A=1"},
    )
    (old / "big" / ".env").write_bytes(b"x" * (2 << 20))
    (old / "link").mkdir()
    (old / "link" / ".env").symlink_to(old / "config.yaml")
    (old / "loop").symlink_to(old)
    (old / "model.bin").write_bytes(b"\x80\0" * 99)
    (old / "large.txt").write_bytes(b"x" * (2 << 20))
    os.mkfifo(old / "prompts.json")
    (old / os.fsdecode(b"caf\xe9.json")).write_text("{}")
    checkout = read_checkout(old)
    data = paths_as_told(checkout)
    not_read = {entry["path"]: entry["why"] for entry in data["not_read"]}
    assert checkout.files.keys() == {path for path in FIRST_ERA if path != "ralex.py"}
    assert not_read == {
        "config.yaml": "no settings are known in a file of this name",
        "caf�.json": "no settings are known in a file of this name",
        "big/.env": "is larger than 1 MiB",
        "large.txt": "is larger than 1 MiB",
        "model.bin": "is binary",
        "link/.env": "is a symbolic link: what it leads to is read where it stands",
        "prompts.json": "is no regular file",
    }
    assert data["other_files"] == ["ralex.py"]
    assert data["skipped_directories"] == ["loop", "node_modules"]


def test_a_directory_of_too_many_files_is_no_checkout(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(checkout_module, "_MOST_FILES", 3)
    write_checkout(tmp_path, FIRST_ERA)
    with pytest.raises(SettingsError, match="more than 3 files"):
        read_checkout(tmp_path)
