"""What must hold once the cause is gone and the command was repeated."""

from __future__ import annotations

from typing import TYPE_CHECKING

from observe import call, planned

if TYPE_CHECKING:
    from harness import Stack

SERVICES = {"valkey", "gateway", "opencode", "edge"}


def require_converged(stack: Stack) -> None:
    stack.up()
    assert planned(stack) == {}
    assert {s["health"] for s in stack.json("status")["services"]} == {"healthy"}
    assert call(stack).status_code == 200
    assert stack.containers().keys() == SERVICES
    assert stack.containers(one_off=True) == {}
    left = [p.name for p in stack.state.rglob("*") if p.name.endswith((".new", "holder.json"))]
    assert left == []
