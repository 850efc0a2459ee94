"""Runs the real command while its clock is wrong: SECONDS (negative: behind) COMMAND ARGUMENTS….

Only Python's clock: what the command starts, and the engine, go by the machine's.
"""

from __future__ import annotations

import runpy
import sys
import time

if __name__ == "__main__":
    right, seconds = time.time, float(sys.argv[1])
    time.time = lambda: right() + seconds
    sys.argv[:] = sys.argv[2:]
    runpy.run_path(sys.argv[0], run_name="__main__")
