"""Searches all that this process can read for words: other processes, their memory, files.

Arguments: the words in hexadecimal, so that what started this does not hold them itself. Prints
JSON: where words were found, how much was read of each kind, which processes let themselves be
attached to. Runs inside a container with nothing but Python's standard library.
"""

import ctypes
import json
import os
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

WORDS = [bytes.fromhex(word) for word in sys.argv[1:]]
PTRACE_ATTACH = 16
PTRACE_DETACH = 17
MOST_BYTES = 256 * 1024 * 1024

found: set[str] = set()
read: Counter[str] = Counter()
attached: list[str] = []


def look(kind: str, place: str, content: bytes) -> None:
    read[kind] += 1
    if any(word in content for word in WORDS):
        found.add(f"{kind} {place}")


def look_into(kind: str, path: Path) -> None:
    try:
        # Without O_NONBLOCK a pipe that nobody writes to would never open.
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
        with os.fdopen(descriptor, "rb", 0) as file:
            look(kind, str(path), file.read(MOST_BYTES) or b"")
    except OSError:
        read["refused"] += 1


def entries(path: Path) -> list[Path]:
    try:
        return list(path.iterdir())
    except OSError:
        read["refused"] += 1
        return []


def memory(process: Path) -> Iterator[bytes]:
    with (process / "maps").open() as maps, (process / "mem").open("rb", 0) as file:
        for line in maps:
            span, permissions = line.split()[:2]
            start, end = (int(part, 16) for part in span.split("-"))
            if permissions.startswith("rw") and end - start <= MOST_BYTES:
                file.seek(start)
                yield file.read(end - start)


def attach(process: Path, name: str) -> None:
    libc = ctypes.CDLL(None, use_errno=True)
    libc.ptrace.argtypes = [ctypes.c_long, ctypes.c_long, ctypes.c_void_p, ctypes.c_void_p]
    pid = int(process.name)
    if libc.ptrace(PTRACE_ATTACH, pid, None, None) == 0:
        os.waitpid(pid, 0)
        libc.ptrace(PTRACE_DETACH, pid, None, None)
        attached.append(name)


def look_at(process: Path) -> None:
    name = (process / "comm").read_text().strip()
    for path in (process / "environ", process / "cmdline"):
        look_into(path.name, path)
    for thread in entries(process / "task"):
        look_into("environ", thread / "environ")
    for descriptor in entries(process / "fd"):
        look_into("descriptor", descriptor)
    try:
        for content in memory(process):
            look("memory", name, content)
    except (OSError, OverflowError):
        read["refused"] += 1
    attach(process, name)


def main() -> None:
    look("own", "environment", b"\0".join(k + b"=" + v for k, v in os.environb.items()))
    for process in Path("/proc").iterdir():
        if process.name.isdigit() and int(process.name) != os.getpid():
            try:
                look_at(process)
            except FileNotFoundError:
                continue
    for folder, folders, files in os.walk("/"):
        if folder == "/":
            folders[:] = [name for name in folders if name not in ("proc", "sys")]
        for name in files:
            path = Path(folder, name)
            if path.is_file():
                look_into("file", path)
    print(json.dumps({"found": sorted(found), "read": read, "attached": attached}))


main()
