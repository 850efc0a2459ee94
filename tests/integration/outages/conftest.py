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
    made = fake_provider.make(tmp_path_factory.mktemp("outage"), engine)
    try:
        done = made.run("up", "--yes", code=1)
        assert "a test call of `tier:cheap` got no completion" in done.stderr
        assert "the provider cannot be reached" in done.stderr
        with made.serving():
            made.up()
            yield made
    finally:
        made.remove()
