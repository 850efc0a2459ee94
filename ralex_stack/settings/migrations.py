"""Steps from one version of the settings file's format to the next.

A step takes the data of a file of its version and gives that of the next; it changes names and
shapes, never checks. When the format changes, raise `SETTINGS_VERSION` and add a step here.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from ralex_stack.settings.root import SETTINGS_VERSION

Step = Callable[[dict[str, Any]], dict[str, Any]]

STEPS: Mapping[int, Step] = {}
"""Version of the file → step to the version after it."""


def version_of(data: Mapping[str, Any]) -> int | None:
    """The version that a file says it has, the current one by default; none if it is no version."""
    stack = data.get("stack", {})
    version = stack.get("settings_version", SETTINGS_VERSION) if isinstance(stack, dict) else None
    return version if isinstance(version, int) and not isinstance(version, bool) else None


def migrate(
    data: dict[str, Any], *, steps: Mapping[int, Step] = STEPS, current: int = SETTINGS_VERSION
) -> dict[str, Any]:
    """The data in the current format; data of an unknown or newer version comes back as it is."""
    version = version_of(data)
    while version in steps and version is not None and version < current:
        data = steps[version](data)
        version += 1
        data = {**data, "stack": {**data.get("stack", {}), "settings_version": version}}
    return data
