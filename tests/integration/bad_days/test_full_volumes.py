"""A volume without room: calls go on, what is wrong is said, and room alone mends it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from harness import Stack, eventually
from observe import call, planned
from stacks import brought_up

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from docker import DockerClient

WITH_PASSWORD = 'export REDISCLI_AUTH="$(cat /run/secrets/valkey_password)"; '
FULL = "No space left on device"


@pytest.fixture(scope="module")
def small(engine: DockerClient, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """A stack whose Valkey has 1 MiB for its data."""
    made = Stack(tmp_path_factory.mktemp("small"), engine)
    engine.volumes.create(
        f"{made.project}_valkey",
        driver_opts={"type": "tmpfs", "device": "tmpfs", "o": "size=1m,uid=10001"},
        labels={
            "com.docker.compose.project": made.project,
            "com.docker.compose.volume": "valkey",
        },
    )
    with brought_up(made):
        yield made


def valkey(stack: Stack, script: str) -> str:
    return stack.inside("valkey", "sh", "-c", WITH_PASSWORD + script, code=None)


def said_by_doctor(stack: Stack, about: str) -> str:
    said = stack.run("doctor", code=None).stdout
    return said if about in said else ""


def test_a_full_volume_of_valkey(small: Stack, repo: Path) -> None:
    valkey(small, "valkey-cli set kept before; dd if=/dev/zero of=/data/filler bs=4k")
    # More than what is left of the last page.
    valkey(small, "head -c 9000 /dev/zero | tr '\\0' x | valkey-cli -x set big")
    eventually(lambda: FULL in valkey(small, "valkey-cli set a b"))

    assert call(small).status_code == 200
    said = eventually(lambda: said_by_doctor(small, "full: MISCONF"))
    assert "make room for Docker's volumes" in said
    assert FULL in small.run("status").stdout
    assert small.run("run", "say hello", "--dir", repo).stdout

    valkey(small, "rm /data/filler")
    eventually(lambda: valkey(small, "valkey-cli set a b").strip() == "OK")
    small.up()

    assert planned(small) == {}
    eventually(lambda: FULL not in small.run("status").stdout)
    assert valkey(small, "valkey-cli get kept").strip() == "before"
