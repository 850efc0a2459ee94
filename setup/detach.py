"""Start a program that outlives this terminal and the job that called for it.

Usage: detach.py LOG PROGRAM [ARGUMENT...]; the process id is printed. The program inherits no open
file: a pipe of a continuous-integration job that it kept open would make the job wait for it.
"""

import subprocess
import sys
from pathlib import Path


def main(log: str, *command: str) -> None:
    """Run the command in a session of its own, with its output in the log."""
    with Path(log).open("ab") as output:
        process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            close_fds=True,
            cwd="/",
        )
    sys.stdout.write(f"{process.pid}\n")
    # The program is meant to stay: no complaint about a child that is not waited for.
    process.returncode = 0


if __name__ == "__main__":
    main(*sys.argv[1:])
