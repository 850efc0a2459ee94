"""One stack with a PostgreSQL of its own, for the tests of this directory."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from harness import free_port
from stacks import brought_up
from team_stack import POOR_ALIAS, POOR_KEY, Team

from ralex_stack.gateway import virtual

if TYPE_CHECKING:
    from collections.abc import Iterator

    from docker import DockerClient


def stranger(key: str) -> str:
    """The name of a virtual key by its digest."""
    found = virtual.stranger(key)
    assert found is not None
    return found.alias


@pytest.fixture(scope="package")
def team(engine: DockerClient, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Team]:
    """A stack whose gateway has a database; its engine is built from npm packages alone."""
    settings = {
        "stack": {"profiles": []},
        "gateway": {"database": "postgres"},
        "budget": {
            "keys": {name: {"daily": 0} for name in (f"virtual:{POOR_ALIAS}", stranger(POOR_KEY))}
        },
        "images": {"prisma": "wasm"},
        "network": {"admin_port": free_port()},
    }
    with brought_up(Team(tmp_path_factory.mktemp("team"), engine, settings)) as made:
        yield made
