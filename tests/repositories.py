"""Git repositories of tests."""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path


def repository(path: Path, files: Mapping[str, str] | None = None) -> Path:
    """A git repository with one commit."""
    path.mkdir(parents=True)
    for name, content in {"README.md": "# Example\n", **(files or {})}.items():
        (path / name).write_text(content)
    git(path, "init", "--quiet", "--initial-branch", "main")
    git(path, "add", "--all")
    git(path, "-c", "user.name=Test", "-c", "user.email=test@example.com", "commit", "-qm", "first")
    return path


def git(path: Path, *arguments: str) -> str:
    """What git says in a directory, whoever it belongs to."""
    done = subprocess.run(
        ["git", "-c", "safe.directory=*", "-C", str(path), *arguments],
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout.strip()


def with_submodule(tmp_path: Path) -> Path:
    repository(tmp_path / "library")
    root = repository(tmp_path / "r")
    git(root, "submodule", "--quiet", "add", str(tmp_path / "library"), "parts/library")
    git(root, "commit", "--quiet", "--message", "with a part")
    return root
