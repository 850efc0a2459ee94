"""Fixtures of the tests of set-up."""

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest
from fake_machine import Machine


@pytest.fixture
def machine(tmp_path: Path) -> Iterator[Machine]:
    made = Machine(tmp_path)
    yield made
    started = made.run_directory / "started"
    if started.exists() and made.is_alive(int(started.read_text())):
        os.kill(int(started.read_text()), signal.SIGKILL)
