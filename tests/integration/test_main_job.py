"""The main job: a prompt changes a real repository, and every call is routed and accounted for."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from harness import git, give, models_asked

if TYPE_CHECKING:
    from pathlib import Path

    from harness import Stack

HELLO = "create hello.py that prints hello"
WORK, TITLES = "z-ai/glm-4.6", "google/gemini-2.5-flash-lite"


def test_run_creates_the_file_through_gateway_and_simulator(stack: Stack, repo: Path) -> None:
    stack.forget()

    result = stack.json("run", HELLO, "--dir", repo)

    assert (repo / "hello.py").read_text() == 'print("hello")\n'
    assert git(repo, "status", "--porcelain") == "?? hello.py"
    assert result["ok"] is True
    assert result["session"].startswith("ses_")
    journal = stack.journal()
    models = models_asked(journal)
    assert set(models) == {WORK, TITLES}
    assert models.count(WORK) == 2
    ledger = stack.ledger(result["session"])
    assert len(ledger) == len(journal)
    assert {entry["key"] for entry in ledger} == {"sandbox"}
