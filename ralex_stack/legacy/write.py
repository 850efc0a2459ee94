"""Writing what an import made: an edge. All or nothing is refused before the first file."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from ralex_stack.errors import Refused
from ralex_stack.files import digest_of, write_atomically
from ralex_stack.secrets.store import SecretStore

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path


@dataclass(frozen=True)
class Output:
    """One file that is to be there."""

    path: Path
    content: bytes
    secret: bool = False
    """Whether only its owner may read it, and only in a directory of their own."""

    def there(self) -> bytes | None:
        """What is there now; none for nothing. Raises OSError."""
        try:
            return self.path.read_bytes()
        except FileNotFoundError:
            return None


def write_all(outputs: Iterable[Output], *, force: bool) -> tuple[list[Path], list[Path]]:
    """Write what differs; returns what was written, and backups of what was there.

    Raises Refused, before anything is written, where a file is there with another content and
    `force` is not given; OSError where one cannot be read or written.
    """
    changed = [output for output in outputs if output.there() != output.content]
    replaced = [output for output in changed if output.there() is not None]
    if replaced and not force:
        paths = ", ".join(str(output.path) for output in replaced)
        raise Refused(
            f"there already, with another content, and left as it is: {paths}",
            hint="--force replaces what is there and keeps a backup beside it; `--out PATH` "
            "writes elsewhere; --dry-run only tells",
            code="file-there",
        )
    backups = [_back_up(output) for output in replaced]
    for output in changed:
        _write(output.path, output)
    return [output.path for output in changed], backups


def _back_up(output: Output) -> Path:
    """A copy named after its content, so that none is ever replaced by another."""
    content = output.there() or b""
    backup = output.path.with_name(f"{output.path.name}.backup-{digest_of(content)[:8]}")
    _write(backup, replace(output, content=content))
    return backup


def _write(path: Path, output: Output) -> None:
    if output.secret:
        store = SecretStore(path.parent, mode=0o600)
        store.set(path.name, output.content.decode())
    else:
        write_atomically(path, output.content)
