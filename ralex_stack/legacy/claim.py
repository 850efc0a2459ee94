"""What the files claim: values for slots, each with where it was said."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ralex_stack.legacy.masking import has_mark
from ralex_stack.legacy.model_names import name_of, upstream_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from ralex_stack.legacy.kinds import Kind
    from ralex_stack.legacy.masking import Masks
    from ralex_stack.legacy.node import Node, Place

Slot = tuple[str, ...]
"""What is claimed, e.g. ("budget", "daily"), ("model", NAME, "upstream"), ("tier", NAME)."""

_TIERS = {"medium": "standard", "premium": "smart"}
"""Old names of tiers → those of today; others stay."""


@dataclass(frozen=True)
class Claim:
    """One value for a slot."""

    slot: Slot
    value: Any
    place: Place
    kind: Kind
    key: str
    covers: tuple[Place, ...] = ()
    """Places of all values that are part of it."""


@dataclass(frozen=True)
class Dropped:
    """A value that becomes nothing, and why."""

    place: Place
    key: str
    value: Any
    why: str


@dataclass(frozen=True)
class Source:
    """A file that claims are made from."""

    kind: Kind
    path: str
    masks: Masks

    def claim(self, slot: Slot, value: Any, key: str, *nodes: Node) -> Claim:
        """A value from these nodes, the first of which is where it stands."""
        places = tuple(node.place for node in nodes)
        return Claim(slot, value, places[0], self.kind, key, places)

    def models(self, key: str, nodes: Iterable[Node]) -> tuple[list[str], list[Claim | Dropped]]:
        """The names of the models that are named, and what is claimed by that."""
        names: list[str] = []
        found: list[Claim | Dropped] = []
        for node in nodes:
            name, claimed = self.model(key, node, node.text)
            found.append(claimed)
            if name and name not in names:
                names.append(name)
        return names, found

    def model(self, key: str, node: Node, text: str) -> tuple[str, Claim | Dropped]:
        """The name of a model that is named, empty for none, and what is claimed by that."""
        upstream = "" if has_mark(text) else upstream_of(text)
        if not upstream:
            why = "is no model's name at OpenRouter, nor like one"
            return "", Dropped(node.place, key, node.value, why)
        name = name_of(upstream)
        return name, self.claim(("model", name, "upstream"), upstream, key, node)


def tier_of(text: str) -> str:
    """Today's name of a tier; empty where the text is none."""
    name = slug(text)
    return _TIERS.get(name, name)


def slug(text: str) -> str:
    """The text as a name of the settings: lower case, digits, dot, dash, underscore."""
    if has_mark(text):
        return ""
    return re.sub(r"[^a-z0-9._-]+", "-", text.lower()).lstrip("._-")[:63].rstrip("-")
