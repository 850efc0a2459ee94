"""Questions to the user, and what is agreed to without one."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

import click

from ralex_stack.errors import Refused

if TYPE_CHECKING:
    from pathlib import Path


def agree(question: str, *, yes: bool) -> None:
    """Return where the user agrees; raises Refused otherwise, and where nobody can be asked."""
    if yes:
        return
    if not sys.stdin.isatty():
        raise Refused(
            f"{question} Nobody is there to answer.",
            hint="add --yes to agree",
            code="agreement-needed",
        )
    if not click.confirm(question, err=True):
        raise Refused("nothing was changed", code="declined")


def agree_to_own(path: Path, content: bytes) -> None:
    """Settings that a command wrote for the user are agreed to, also where a sandbox writes."""
    from ralex_stack.exposure import Exposure
    from ralex_stack.files import digest_of
    from ralex_stack.host import state_home

    exposure, digest = Exposure(state_home(os.environ)), digest_of(content)
    if exposure.doubt(path, digest):
        exposure.agree(path, digest)
