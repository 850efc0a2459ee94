"""The blocks of docs/recipes.md that are marked as tested, on the shared stack."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from harness import Stack

PAGE = (Path(__file__).parents[2] / "docs" / "recipes.md").read_text()
BLOCKS = re.findall(r"^```(\w+) tested\n(.*?)^```", PAGE, re.DOTALL | re.MULTILINE)
ANSWERS = ("I am the simulator", '"tier:cheap"')


def test_there_are_blocks_of_each_language() -> None:
    assert {language for language, _ in BLOCKS} == {"sh", "python", "js"}


@pytest.mark.parametrize(
    ("language", "code"), BLOCKS, ids=[f"{n}-{block[0]}" for n, block in enumerate(BLOCKS)]
)
def test_a_recipe(stack: Stack, language: str, code: str) -> None:
    done = subprocess.run(
        command(stack, language, code),
        env={"PATH": os.environ["PATH"], "HOME": str(stack.directory), **stack.credentials},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert any(answer in done.stdout for answer in ANSWERS)


def command(stack: Stack, language: str, code: str) -> list[str]:
    if language == "js":
        # Node of the simulator's image, since there may be none on the machine.
        image = stack.container("simulator").attrs["Config"]["Image"]
        given = [part for name in stack.credentials for part in ("--env", name)]
        node = ["--entrypoint", "node", image, "--input-type=module", "--eval", code]
        return ["docker", "run", "--rm", "--network", "host", *given, *node]
    return [sys.executable, "-c", code] if language == "python" else ["sh", "-euc", code]
