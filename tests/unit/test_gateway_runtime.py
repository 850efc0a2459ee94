"""What Python is told about LiteLLM, in a process of its own."""

from __future__ import annotations

import subprocess
import sys

from ralex_stack.gateway import runtime

SCRIPT = """
import gc, importlib, sys
from ralex_stack.gateway import runtime
runtime.before_loading()
print(gc.get_threshold(), gc.get_freeze_count())
runtime.after_loading()
print(gc.get_freeze_count() > 1000, gc.isenabled())
try:
    importlib.import_module(runtime.UNUSABLE)
except ModuleNotFoundError as error:
    print(error.name)
"""


def test_what_is_loaded_is_left_to_itself() -> None:
    # The parents of the module that cannot be used.
    parents = runtime.UNUSABLE.rpartition(".")[0].split(".")
    names = [".".join(parents[: depth + 1]) for depth in range(len(parents))]
    modules = f"import sys, types\nsys.modules |= {{n: types.ModuleType(n) for n in {names}}}\n"
    done = subprocess.run(
        [sys.executable, "-c", modules + SCRIPT], capture_output=True, text=True, check=True
    )
    assert done.stdout.splitlines() == [
        f"{runtime.THRESHOLDS} 0",
        "True True",
        runtime.UNUSABLE,
    ]
