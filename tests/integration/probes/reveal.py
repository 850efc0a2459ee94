"""Prints all that a process can read here: environments, memory of others, files; as JSON lines.

Runs inside a container with nothing but Python's standard library. Contents are base64.
"""

import base64
import json
import os
from collections.abc import Iterator
from pathlib import Path

FOLDERS = ("/run", "/etc", "/data", "/tmp", "/var/lib", "/root", "/home")  # noqa: S108
MOST_BYTES = 64 * 1024 * 1024


def show(place: str, content: bytes) -> None:
    print(json.dumps({"place": place, "content": base64.b64encode(content).decode()}))


def try_file(path: Path) -> None:
    try:
        if path.stat().st_size <= MOST_BYTES:
            show(str(path), path.read_bytes())
    except OSError as error:
        print(json.dumps({"place": str(path), "error": error.strerror}))


def memory(process: Path) -> Iterator[bytes]:
    """Readable writable memory of a process: that is where values of variables are."""
    maps = (process / "maps").read_text().splitlines()
    with (process / "mem").open("rb", 0) as file:
        for line in maps:
            span, permissions = line.split()[:2]
            start, end = (int(part, 16) for part in span.split("-"))
            if permissions.startswith("rw") and end - start <= MOST_BYTES:
                file.seek(start)
                yield file.read(end - start)


def processes() -> Iterator[Path]:
    own = os.getpid()
    for path in Path("/proc").iterdir():
        if path.name.isdigit() and int(path.name) != own:
            yield path


def main() -> None:
    show("environment", "\n".join(f"{k}={v}" for k, v in os.environ.items()).encode())
    for process in processes():
        try_file(process / "cmdline")
        try_file(process / "environ")
        try:
            show(f"{process}/mem", b"\n".join(memory(process)))
        except (OSError, ValueError) as error:
            # Processes come and go.
            reason = getattr(error, "strerror", None) or str(error)
            print(json.dumps({"place": f"{process}/mem", "error": reason}))
    for folder in FOLDERS:
        for path in Path(folder).rglob("*"):
            if path.is_file() and not path.is_symlink():
                try_file(path)


main()
