"""One stack for all bad days, which each test leaves as it found it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from harness import Stack

if TYPE_CHECKING:
    from collections.abc import Iterator

    from docker import DockerClient


@pytest.fixture(scope="session")
def unlucky(engine: DockerClient, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    made = Stack(tmp_path_factory.mktemp("unlucky"), engine)
    try:
        made.up()
        yield made
    finally:
        made.remove()
