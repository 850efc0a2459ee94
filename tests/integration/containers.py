"""Programs inside containers, of a stack or of the world that a test makes around it."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from docker.models.containers import Container

PROBES = Path(__file__).parent / "probes"


def inside(
    container: Container, *arguments: str, stdin: str = "", code: int | None = 0
) -> subprocess.CompletedProcess[str]:
    """A program in a container, as its user; requires its exit code (None: any)."""
    done = subprocess.run(
        ["docker", "exec", "--interactive", str(container.id), *arguments],
        input=stdin,
        capture_output=True,
        text=True,
        errors="replace",
        check=False,
    )
    shown = f"{arguments} ended with {done.returncode}\n{done.stdout}\n{done.stderr}"
    assert code is None or done.returncode == code, shown
    return done


def probe(container: Container, script: str, *arguments: str, data: object = None) -> Any:
    """What one of the scripts in probes/ finds out inside a container; `data` is its input."""
    program = (PROBES / f"{script}.py").read_text()
    done = inside(container, "python3", "-c", program, *arguments, stdin=json.dumps(data))
    return json.loads(done.stdout)
