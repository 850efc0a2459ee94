"""All checks: facts in, findings out. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from ralex_stack.doctor import machine, stack
from ralex_stack.doctor.finding import Finding

if TYPE_CHECKING:
    from ralex_stack.doctor.facts import Facts

Check = Callable[["Facts"], Iterator[Finding]]

CHECKS: tuple[Check, ...] = (
    stack.settings,
    machine.docker,
    machine.disk_and_memory,
    machine.clock,
    machine.authorities,
    stack.state,
    stack.provider,
    stack.images,
    stack.ports,
    stack.services,
    stack.answers,
    stack.call,
    stack.sandbox,
)


def findings(facts: Facts) -> tuple[Finding, ...]:
    """All findings, in the order in which a stack comes to be."""
    return tuple(finding for check in CHECKS for finding in check(facts))
