"""One stack with a PostgreSQL of its own, for the tests of this directory."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from harness import free_port
from team_stack import Team

if TYPE_CHECKING:
    from collections.abc import Iterator

    from docker import DockerClient


@pytest.fixture(scope="package")
def team(engine: DockerClient, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Team]:
    """A stack whose gateway has a database; its engine is built from npm packages alone."""
    settings = {
        "stack": {"profiles": []},
        "gateway": {"database": "postgres"},
        "images": {"prisma": "wasm"},
        "network": {"admin_port": free_port()},
    }
    made = Team(tmp_path_factory.mktemp("team"), engine, settings)
    try:
        made.up()
        yield made
    finally:
        made.remove()
