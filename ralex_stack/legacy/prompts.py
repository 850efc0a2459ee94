"""Old prompts as agents and commands of OpenCode."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ralex_stack.legacy.masking import shown
from ralex_stack.legacy.routing import tier_of_intent

if TYPE_CHECKING:
    from ralex_stack.legacy.resolve import Resolved

ARGUMENTS = "$ARGUMENTS"
"""What the user writes behind the name of a command."""

_PLACEHOLDER = re.compile(r"\{(\w+)\}")
_FENCED = re.compile(
    r"(?:^[^\n{}]*:[ \t]*\n)?^```[^\n]*\n(?:(?!^```).*\n)*?^```[ \t]*$", re.MULTILINE
)


@dataclass(frozen=True)
class Template:
    """A template of a command, and what the old one asked for one by one."""

    text: str
    asked_for: tuple[str, ...]


def template_of(old: str) -> Template:
    """The old template with one `$ARGUMENTS` in place of all that was filled in.

    Lines and fenced blocks with placeholders go, with their labels: the agent reads the files
    itself, and what is wanted of it is written behind the command.
    """
    asked_for = tuple(dict.fromkeys(_PLACEHOLDER.findall(old)))
    text = _FENCED.sub(lambda block: "{x}" if _PLACEHOLDER.search(block[0]) else block[0], old)
    kept = [line for line in text.split("\n") if not _PLACEHOLDER.search(line)]
    rest = re.sub(r"\n{3,}", "\n\n", "\n".join(kept)).strip()
    # OpenCode fills in $1 and $ARGUMENTS and runs !`…`: nothing of the old text is meant so.
    rest = re.sub(r"\$(?=\d|ARGUMENTS)", "$ ", rest).replace("!`", "! `")
    return Template(f"{ARGUMENTS}\n\n{rest}".strip(), asked_for)


def opencode_prompts(
    resolved: Resolved, tiers: frozenset[str]
) -> tuple[dict[str, Any], dict[str, tuple[str, ...]]]:
    """The sections `opencode.agents` and `.commands`, and what each command asks for no more."""
    agents: dict[str, Any] = {}
    commands: dict[str, Any] = {}
    lost: dict[str, tuple[str, ...]] = {}
    for (intent, part), winner in resolved.below("prompt"):
        words = intent.replace("_", " ").replace("-", " ").capitalize()
        tier = tier_of_intent(resolved, intent)
        model = {"model": f"tier:{tier}"} if tier in tiers else {}
        if part == "system":
            agents[intent] = {"description": words, "prompt": shown(winner.value), **model}
        else:
            template = template_of(shown(winner.value))
            commands[intent] = {"description": words, "template": template.text}
            lost[intent] = template.asked_for
    for intent, command in commands.items():
        if intent in agents:
            command["agent"] = intent
    section = {"agents": agents, "commands": commands}
    return {key: value for key, value in section.items() if value}, lost
