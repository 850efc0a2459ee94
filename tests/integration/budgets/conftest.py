"""One stack with limits of all kinds, for the tests of this directory."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from spending import SETTINGS, Spending
from stacks import brought_up

if TYPE_CHECKING:
    from collections.abc import Iterator

    from docker import DockerClient


@pytest.fixture(scope="package")
def spending(engine: DockerClient, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Spending]:
    with brought_up(Spending(tmp_path_factory.mktemp("spending"), engine, SETTINGS)) as made:
        yield made
