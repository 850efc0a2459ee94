"""One stack with a provider that fails, for the tests of this directory."""

from __future__ import annotations

from typing import TYPE_CHECKING

import fake_provider
import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

    from docker import DockerClient


@pytest.fixture(scope="package")
def outage(
    engine: DockerClient, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[fake_provider.Outage]:
    """A stack whose provider fails in ways that the simulator does not play."""
    with fake_provider.brought_up(tmp_path_factory.mktemp("outage"), engine) as made:
        yield made
