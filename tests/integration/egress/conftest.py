"""One stack that lets its sandbox out, for the tests of this directory."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from letting_out import letting_out

if TYPE_CHECKING:
    from collections.abc import Iterator

    from docker import DockerClient
    from letting_out import LettingOut


@pytest.fixture(scope="package")
def let_out(engine: DockerClient, tmp_path_factory: pytest.TempPathFactory) -> Iterator[LettingOut]:
    """A stack with a list of hosts, and a world to go out to. Tests must not change it."""
    with letting_out(tmp_path_factory.mktemp("egress"), engine) as made:
        yield made
