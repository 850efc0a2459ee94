"""Standards and instructions of Agent OS: which are taken, and which order actions.

A text that tells an agent to push or to run something is no standard: it is put aside.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from ralex_stack.legacy.claim import Claim, Dropped, slug

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ralex_stack.legacy.claim import Source

_ORDERS = (
    (
        r"git\s+(add|commit|push|pull|merge|rebase|reset|stash|clean|checkout|tag)\b",
        "changes in git",
    ),
    (r"\b(commit|push)\w*\b[^.\n]*\bevery\s+\d+\s*min", "pushes at intervals"),
    (r"\bauto-?push|\bquick.?push|\bpush (early|often|immediately)", "pushes"),
    (r"\bwhile\s+true\b|\bcrontab\b|\bnohup\b", "programs that go on running"),
    (r"\brm\s+-\w*[rf]|\bsudo\s", "changes of the machine"),
    (r"\b(curl|wget)\b[^\n]*\|\s*(ba|z)?sh\b", "programs from the network"),
    (r"\b(npm|twine|docker|cargo)\s+(publish|upload|push)\b", "publishing"),
    (
        r"^#+\s.*\bCommand:\s|\bWhen this command is used\b|<process_flow>",
        "the steps of a workflow",
    ),
)
"""What orders an action → what is ordered."""

_WORKFLOWS = re.compile(r"(analyze-product|create-specs?|execute-tasks?|plan-product)(\.md)$")
"""Names of the workflows that Agent OS brings along."""

_PLACE = re.compile(r"(?:^|/)(?:\.?agent-os|agent_os)/(standards|instructions)/(.+)\.md$")


def texts(source: Source, text: str) -> Iterator[Claim | Dropped]:
    """The file as a standard, or put aside."""
    from ralex_stack.legacy.node import Node, Place

    found = _PLACE.search(source.path)
    name = slug(found[2].replace("/", "-")) if found else ""
    if found is None or not name:
        why = "only standards and instructions are taken: this is about the old project itself"
        yield Dropped(Place(source.path), "", "", why)
        return
    if found[1] == "instructions":
        name = f"instructions-{name}"
    line, what = _order(source.path, text)
    place = Place(source.path, line or 1)
    if what:
        yield source.claim(("aside", f"{name}.md"), (text, what, line), "", Node("", place))
    else:
        yield source.claim(("standard", f"{name}.md"), text, "", Node("", place))


def _order(path: str, text: str) -> tuple[int, str]:
    """The first line that orders an action, and what; 0 and nothing for none."""
    if _WORKFLOWS.search(path):
        return 1, "the steps of a workflow"
    for number, line in enumerate(text.split("\n"), 1):
        for pattern, what in _ORDERS:
            if re.search(pattern, line, re.IGNORECASE):
                return number, what
    return 0, ""
