"""docs/settings.md is what the models say."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from ralex_stack.settings.reference import main, reference

if TYPE_CHECKING:
    import pytest

PAGE = Path(__file__).parents[2] / "docs" / "settings.md"


def test_the_reference_page_is_up_to_date() -> None:
    assert PAGE.read_text(encoding="utf-8") == reference()
    assert main(["--check", str(PAGE)]) == 0


def test_a_stale_page_fails_the_check_and_is_written_anew(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    page = tmp_path / "settings.md"
    assert main(["--check", str(page)]) == 1
    assert "is stale" in capsys.readouterr().err
    assert main([str(page)]) == 0
    assert main(["--check", str(page)]) == 0
