"""The Dockerfile of a sandbox image that the settings extend."""

from __future__ import annotations

import json
import shlex
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ralex_stack.settings import Settings

_WITH_CA = "--mount=type=secret,id=ca,mode=0444"
_APT_CACHE = " ".join(
    f"--mount=type=cache,target={path},sharing=locked"
    for path in ("/var/cache/apt", "/var/lib/apt")
)


def is_extended(settings: Settings) -> bool:
    """Whether the settings add anything to the image."""
    sandbox = settings.sandbox
    return bool(sandbox.packages or sandbox.setup or sandbox.dockerfile)


def render(settings: Settings, base: str, fragment: str | None) -> str:
    """Dockerfile on top of the image `base`; `fragment` is the text of `sandbox.dockerfile`."""
    sandbox = settings.sandbox
    lines = [f"FROM {base}", "USER 0:0"]
    if sandbox.packages:
        packages = shlex.join(sandbox.packages)
        install = f"with-ca apt-install --unlocked {packages}"
        lines.append(f"RUN {_WITH_CA} {_APT_CACHE} {install}")
    if sandbox.setup:
        command = json.dumps(["with-ca", "sh", "-euc", sandbox.setup])
        lines.append(f"RUN {_WITH_CA} {command}")
    if fragment:
        lines.append(fragment.strip())
    return "\n".join([*lines, "USER 10001:10001", ""])
