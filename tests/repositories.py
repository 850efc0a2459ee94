"""Git repositories of tests."""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path


def git(path: Path, *arguments: str) -> str:
    return subprocess.run(
        ["git", "-C", str(path), *arguments], check=True, capture_output=True, text=True
    ).stdout.strip()


def repository(path: Path) -> Path:
    path.mkdir(parents=True)
    git(path, "init", "--quiet")
    git(path, "commit", "--quiet", "--allow-empty", "--message", "first")
    return path


def with_submodule(tmp_path: Path) -> Path:
    repository(tmp_path / "library")
    root = repository(tmp_path / "r")
    git(root, "submodule", "--quiet", "add", str(tmp_path / "library"), "parts/library")
    git(root, "commit", "--quiet", "--message", "with a part")
    return root
