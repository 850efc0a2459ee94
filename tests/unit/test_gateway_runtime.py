"""What Python is told about LiteLLM, in a process of its own."""

from __future__ import annotations

import subprocess
import sys

import pytest

from ralex_stack.gateway import runtime
from ralex_stack.gateway.names import COLLECTOR

SCRIPT = """
import gc, sys
from ralex_stack.gateway import runtime
runtime.before_loading()
print(gc.get_threshold(), gc.get_freeze_count())
runtime.after_loading()
print(gc.get_freeze_count() > 1000, gc.isenabled())
print([name for name in runtime.UNUSED if name in sys.modules and sys.modules[name] is None])
"""


@pytest.mark.parametrize(
    ("environment", "closed"),
    [({}, list(runtime.UNUSED)), ({COLLECTOR: "http://collector:4318"}, [])],
)
def test_what_is_loaded_is_left_to_itself(environment: dict[str, str], closed: list[str]) -> None:
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT], capture_output=True, text=True, check=True, env=environment
    )
    assert done.stdout.splitlines() == [f"{runtime.THRESHOLDS} 0", "True True", str(closed)]
