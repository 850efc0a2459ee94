"""OpenCode shows that a budget is spent within seconds, and does not call again."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pexpect
from terminal import opened, shows

if TYPE_CHECKING:
    from pathlib import Path

    from fake_provider import Outage

SPENT, UPSTREAM = "spent", "status-500"
SHOWN_WITHIN = 3 * 5
"""Seconds: what is promised, and slack for a busy machine. OpenCode's repetitions take a minute."""


def refused(outage: Outage) -> int:
    """How many calls the gateway's account says were refused."""
    return [entry["error"] for entry in outage.ledger() if entry["model"] == SPENT].count(
        "402_BUDGET_SPENT"
    )


def test_a_spent_budget_is_on_the_screen_at_once(outage: Outage, repo: Path) -> None:
    (repo / "opencode.json").write_text(json.dumps({"model": f"litellm/{SPENT}"}))
    before = refused(outage)
    with opened(outage, repo) as terminal:
        shows(terminal, "Ask anything")
        terminal.send("say hello")
        shows(terminal, "say hello")
        terminal.timeout = SHOWN_WITHIN
        terminal.send("\r")

        shows(terminal, "The budget is used up.")

        terminal.sendcontrol("c")
        terminal.expect(pexpect.EOF)
    assert refused(outage) == before + 1
    assert outage.calls(UPSTREAM) == []


def test_a_prompt_ends_with_what_is_spent_and_what_to_do(outage: Outage, repo: Path) -> None:
    before = refused(outage)

    done = outage.run("run", "say hello", "--dir", repo, "--model", SPENT, code=1)

    assert "The budget is used up." in done.stderr
    assert 'the daily limit of model "spent", $0' in done.stderr
    assert "next: choose another model, wait until the period is over, or raise" in done.stderr
    assert "more: ralex-stack explain budget-spent" in done.stderr
    assert refused(outage) == before + 1
    assert outage.calls(UPSTREAM) == []
    assert "was REFUSED at" in outage.run("status").stdout
