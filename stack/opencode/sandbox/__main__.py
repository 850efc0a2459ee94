"""Entry point of the opencode image: the guarded server, or any other command as it is.

`serve` (the image's default) starts the server; everything else is run as given, e.g.
`opencode run "…"` or `bash`, and takes this process's place.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

EXTRA_USERS = Path("/tmp/extrausers")  # noqa: S108 - the image links there


def main(arguments: list[str]) -> int:
    """Run the server, or become the command."""
    for name in ("HOME", "XDG_DATA_HOME", "XDG_STATE_HOME", "XDG_CACHE_HOME"):
        Path(os.environ[name]).mkdir(parents=True, exist_ok=True)
    name_user(EXTRA_USERS, os.getuid(), os.getgid(), os.environ["HOME"])
    if arguments == ["serve"]:
        from server import serve

        return serve()
    try:
        os.execvp(arguments[0], arguments)  # noqa: S606 - no shell is the point
    except OSError as error:
        print(f"{arguments[0]}: {error.strerror}", file=sys.stderr)
        return 127


def name_user(directory: Path, uid: int, gid: int, home: str) -> None:
    """Give the user that this runs as a name: tools that ask who they are fail without."""
    directory.mkdir(exist_ok=True)
    (directory / "passwd").write_text(f"agent:x:{uid}:{gid}:agent:{home}:/bin/bash\n")
    (directory / "group").write_text(f"agent:x:{gid}:\n")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:] or ["serve"]))
