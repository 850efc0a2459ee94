"""What the gateway holds calls to, from a file beside LiteLLM's configuration."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

LIMITS_FILE = "limits.json"


class LimitsError(Exception):
    """The file of limits is not what the gateway understands."""


@dataclass(frozen=True)
class Limits:
    """Limits of calls: seconds, and requests a minute (none: no limit)."""

    timeout: float = 600
    """Until an answer that is not streamed has come."""
    idle_timeout: float = 180
    """Until the next piece of a streamed answer has come."""
    retry_after: int = 20
    """What clients that are turned away for the moment are told to wait."""
    session_rpm: int | None = 120
    """Of one session of one key."""


def load_limits(config: Path) -> Limits:
    """Read the limits beside LiteLLM's configuration, the defaults where there is no file.

    Raises LimitsError when the file is anything else.
    """
    path = config.with_name(LIMITS_FILE)
    try:
        return Limits(**json.loads(path.read_text(encoding="utf-8"))) if path.exists() else Limits()
    except (ValueError, TypeError) as error:
        raise LimitsError(
            f"{path} is not a map with the fields of Limits ({error}). "
            "It is rendered from the settings: run `ralex-stack up` again."
        ) from error
