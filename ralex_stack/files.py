"""Files: written so that a crash leaves the old content or the new, locked, and compared."""

from __future__ import annotations

import fcntl
import hashlib
import os
import shutil
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


def free_space(path: Path) -> str:
    """How much room there is where a path is, or would be. Raises OSError."""
    place = next(p for p in (path, *path.parents) if p.exists())
    usage, inodes = shutil.disk_usage(place), os.statvfs(place)
    if inodes.f_files and not inodes.f_favail:
        return f"no further file can be made at {place}"
    return f"{usage.free / 2**20:.0f} of {usage.total / 2**20:.0f} MiB are free at {place}"


def digest_of(content: bytes) -> str:
    """SHA-256, in hexadecimal."""
    return hashlib.sha256(content).hexdigest()


@contextmanager
def locked(directory: Path, operation: int) -> Iterator[None]:
    """A lock between commands on this machine; the system frees that of one that was killed.

    `operation` is that of flock(2): BlockingIOError is raised where it may not wait.
    """
    descriptor = os.open(directory, os.O_RDONLY | os.O_DIRECTORY)
    try:
        fcntl.flock(descriptor, operation)
        yield
    finally:
        os.close(descriptor)


def write_atomically(path: Path, content: bytes, *, mode: int = 0o644) -> None:
    """Write beside the path, then move over it. Raises OSError, e.g. when the disk is full."""
    path.parent.mkdir(parents=True, exist_ok=True)
    new = path.with_name(f"{path.name}.new")
    new.unlink(missing_ok=True)
    descriptor = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        new.chmod(mode)
        new.replace(path)
    except BaseException as error:
        new.unlink(missing_ok=True)
        if isinstance(error, OSError):
            # Writing tells no name, and moving tells first that of the new file.
            error.filename, error.filename2 = str(path), None
        raise
