"""From claims to one value per slot, and which file won where they differ."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from ralex_stack.legacy.kinds import rank

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from ralex_stack.legacy.claim import Claim, Slot


@dataclass(frozen=True)
class Winner:
    """The value of a slot."""

    claim: Claim
    agreeing: tuple[Claim, ...] = ()
    """Others that say the same."""
    lost: tuple[Claim, ...] = ()
    """Others that say something else."""

    @property
    def value(self) -> Any:
        """What is taken."""
        return self.claim.value

    @property
    def why(self) -> str:
        """Why it holds over what others say."""
        others = {claim.kind for claim in self.lost}
        if not self.claim.kind.example and all(kind.example for kind in others):
            return "the other is an example, which was in force nowhere"
        if others != {self.claim.kind}:
            return self.claim.kind.why
        if all(claim.place.file == self.claim.place.file for claim in self.lost):
            return "it stands first in the file"
        return "its file is nearest to the top of the checkout, or first by name"


@dataclass
class Resolved:
    """The values of all slots."""

    winners: dict[Slot, Winner] = field(default_factory=dict)

    def value(self, *slot: str) -> Any:
        """The value of a slot, none where nothing was claimed."""
        winner = self.winners.get(slot)
        return winner.value if winner else None

    def below(self, *slot: str) -> Iterator[tuple[Slot, Winner]]:
        """Slots that begin so, with what follows; in the order in which they were claimed."""
        for key, winner in self.winners.items():
            if key[: len(slot)] == slot:
                yield key[len(slot) :], winner


def resolve(claims: Iterable[Claim]) -> Resolved:
    """The first by rank wins: kind of file, then nearness to the top, name and line."""
    by_slot: dict[Slot, list[Claim]] = {}
    for claim in claims:
        by_slot.setdefault(claim.slot, []).append(claim)
    return Resolved({slot: winner_of(claimed) for slot, claimed in by_slot.items()})


def winner_of(claims: Iterable[Claim]) -> Winner:
    """The first by rank of one claim or more."""
    first, *others = sorted(claims, key=_order)
    agreeing = tuple(claim for claim in others if claim.value == first.value)
    lost = tuple(claim for claim in others if claim.value != first.value)
    return Winner(first, agreeing, lost)


def _order(claim: Claim) -> tuple[object, ...]:
    place = claim.place
    return rank(claim.kind, claim.slot[0]), place.file.count("/"), place
