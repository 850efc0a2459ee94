"""One stack with the default settings for most tests, and more of them where one is changed."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from faults import faulty_settings
from harness import Stack, docker_client
from repositories import repository
from stacks import brought_up

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from docker import DockerClient

# The reaper of testcontainers is an image from a registry; fixtures remove what they made.
os.environ["TESTCONTAINERS_RYUK_DISABLED"] = "true"

FIRST_BUILD_SECONDS = 1500
"""Limit of a test here: the first one builds all images."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if item.path.is_relative_to(Path(__file__).parent):
            item.add_marker(pytest.mark.timeout(FIRST_BUILD_SECONDS))


@pytest.fixture(scope="session")
def engine() -> Iterator[DockerClient]:
    client = docker_client()
    yield client
    client.close()


@pytest.fixture(scope="session")
def stack(
    engine: DockerClient, tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest
) -> Iterator[Stack]:
    """The stack of an empty settings file, on ports of its own. Tests must not change it."""
    kept: Path | None = request.config.getoption("--reuse-stack")
    if kept is not None:
        made = Stack(kept.resolve(), engine, name="test-kept", ports=(14400, 14496))
        made.up()
        yield made
        return
    with brought_up(Stack(tmp_path_factory.mktemp("stack"), engine)) as made:
        yield made


@pytest.fixture(scope="session")
def faulty(engine: DockerClient, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """A stack whose models fail, each in its way, with and without a fallback."""
    with brought_up(Stack(tmp_path_factory.mktemp("faulty"), engine, faulty_settings())) as made:
        yield made


@pytest.fixture
def another(engine: DockerClient, tmp_path: Path) -> Iterator[Callable[..., Stack]]:
    """Makes stacks that the test may change; none is up yet."""
    made: list[Stack] = []

    def make(**options: Any) -> Stack:
        made.append(Stack(tmp_path / f"stack-{len(made)}", engine, **options))
        return made[-1]

    yield make
    for each in made:
        each.remove()


@pytest.fixture
def repo(tmp_path: Path) -> Path:
    return repository(tmp_path / "project")
