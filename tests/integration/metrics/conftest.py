"""One stack that is measured, for the tests of this directory."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from monitored import COLLECTOR_KEY, Monitored, settings
from stacks import brought_up

if TYPE_CHECKING:
    from collections.abc import Iterator

    import httpx
    from docker import DockerClient


@pytest.fixture(scope="package")
def monitored(
    engine: DockerClient, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Monitored]:
    directory = tmp_path_factory.mktemp("monitored")
    headers = directory / "headers"
    headers.write_text(f"x-collector-key={COLLECTOR_KEY}\n")
    made = Monitored(directory / "stack", engine, settings(headers))
    with brought_up(made), made.collecting():
        yield made


@pytest.fixture(scope="package")
def prometheus(monitored: Monitored) -> Iterator[httpx.Client]:
    with monitored.prometheus as client:
        yield client
