"""How the build gets Prisma's native engine: it is what the lock says, or there is no image."""

from __future__ import annotations

import gzip
import hashlib
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SCRIPT = ROOT / "stack" / "prisma" / "fetch-engine"
LOCK = ROOT / "locks" / "prisma-engines.txt"
COMMIT = "393aa359c9ad4a4bb28630fb5613f9c281cde053"
PROGRAM = b"#!/bin/sh\necho query-engine\n"


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """Where the script looks instead of at Prisma's server, with an engine for one platform."""
    packed = gzip.compress(PROGRAM)
    (tmp_path / COMMIT / "here").mkdir(parents=True)
    (tmp_path / COMMIT / "here" / "query-engine.gz").write_bytes(packed)
    digest = hashlib.sha256(packed).hexdigest()
    engines = {"amd64 here": digest, "arm64 away": digest, "s390x here": "0" * 64}
    lines = [f"# of {COMMIT}", *(f"{name} {value}" for name, value in engines.items()), ""]
    (tmp_path / "hashes.txt").write_text("\n".join(lines))
    text = SCRIPT.read_text().replace("https://binaries.prisma.sh/all_commits", tmp_path.as_uri())
    (tmp_path / "fetch-engine").write_text(text)
    return tmp_path


def fetch(place: Path, architecture: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [
            sys.executable,
            str(place / "fetch-engine"),
            architecture,
            str(place / "hashes.txt"),
            str(place / "query-engine"),
        ],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_an_engine_that_is_the_locked_one_is_taken(place: Path) -> None:
    assert fetch(place, "amd64").returncode == 0
    assert (place / "query-engine").read_bytes() == PROGRAM
    assert (place / "query-engine").stat().st_mode & 0o111


@pytest.mark.parametrize(
    ("architecture", "words"),
    [
        ("s390x", ["is not what", "it was not used"]),
        ("arm64", ["away/query-engine.gz", "PRISMA_ENGINE=wasm", 'images.prisma = "wasm"']),
        ("riscv64", ["names no engine for riscv64", "PRISMA_ENGINE=wasm"]),
    ],
)
def test_anything_else_ends_the_build(place: Path, architecture: str, words: list[str]) -> None:
    result = fetch(place, architecture)
    assert result.returncode == 1
    for word in words:
        assert word in result.stderr
    assert not (place / "query-engine").exists()


def test_the_lock_names_an_engine_for_each_architecture_of_the_images() -> None:
    lines = [line.split() for line in LOCK.read_text().splitlines() if not line.startswith("#")]
    assert [line[0] for line in lines] == ["amd64", "arm64"]
    assert all(len(bytes.fromhex(digest)) == 32 for _, _, digest in lines)
    assert COMMIT in LOCK.read_text()
