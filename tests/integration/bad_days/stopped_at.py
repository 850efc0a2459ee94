"""Runs the real command and sends it a signal at one of its steps: SIGNAL STEP ARGUMENTS….

A step is a change of a file below the state directory, or a program that is started, as Python's
audit events tell. Step 0 sends nothing. The number of steps taken goes to the file STEPS_FILE.
"""

from __future__ import annotations

import os
import signal
import sys
import threading
from pathlib import Path

_FILES = {"os.rename", "os.remove", "os.mkdir", "os.rmdir"}
_PROGRAM_RUNS_SECONDS = 0.7
"""How long a program that was started goes on before the signal comes, in the midst of its work."""


class Steps:
    def __init__(self, number: int, step: int, place: str) -> None:
        self.number, self.step, self.place, self.taken = number, step, place, 0

    def hear(self, event: str, arguments: tuple[object, ...]) -> None:
        if event == "subprocess.Popen":
            self._take(_PROGRAM_RUNS_SECONDS if "docker" in str(arguments[1]) else 0)
        elif self._changes_state(event, arguments):
            self._take(0)

    def _changes_state(self, event: str, arguments: tuple[object, ...]) -> bool:
        writes = event == "open" and isinstance(arguments[2], int) and arguments[2] & os.O_CREAT
        return bool(writes or event in _FILES) and str(arguments[0]).startswith(self.place)

    def _take(self, later: float) -> None:
        self.taken += 1
        if self.taken == self.step:
            if later:
                threading.Timer(later, self._send).start()
            else:
                self._send()

    def _send(self) -> None:
        if self.number == signal.SIGINT:
            # As a terminal does: to all that run in the foreground.
            os.killpg(0, self.number)
        else:
            os.kill(os.getpid(), self.number)


if __name__ == "__main__":
    from ralex_stack.cli.main import main

    steps = Steps(int(sys.argv[1]), int(sys.argv[2]), os.environ["XDG_STATE_HOME"])
    sys.argv[1:] = sys.argv[3:]
    sys.addaudithook(steps.hear)
    try:
        main()
    finally:
        Path(os.environ["STEPS_FILE"]).write_text(str(steps.taken))
