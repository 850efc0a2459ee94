"""Whether work can begin."""

from __future__ import annotations

import pytest

from ralex_stack.engines.docker import ContainerState
from ralex_stack.errors import UnhealthyError
from ralex_stack.readiness import require_way_to_models


def state(service: str, state: str = "running", *, one_off: bool = False) -> ContainerState:
    return ContainerState(service, service, state, "healthy", "image", "", (), one_off, 0)


def test_the_way_is_open() -> None:
    require_way_to_models([state("edge"), state("gateway"), state("valkey", "exited")])


@pytest.mark.parametrize(
    ("found", "said"),
    [
        ([state("edge", "exited"), state("gateway")], r"edge \(exited\)"),
        ([state("edge"), state("gateway", one_off=True)], r"gateway \(not there\)"),
        ([], r"edge \(not there\), gateway \(not there\)"),
    ],
)
def test_what_does_not_run_is_named(found: list[ContainerState], said: str) -> None:
    with pytest.raises(UnhealthyError, match=said) as error:
        require_way_to_models(found)
    assert "ralex-stack up" in error.value.hint
