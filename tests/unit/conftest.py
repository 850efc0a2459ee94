"""Fixtures of several modules."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import fake_litellm
import pytest
from fake_engine import FakeEngine

from ralex_stack.controller import Controller
from ralex_stack.settings.load import load

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path
    from types import ModuleType

    from controllers import Make
    from fakes import RecordingRunner


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


@pytest.fixture
def hooks(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[dict[str, ModuleType]]:
    """The gateway's hooks, on stand-ins of LiteLLM's names."""
    with fake_litellm.hooks(monkeypatch, tmp_path) as loaded:
        yield loaded


@pytest.fixture
def git_of_nobody(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Commits need a name; the developer's own configuration is left out."""
    (tmp_path / "gitconfig").write_text(
        '[user]\nname = Ada\nemail = ada@example.com\n[protocol "file"]\nallow = always\n'
        "[init]\ndefaultBranch = main\n"
    )
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(tmp_path / "gitconfig"))
    monkeypatch.setenv("GIT_CONFIG_SYSTEM", os.devnull)
    monkeypatch.setenv("HOME", str(tmp_path / "home"))


@pytest.fixture
def command_engine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeEngine]:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.delenv("OPENROUTER_API_KEY", raising=False)
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    with FakeEngine(tmp_path / "engine.sock") as made:
        yield made


@pytest.fixture
def runner(command_engine: FakeEngine) -> RecordingRunner:
    return (
        command_engine.runner()
        .on("exec", "curl", stdout='{"choices": [{}]}')
        .on("git", "rev-parse", code=128)
    )
