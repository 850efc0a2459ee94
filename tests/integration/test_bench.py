"""A measurement from the command to the file that it keeps; what it brought up is gone after."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from bench.results import ROOT, read

if TYPE_CHECKING:
    from docker import DockerClient


def benches(engine: DockerClient) -> set[str]:
    found = engine.containers.list(all=True, ignore_removed=True, filters={"name": "ralex-bench-"})
    return {str(container.name) for container in found}


def test_a_short_measurement_is_printed_and_kept(engine: DockerClient) -> None:
    before = benches(engine)
    done = subprocess.run(
        [sys.executable, "-m", "bench", "--quick", "--only", "again"],
        cwd=ROOT,
        env={**os.environ, "COLUMNS": "200"},
        capture_output=True,
        text=True,
        check=True,
    )

    *shown, last = done.stdout.splitlines()
    kept = read(Path(last.removeprefix("kept in ")))
    assert kept.quick
    assert len(kept.figures) == 2
    for figure in kept.figures:
        assert any(figure.name in line for line in shown)
        assert figure.ours > 0
        assert figure.theirs
    assert benches(engine) <= before
