"""What `ralex-stack render` writes works with plain `docker compose`, without the command."""

from __future__ import annotations

import hashlib
import subprocess
from typing import TYPE_CHECKING

import httpx
from testcontainers.compose import DockerCompose

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from harness import Stack


def digests(directory: Path) -> dict[str, str]:
    return {
        str(path.relative_to(directory)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in directory.rglob("*")
        if path.is_file()
    }


def test_the_same_settings_give_the_same_bytes(
    another: Callable[..., Stack], tmp_path: Path
) -> None:
    made = another()
    for name in ("one", "two"):
        made.run("render", "--out", tmp_path / name)

    assert digests(tmp_path / "one") == digests(tmp_path / "two")
    assert len(digests(tmp_path / "one")) > 10
    assert not (made.state / "state.json").exists()


def test_plain_compose_brings_up_what_was_rendered(
    stack: Stack, another: Callable[..., Stack], tmp_path: Path
) -> None:
    assert stack.containers(), "the images are there once a stack was up"
    made = another()
    project = tmp_path / "project"
    made.run("render", "--out", project)
    key = (project / "secrets" / "gateway_key_client").read_text()

    with DockerCompose(project, wait=True):
        answer = httpx.post(
            f"{made.gateway}/v1/chat/completions",
            headers={"Authorization": f"Bearer {key}"},
            json={"model": "glm", "messages": [{"role": "user", "content": "hello"}]},
            timeout=60,
        )
        run = ["run", "--rm", "--no-TTY", "--no-deps", "--volume", "/data", "workspace"]
        done = subprocess.run(
            ["docker", "compose", *run, "cat", "/proc/self/status"],
            cwd=project,
            capture_output=True,
            text=True,
            check=True,
        )

    assert answer.status_code == 200
    assert "I am the simulator" in answer.json()["choices"][0]["message"]["content"]
    assert f"CapEff:\t{'0' * 16}" in done.stdout
    assert (project / "secrets").stat().st_mode & 0o777 == 0o700
