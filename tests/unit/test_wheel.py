"""An installed package builds the same images as the checkout."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from ralex_stack import build_context

ROOT = Path(__file__).parents[2]
TAGS = (
    "from ralex_stack import build_context as b;"
    "print(b.root()); print(*(b.tag(t, 'base') for t in sorted(b.IMAGES)))"
)


def test_the_wheel_carries_the_build_context(tmp_path: Path) -> None:
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path)],
        cwd=ROOT,
        check=True,
        capture_output=True,
    )
    (wheel,) = tmp_path.glob("*.whl")
    installed = tmp_path / "installed"
    uv = Path(sys.executable).with_name("uv")
    options = ["--quiet", "--no-deps", "--no-index"]
    subprocess.run([uv, "pip", "install", *options, "--target", installed, wheel], check=True)
    environment = {**os.environ, "PYTHONPATH": str(installed)}
    done = subprocess.run(
        [sys.executable, "-P", "-c", TAGS],
        cwd=tmp_path,
        env=environment,
        check=True,
        capture_output=True,
        text=True,
    )
    root, tags = done.stdout.splitlines()
    assert Path(root).is_relative_to(installed)
    assert tags.split() == [build_context.tag(t, "base") for t in sorted(build_context.IMAGES)]
    for name in ("names.json", "completion.bash"):
        assert (installed / "ralex_stack" / "cli" / name).is_file()
