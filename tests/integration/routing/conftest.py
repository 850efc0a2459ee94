"""One stack whose model `auto` chooses by meaning; some tests change how it chooses."""

from __future__ import annotations

from typing import TYPE_CHECKING

import asking
import pytest
from harness import Stack

if TYPE_CHECKING:
    from collections.abc import Iterator

    from docker import DockerClient


@pytest.fixture(scope="package")
def routed(engine: DockerClient, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    made = Stack(tmp_path_factory.mktemp("routed"), engine, asking.settings())
    try:
        made.up()
        yield made
    finally:
        made.remove()
