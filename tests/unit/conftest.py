"""Fixtures of several modules."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from fakes import FakeEngine

from ralex_stack.controller import Controller
from ralex_stack.settings.load import load

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from controllers import Make


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[FakeEngine]:
    with FakeEngine(tmp_path / "engine.sock") as made:
        yield made


@pytest.fixture
def make(tmp_path: Path, engine: FakeEngine) -> Make:
    def controller(
        text: str = "",
        environment: Mapping[str, str] | None = None,
        *,
        file: str = "ralex-stack.toml",
        home: str = "state",
    ) -> Controller:
        path = tmp_path / file
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)
        made = Controller(load(path, {}), engine.runner())
        made.environment = {"XDG_STATE_HOME": str(tmp_path / home), **(environment or {})}
        return made

    return controller
