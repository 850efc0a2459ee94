"""What a user of OpenCode's terminal UI sees of a provider that fails."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pexpect
from terminal import opened, shows

if TYPE_CHECKING:
    from pathlib import Path

    from fake_provider import Outage


def test_why_a_prompt_failed_is_on_the_screen(outage: Outage, repo: Path) -> None:
    (repo / "opencode.json").write_text(json.dumps({"model": "litellm/no-end"}))
    with opened(outage, repo) as terminal:
        shows(terminal, "Ask anything")
        terminal.send("say hello")
        shows(terminal, "say hello")
        terminal.send("\r")

        shows(terminal, "the provider ended the answer without saying that it is complete")

        terminal.sendcontrol("c")
        terminal.expect(pexpect.EOF)
