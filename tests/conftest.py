"""Options of all tests."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pytest


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--reuse-stack",
        type=Path,
        metavar="DIR",
        help="Keep the shared stack of the integration tests between runs, with its state in DIR.",
    )
