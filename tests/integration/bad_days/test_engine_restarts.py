"""An engine that is switched off under a stack, and comes back with it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from harness import Stack, eventually
from observe import planned
from own_engine import OwnEngine, own_engine

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from docker import DockerClient

WITH_PASSWORD = 'export REDISCLI_AUTH="$(cat /run/secrets/valkey_password)"; '


@pytest.fixture(scope="module")
def elsewhere(
    engine: DockerClient, stack: Stack, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Stack, OwnEngine]]:
    """A stack that is up on an engine of its own, with the images of another one."""
    directory: Path = tmp_path_factory.mktemp("elsewhere")
    images = {c.attrs["Config"]["Image"] for c in stack.containers().values()}
    with own_engine(engine, directory) as own:
        own.load(engine, images)
        made = Stack(directory, own.client)
        made.environment["DOCKER_HOST"] = f"unix://{own.socket}"
        made.up()
        yield made, own


def valkey(stack: Stack, command: str) -> str:
    done = stack.container("valkey").exec_run(["sh", "-c", f"{WITH_PASSWORD}valkey-cli {command}"])
    return str(done.output.decode()).strip()


def healthy(stack: Stack) -> bool:
    services = stack.json("status", code=None).get("services", [])
    return len(services) == 5 and {s["health"] for s in services} == {"healthy"}


@pytest.mark.long
@pytest.mark.parametrize("repeated", [False, True], ids=["by-itself", "by-up"])
def test_an_engine_that_restarts(elsewhere: tuple[Stack, OwnEngine], *, repeated: bool) -> None:
    made, own = elsewhere
    assert valkey(made, "set kept before") == "OK"
    before = {service: c.id for service, c in made.containers().items()}
    secrets = made.secrets

    own.stop()

    for command in (["status"], ["up", "--yes"], ["run", "say hello"]):
        said = made.run(*command, code=1).stderr
        assert "the Docker engine does not answer at unix://" in said
        assert "next: start it" in said

    own.start()
    if repeated:
        made.up()
    else:
        eventually(lambda: healthy(made))

    assert {service: c.id for service, c in made.containers().items()} == before
    made.up()
    assert planned(made) == {}
    assert healthy(made)
    assert valkey(made, "get kept") == "before"
    assert made.secrets == secrets
