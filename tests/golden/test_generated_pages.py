"""What `make docs` writes is what models and catalogue say."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from ralex_stack.catalogue import page
from ralex_stack.cli import names, suggest
from ralex_stack.legacy import page as import_page
from tools.recording.__main__ import COMMANDS, picture

if TYPE_CHECKING:
    from collections.abc import Callable

DOCS = Path(__file__).parents[2] / "docs"
TROUBLESHOOTING = DOCS / "troubleshooting.md"


@pytest.mark.parametrize(
    ("file", "write"),
    [
        (TROUBLESHOOTING, page.main),
        (suggest.NAMES, names.main),
        (DOCS / "import.md", import_page.main),
    ],
)
def test_a_generated_file_is_up_to_date(
    tmp_path: Path, file: Path, write: Callable[[list[str]], int]
) -> None:
    assert write([str(tmp_path / "anew")]) == 0
    assert file.read_text() == (tmp_path / "anew").read_text(), "run `make docs`"


def test_names_for_completion_are_there() -> None:
    data = json.loads(suggest.NAMES.read_text())
    assert "network.gateway_port" in data["settings"]
    assert data["values"]["stack.provider"] == ["auto", "real", "simulator", "record"]
    assert {"claude-sonnet", "glm"} <= set(data["models"])
    assert set(data["tiers"]) == {"cheap", "standard", "smart"}


def test_the_picture_of_the_quick_start_is_that_of_its_recording() -> None:
    recorded = (DOCS / "recording" / "quick-start.cast").read_text()
    assert (DOCS / "recording" / "quick-start.svg").read_text() == picture(recorded)


def test_the_recording_shows_the_quick_start_and_nothing_of_a_machine() -> None:
    recorded = (DOCS / "recording" / "quick-start.cast").read_text()
    shown = "".join(json.loads(line)[2] for line in recorded.splitlines()[1:])
    for command in COMMANDS:
        assert f"{command}\r\n" in shown
    assert 'print("hello")' in shown
    assert not [place for place in ("/tmp/", "/root/", "/home/") if place in shown]  # noqa: S108
