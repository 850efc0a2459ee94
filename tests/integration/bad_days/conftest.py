"""One stack for all bad days, which each test leaves as it found it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import fake_provider
import pytest
from repositories import repository

if TYPE_CHECKING:
    from collections.abc import Iterator

    from docker import DockerClient
    from harness import Stack


@pytest.fixture(scope="package")
def unlucky(engine: DockerClient, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """Its models fail as their names say, but the one that it uses by default."""
    with fake_provider.brought_up(tmp_path_factory.mktemp("unlucky"), engine) as made:
        repository(made.directory / "work")
        yield made
