"""A limit that the settings have no more is not counted: its counter would miss what was spent."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import pytest

from ralex_stack.gateway.budgets.policy import Budgets, Limit
from ralex_stack.gateway.budgets.store import COUNTED, Store, outdated

if TYPE_CHECKING:
    from collections.abc import Callable

BUDGETS = Budgets(
    limits=(
        Limit("stack", "stack", "daily", 5),
        Limit("model", "glm", "daily", 3),
        Limit("key", "virtual:grace", "daily", 1),
    ),
    zone=ZoneInfo("Europe/Berlin"),
)
OWN = ("client", "sandbox")


@pytest.mark.parametrize(
    ("name", "goes"),
    [
        ("stack:stack:daily:Europe/Berlin", False),
        ("stack:stack:weekly:Europe/Berlin", True),
        ("stack:stack:daily:UTC", True),
        ("model:glm:daily:Europe/Berlin", False),
        ("model:other:daily:Europe/Berlin", True),
        ("key:client:daily:Europe/Berlin", True),
        ("key:virtual:grace:daily:Europe/Berlin", False),
        ("key:virtual:ada:daily:Europe/Berlin", True),
        ("key:virtual:of: a team:daily:Europe/Berlin", True),
        ("key:ci:daily:Europe/Berlin", False),
        ("key:ci:daily:UTC", True),
    ],
)
def test_only_limits_that_are_counted_stay(name: str, goes: bool) -> None:
    assert outdated([name], BUDGETS, OWN) == ([name] if goes else [])


class Known:
    """Valkey's hash of limits."""

    def __init__(self, *names: str) -> None:
        self.names = {name.encode() for name in names}

    def register_script(self, _: str) -> Callable[..., Any]:
        return lambda **_: None

    async def hkeys(self, key: str) -> list[bytes]:
        assert key == COUNTED
        return sorted(self.names)

    async def hdel(self, key: str, name: str) -> None:
        assert key == COUNTED
        self.names.remove(name.encode())


def test_valkey_forgets_them() -> None:
    known = Known("model:glm:daily:Europe/Berlin", "key:virtual:ada:daily:Europe/Berlin")
    asyncio.run(Store(known).forget_limits(BUDGETS, OWN))  # type: ignore[arg-type]
    assert known.names == {b"model:glm:daily:Europe/Berlin"}
