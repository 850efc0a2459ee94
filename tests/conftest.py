"""Options of all tests."""

from __future__ import annotations

import signal
from pathlib import Path

import pytest

# Where tests share what they require, a failure says what was found instead.
pytest.register_assert_rewrite("containers", "converged", "harness", "observe")

# Shells and nohup have background jobs ignore these; what tests start and interrupt would as well.
signal.signal(signal.SIGINT, signal.default_int_handler)
signal.signal(signal.SIGHUP, signal.SIG_DFL)


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--reuse-stack",
        type=Path,
        metavar="DIR",
        help="Keep the shared stack of the integration tests between runs, with its state in DIR.",
    )
