"""The README's start, command by command, on a clone of this checkout."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from repositories import git

if TYPE_CHECKING:
    from collections.abc import Callable

    from harness import Stack

ROOT = Path(__file__).parents[2]


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    path = tmp_path / "ralex-stack"
    git(ROOT, "clone", "--quiet", str(ROOT), str(path))
    return path


def test_the_start_of_the_readme(clone: Path, another: Callable[..., Stack]) -> None:
    stack = another()
    readme = (clone / "README.md").read_text()
    (start,) = re.findall(r"^## Start\n.*?^```sh\n(.*?)^```", readme, re.DOTALL | re.MULTILINE)
    assert start.splitlines()[0] == "make up"
    environment = {
        **stack.environment,
        "RALEX_STACK__NAME": stack.name,
        "RALEX_NETWORK__GATEWAY_PORT": str(stack.ports[0]),
        "RALEX_NETWORK__OPENCODE_PORT": str(stack.ports[1]),
    }

    done = subprocess.run(
        ["sh", "-euc", start],
        cwd=clone,
        env=environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 0, f"{done.stdout}\n{done.stderr}"
    assert (clone / "hello.py").read_text() == 'print("hello")\n'
    assert "SIMULATOR" in done.stdout
    assert "running healthy" in done.stdout
    assert {c.status for c in stack.containers().values()} == {"running"}
