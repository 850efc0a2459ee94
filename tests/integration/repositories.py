"""Git repositories for prompts to work in."""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from harness import Stack


def repository(path: Path, files: Mapping[str, str] | None = None) -> Path:
    """A git repository with one commit."""
    path.mkdir(parents=True)
    for name, content in {"README.md": "# Example\n", **(files or {})}.items():
        (path / name).write_text(content)
    git(path, "init", "--quiet", "--initial-branch", "main")
    git(path, "add", "--all")
    git(path, "-c", "user.name=Test", "-c", "user.email=test@example.com", "commit", "-qm", "Begin")
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


def give(stack: Stack, path: Path, owner: int) -> None:
    """Change the owner of a directory and all that is in it, whoever runs the tests."""
    image = stack.container("opencode").attrs["Config"]["Image"]
    stack.client.containers.run(
        image,
        ["-R", f"{owner}:{owner}", str(path)],
        entrypoint="chown",
        user="0:0",
        volumes=[f"{path}:{path}"],
        remove=True,
    )
