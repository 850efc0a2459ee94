"""What one entry of the catalogue holds."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Area = Literal["settings", "secrets", "machine", "engine", "stack", "workspace", "work", "gateway"]

AREAS: dict[Area, str] = {
    "settings": "Settings",
    "secrets": "Secrets and providers' keys",
    "machine": "The machine",
    "engine": "Docker, images and services",
    "stack": "The stack and its state",
    "workspace": "Workspaces",
    "work": "Prompts and commands",
    "gateway": "Answers of the gateway",
}
"""Area → its heading, in the order in which a stack comes to be."""


@dataclass(frozen=True)
class Entry:
    """A failure that users meet; code spans and commands in the texts are in backticks."""

    code: str
    """Stable: programs compare it, pages link to it."""
    area: Area
    title: str
    """What happened, as one clause."""
    meaning: str
    """What it means, and what causes it."""
    steps: tuple[str, ...]
    """What to do, the likeliest first."""
    status: int = 0
    """HTTP status of an answer that carries the code; 0 where commands or `doctor` tell it."""
