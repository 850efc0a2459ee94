"""Where the Dockerfile and what it copies are, and what each image is made from."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

IMAGES: Mapping[str, tuple[str, ...]] = {
    "edge": ("stack/edge",),
    "egress": ("stack/egress",),
    "embedder": ("stack/embedder", "locks/embedder.txt"),
    "gateway": ("locks/gateway.txt",),
    "gateway-database": (
        "locks/gateway.txt",
        "locks/gateway-database.txt",
        "locks/prisma-engines.txt",
        "stack/prisma",
    ),
    "opencode": ("stack/opencode",),
    "postgres": ("stack/postgres",),
    "prometheus": ("stack/prometheus",),
    "simulator": ("stack/simulator",),
    "valkey": ("stack/valkey",),
}
"""Target of the Dockerfile → the paths that only it is made from."""

PACKAGE = Path(__file__).parent
"""A second build context, named `package`: the gateway's hooks are part of the program."""

_FROM_PACKAGE = dict.fromkeys(
    ("gateway", "gateway-database"), ("__init__.py", "gateway", "routing")
)

_WITH_PRISMA = {"gateway-database"}

_LOCKS = ("locks/apt-amd64.txt", "locks/apt-arm64.txt", "locks/images.txt")
_SHARED = ("Dockerfile", ".dockerignore", "stack/base", *_LOCKS)
_NOT_BUILT_FROM = {"__pycache__", ".mypy_cache", ".ruff_cache", "node_modules"}
"""Names of directories that tools leave behind."""


def root() -> Path:
    """The build context: the checkout, or what the installed package carries."""
    packed = PACKAGE / "_build_context"
    return packed if packed.is_dir() else PACKAGE.parent


def tag(target: str, base: str, *, release: bool = False, prisma: str = "native") -> str:
    """Tag of an image: a digest of all that it is made from. Raises OSError."""
    arguments = (base, release, *((prisma,) if target in _WITH_PRISMA else ()))
    digest = hashlib.sha256("".join(f"{argument}\0" for argument in arguments).encode())
    for context, paths in (
        (root(), (*_SHARED, *IMAGES[target])),
        (PACKAGE, _FROM_PACKAGE.get(target, ())),
    ):
        for path in _files(context, paths):
            executable = path.stat().st_mode & 0o111
            digest.update(f"{path.relative_to(context)}\0{executable}\0".encode())
            digest.update(path.read_bytes())
    return digest.hexdigest()[:12]


def _files(base: Path, paths: tuple[str, ...]) -> Iterator[Path]:
    for relative in paths:
        path = base / relative
        found = sorted(path.rglob("*")) if path.is_dir() else [path]
        for file in found:
            if file.is_file() and not _NOT_BUILT_FROM & set(file.relative_to(base).parts):
                yield file
