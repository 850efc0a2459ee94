"""What `auto` takes prompts for by default, from the files beside this one."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import NamedTuple


class DefaultIntent(NamedTuple):
    """The tier that serves an intent, and prompts that stand for it."""

    tier: str
    examples: tuple[str, ...]


class DefaultRule(NamedTuple):
    """An intent, the regular expression that shows it, and one that speaks against it."""

    intent: str
    pattern: str
    unless: str | None


def default_intents() -> dict[str, DefaultIntent]:
    """Intent → tier and examples."""
    found = tomllib.loads(_text("intents.toml"))
    return {
        name: DefaultIntent(table["tier"], tuple(table["examples"]))
        for name, table in found.items()
    }


def default_rules() -> tuple[DefaultRule, ...]:
    """The rules, in order."""
    return tuple(
        DefaultRule(
            rule["intent"], "|".join(rule["pattern"]), "|".join(rule.get("unless", ())) or None
        )
        for rule in tomllib.loads(_text("patterns.toml"))["rules"]
    )


def _text(name: str) -> str:
    return Path(__file__).with_name(name).read_text(encoding="utf-8")
