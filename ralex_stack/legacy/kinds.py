"""The kinds of files that are read, in the order in which they win over each other."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

Format = Literal["json", "yaml", "env", "shell", "markdown"]


@dataclass(frozen=True)
class Kind:
    """A kind of file."""

    name: str
    title: str
    pattern: re.Pattern[str]
    """Of its path in the checkout, with `/`."""
    format: Format
    why: str
    """Why its values hold where files of kinds further down say otherwise."""
    example: bool = False


def _kind(
    name: str, title: str, path: str, form: Format, why: str, *, example: bool = False
) -> Kind:
    return Kind(name, title, re.compile(rf"(?:^|.*/){path}"), form, why, example)


KINDS = (
    _kind(
        "env",
        "environment",
        r"\.env(?:\.(?!example|template|sample|dist)[\w-]+)?",
        "env",
        "the environment held over the files",
    ),
    _kind(
        "litellm",
        "LiteLLM's configuration",
        r"litellm[\w.-]*\.ya?ml",
        "yaml",
        "LiteLLM served the calls of the later era",
    ),
    _kind(
        "intelligence",
        "cost-first routing",
        r"\.ralex/intelligence-config\.ya?ml",
        "yaml",
        "it is of the later era",
    ),
    _kind(
        "router",
        "Claude Code Router",
        r"(?:config/)?(?:ccr[\w.-]*|[\w-]*router-config)\.json",
        "json",
        "it is of the later era",
    ),
    _kind(
        "aliases",
        "model aliases of the shell",
        r"claude-functions\.sh",
        "shell",
        "it is of the later era",
    ),
    _kind("k83", "model rotation", r"\.k83/config\.ya?ml", "yaml", "it is of the later era"),
    _kind("mcp", "MCP servers", r"\.claude/mcp_config\.json", "json", "it is of the later era"),
    _kind(
        "settings", "settings", r"config/settings\.json", "json", "the first era read all from it"
    ),
    _kind("tiers", "tiers", r"model_tiers\.json", "json", "the first era took its models from it"),
    _kind("routes", "routes", r"intent_routes\.json", "json", "the first era routed by it"),
    _kind("rules", "patterns", r"pattern_rules\.json", "json", "the first era routed by it"),
    _kind("prompts", "prompts", r"prompts\.json", "json", "the first era prompted by it"),
    _kind(
        "agent-os",
        "Agent OS",
        r"\.?agent-os/.*\.md",
        "markdown",
        "the name of its directory is that of the later era",
    ),
    _kind("agent_os", "Agent OS", r"agent_os/.*\.md", "markdown", "the first era worked by it"),
    _kind(
        "env-example",
        "example of the environment",
        r"\.env\.(?:example|template|sample|dist)",
        "env",
        "an example was in force nowhere",
        example=True,
    ),
)

_GATEWAY_FIRST = frozenset({"tier"})
"""For these, the environment was one more place, and what the gateway's file said was in force."""


def kind_of(path: str) -> Kind | None:
    """The kind of a file by its path, none where no settings are known in it."""
    return next((kind for kind in KINDS if kind.pattern.fullmatch(path)), None)


def rank(kind: Kind, head: str) -> int:
    """Where a kind stands among those that say something of `head`; the lowest wins."""
    names = [other.name for other in KINDS]
    if head in _GATEWAY_FIRST:
        names.remove("env")
        names.insert(names.index("litellm") + 1, "env")
    return names.index(kind.name)
