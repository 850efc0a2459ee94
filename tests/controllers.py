"""Controllers of stacks on a stand-in of the engine."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ralex_stack.controller import Controller, Prepared


class Make(Protocol):
    """Makes the controller of the settings in `text`, on the engine of the test."""

    def __call__(
        self,
        text: str = "",
        environment: Mapping[str, str] | None = None,
        *,
        file: str = "ralex-stack.toml",
        home: str = "state",
    ) -> Controller: ...


def up(controller: Controller) -> Prepared:
    prepared = controller.prepare()
    with controller.state.lock("up"):
        controller.apply(prepared)
    return prepared
