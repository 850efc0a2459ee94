"""What this machine says of itself and its user."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest
from fakes import RecordingRunner

from ralex_stack.errors import EngineError
from ralex_stack.host import config_home, git_identity, is_too_wide, owner_of
from ralex_stack.runner import SystemRunner

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize(
    ("text", "found"),
    [
        (
            "[user]\nname = Ada Lovelace\nemail = ada@example.com\n",
            ("Ada Lovelace", "ada@example.com"),
        ),
        ("[user]\nname = Ada\n", ("Ada", None)),
        ("", (None, None)),
    ],
)
def test_who_commits(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    text: str,
    found: tuple[str | None, str | None],
) -> None:
    (tmp_path / "config").write_text(text)
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(tmp_path / "config"))
    assert git_identity(SystemRunner()) == found


def test_without_git_nobody_is_named() -> None:
    assert git_identity(RecordingRunner().on("git", error=EngineError("no"))) == (None, None)


def test_the_owner_of_a_path(tmp_path: Path) -> None:
    assert owner_of(tmp_path) == f"{tmp_path.stat().st_uid}:{tmp_path.stat().st_gid}"


def test_the_home_directory_is_known_through_links(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "real")
    monkeypatch.setenv("HOME", str(tmp_path / "link"))
    assert is_too_wide(tmp_path / "real")
    assert is_too_wide(tmp_path)
    assert not is_too_wide(tmp_path / "real" / "project")


def test_where_the_users_own_settings_are(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    ours = tmp_path / ".config" / "ralex-stack"
    assert os.fspath(config_home({"XDG_CONFIG_HOME": "/config"})) == "/config/ralex-stack"
    assert config_home({"XDG_CONFIG_HOME": "relative"}) == ours
    assert config_home({}) == ours
