"""The scripts that Valkey runs: each changes all that belongs together, or nothing."""

from __future__ import annotations

from pathlib import Path


def script(name: str) -> str:
    """Its text; its first lines say what it takes and gives."""
    return Path(__file__).with_name(f"{name}.lua").read_text(encoding="utf-8")


def text(value: bytes | str) -> str:
    """What Valkey answers, which comes as bytes or not, by the client's settings."""
    return value.decode() if isinstance(value, bytes) else value
