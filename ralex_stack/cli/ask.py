"""Questions to the user."""

from __future__ import annotations

import sys

import click

from ralex_stack.errors import Refused


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
