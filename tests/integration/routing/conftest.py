"""One stack whose model `auto` chooses by meaning; some tests change how it chooses."""

from __future__ import annotations

from typing import TYPE_CHECKING

import asking
import pytest
from harness import Stack
from stacks import brought_up

if TYPE_CHECKING:
    from collections.abc import Iterator

    from docker import DockerClient


@pytest.fixture(scope="package")
def routed(engine: DockerClient, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    with brought_up(Stack(tmp_path_factory.mktemp("routed"), engine, asking.settings())) as made:
        yield made
