"""Runs the quick start on a clone of this checkout and writes the recording.

`python -m tools.recording DIRECTORY` writes `quick-start.cast` and `quick-start.svg` to it.
"""

from __future__ import annotations

import getpass
import os
import socket
import subprocess
import sys
import tempfile
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

from tools.recording import cast, svg
from tools.recording.session import Session

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tools.recording.session import Output

ROOT = Path(__file__).parents[2]
COMMANDS = (
    "make up",
    'ralex-stack run "create hello.py that prints hello"',
    "cat hello.py",
    "ralex-stack",
)
NAME, SHOWN_NAME = "quick", "ralex"
"""The stack that is brought up, since one of the default name may be there, and how it is shown."""
SHOWN_PORTS = (4000, 4096)
_KEPT = ("HOME", "LANG", "DOCKER_HOST")


def main(arguments: Sequence[str]) -> int:
    """Record, check and write; returns the exit code."""
    directory = Path(arguments[0])
    with tempfile.TemporaryDirectory() as scratch:
        ports = (_free_port(), _free_port())
        outputs = _record(Path(scratch), ports)
        names = {NAME: SHOWN_NAME}
        names |= {str(ours): str(shown) for ours, shown in zip(ports, SHOWN_PORTS, strict=True)}
        outputs = cast.renamed(cast.trimmed(outputs, COMMANDS), names)
        outputs = cast.homeless(outputs, str(Path.home()))
        if shown := cast.private(outputs, _private_words(scratch)):
            print(f"the recording shows what is of this machine: {shown}", file=sys.stderr)
            return 1
    directory.mkdir(parents=True, exist_ok=True)
    text = cast.to_asciicast(outputs)
    (directory / "quick-start.cast").write_text(text, encoding="utf-8")
    (directory / "quick-start.svg").write_text(picture(text), encoding="utf-8")
    return 0


def picture(asciicast: str) -> str:
    """The recording as an SVG."""
    shown = svg.frames(cast.from_asciicast(asciicast))
    return svg.to_svg(shown, "The quick start of ralex-stack, as it was recorded")


def _record(scratch: Path, ports: tuple[int, int]) -> list[Output]:
    clone = scratch / "ralex-stack"
    subprocess.run(["git", "clone", "--quiet", str(ROOT), str(clone)], check=True)
    environment = {
        **{name: os.environ[name] for name in _KEPT if name in os.environ},
        "PATH": f"{clone / '.venv/bin'}:{os.environ['PATH']}",
        "XDG_STATE_HOME": str(scratch / "state"),
        "XDG_CONFIG_HOME": str(scratch / "config"),
        "RALEX_STACK__NAME": NAME,
        "RALEX_STACK__PROVIDER": "simulator",
        "RALEX_NETWORK__GATEWAY_PORT": str(ports[0]),
        "RALEX_NETWORK__OPENCODE_PORT": str(ports[1]),
    }
    try:
        with Session(clone, environment) as session:
            for command in COMMANDS:
                session.type(command)
            return session.outputs
    finally:
        program = clone / ".venv/bin/ralex-stack"
        if program.exists():
            down = [str(program), "--quiet", "down", "--volumes", "--yes"]
            subprocess.run(down, cwd=clone, env=environment, check=False)


def _free_port() -> int:
    """A free port of four digits, as the ones that are shown in its place."""
    for port in range(4100, 9999):
        with closing(socket.socket()) as found:
            if found.connect_ex(("127.0.0.1", port)) != 0 and port not in _given:
                _given.add(port)
                return port
    raise RuntimeError("no port is free")


_given: set[int] = set()


def _private_words(scratch: str) -> list[str]:
    user = getpass.getuser()
    words = [scratch, str(ROOT), str(Path.home()) + "/", socket.gethostname()]
    # `root` is nobody's name, but a word.
    return words if user == "root" else [*words, user]


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
