"""Tutor, another controller of a Compose project, in an environment of its own."""

from __future__ import annotations

import hashlib
import os
import sys
from pathlib import Path

from bench.command import run
from bench.results import ROOT, SCRATCH

_LOCK = ROOT / "locks" / "bench.txt"
_HOME = SCRATCH / "tutor"


def install() -> Path:
    """Its command, installed by hash from the lock, compiled as ours is."""
    stamp = _HOME / ".lock"
    wanted = hashlib.sha256(_LOCK.read_bytes()).hexdigest()
    if not stamp.is_file() or stamp.read_text() != wanted:
        uv = Path(sys.executable).with_name("uv")
        environment = {**os.environ, "UV_SYSTEM_CERTS": "1"}
        run([uv, "venv", "--quiet", "--clear", "--python", sys.executable, _HOME])
        options = ("--quiet", "--compile-bytecode", "--require-hashes")
        target = ("--python", _HOME / "bin" / "python")
        run([uv, "pip", "sync", *options, *target, _LOCK], environment=environment)
        stamp.write_text(wanted)
    return _HOME / "bin" / "tutor"


def environment(directory: Path) -> dict[str, str]:
    """The caller's, with a project and plugins of its own below the directory."""
    own = {name: value for name, value in os.environ.items() if not name.startswith("TUTOR_")}
    return {
        **own,
        "TUTOR_ROOT": str(directory / "tutor"),
        "TUTOR_PLUGINS_ROOT": str(directory / "tutor-plugins"),
    }
