"""Which program of this machine listens on a port, as Linux tells in /proc."""

from __future__ import annotations

import re
from pathlib import Path

_LISTENS = "0A"
"""State TCP_LISTEN: `include/net/tcp_states.h` of Linux."""


def listener(port: int, proc: Path = Path("/proc")) -> str:
    """`process 123 (name)`, or as much as this user may know; empty where nobody listens."""
    owners = _sockets(port, proc)
    for link in proc.glob("[0-9]*/fd/*"):
        if _target(link).removeprefix("socket:[").removesuffix("]") in owners:
            process = link.parent.parent
            return f"process {process.name} ({_text(process / 'comm').strip()})"
    return f"a process of user {next(iter(owners.values()))}" if owners else ""


def _sockets(port: int, proc: Path) -> dict[str, str]:
    """Inode of each socket that listens on the port → its user. Columns: man 5 proc_net_tcp."""
    lines = [line for name in ("tcp", "tcp6") for line in _text(proc / "net" / name).splitlines()]
    pattern = re.compile(rf"\s*\d+: [0-9A-F]+:{port:04X} \S+ {_LISTENS} ")
    rows = [line.split() for line in lines if pattern.match(line)]
    return {row[9]: row[7] for row in rows}


def _target(link: Path) -> str:
    try:
        return str(link.readlink())
    except OSError:
        # Of another user, or gone by now.
        return ""


def _text(file: Path) -> str:
    try:
        return file.read_text(errors="replace")
    except OSError:
        return ""
