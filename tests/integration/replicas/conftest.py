"""One stack with two gateways and limits of all kinds, for the tests of this directory."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from spending import CROWD_LIMIT, CROWDS, SETTINGS, Spending
from stacks import brought_up

if TYPE_CHECKING:
    from collections.abc import Iterator

    from docker import DockerClient


@pytest.fixture(scope="package")
def pair(engine: DockerClient, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Spending]:
    two = {
        **SETTINGS,
        "stack": {"profiles": []},
        "models": {**SETTINGS["models"], "dying": SETTINGS["models"][CROWDS[0]]},
        "budget": {
            **SETTINGS["budget"],
            "models": {**SETTINGS["budget"]["models"], "dying": {"daily": CROWD_LIMIT}},
        },
        "gateway": {"replicas": 2},
        "routing": {**SETTINGS["routing"], "auto": {"mode": "patterns"}},
        "opencode": {"model": "tier:cheap", "small_model": "tier:cheap"},
    }
    with brought_up(Spending(tmp_path_factory.mktemp("pair"), engine, two)) as made:
        yield made
