"""Stacks for as long as tests need them."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, TypeVar

from harness import Stack

if TYPE_CHECKING:
    from collections.abc import Iterator

AnyStack = TypeVar("AnyStack", bound=Stack)


@contextmanager
def brought_up(stack: AnyStack) -> Iterator[AnyStack]:
    """The stack while it is up; nothing of it is left afterwards."""
    try:
        stack.up()
        yield stack
    finally:
        stack.remove()
