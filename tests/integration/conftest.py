"""One stack with the default settings for most tests, and more of them where one is changed."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest
from harness import Stack, docker_client, repository

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from docker import DockerClient

# The reaper of testcontainers is an image from a registry; fixtures remove what they made.
os.environ["TESTCONTAINERS_RYUK_DISABLED"] = "true"


@pytest.fixture(scope="session")
def engine() -> Iterator[DockerClient]:
    client = docker_client()
    yield client
    client.close()


@pytest.fixture(scope="session")
def stack(engine: DockerClient, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """The stack of an empty settings file, on ports of its own. Tests must not change it."""
    made = Stack(tmp_path_factory.mktemp("stack"), engine)
    try:
        made.up()
        yield made
    finally:
        made.remove()


@pytest.fixture
def another(engine: DockerClient, tmp_path: Path) -> Iterator[Callable[..., Stack]]:
    """Makes stacks that the test may change; none is up yet."""
    made: list[Stack] = []

    def make(**options: object) -> Stack:
        directory = tmp_path / f"stack-{len(made)}"
        made.append(Stack(directory, engine, **options))  # type: ignore[arg-type]
        return made[-1]

    yield make
    for each in made:
        each.remove()


@pytest.fixture
def repo(tmp_path: Path) -> Path:
    return repository(tmp_path / "project")
