"""What the controller takes from the gateway does without what only the gateway's image has."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import ralex_stack

PACKAGE = Path(ralex_stack.__file__).parent
USE = re.compile(r"^\s*(?:from|import) ralex_stack\.gateway\b", re.MULTILINE)
IN_THE_IMAGE_ALONE = ("litellm", "fastapi", "starlette", "uvicorn", "redis", "psycopg")


def users_of_the_gateway() -> list[str]:
    """Modules outside the gateway that import one of its own."""
    return [
        ".".join(path.relative_to(PACKAGE.parent).with_suffix("").parts)
        for path in sorted(PACKAGE.rglob("*.py"))
        if PACKAGE / "gateway" not in path.parents and USE.search(path.read_text(encoding="utf-8"))
    ]


def test_the_controller_imports_nothing_of_the_gateways_image() -> None:
    users = users_of_the_gateway()
    assert "ralex_stack.render.edge" in users
    # Python's own mark for a module that cannot be imported, be it installed or not.
    script = f"import importlib, sys\nsys.modules |= dict.fromkeys({IN_THE_IMAGE_ALONE})\n"
    script += "".join(f"importlib.import_module({name!r})\n" for name in users)
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
