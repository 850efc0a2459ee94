"""Watching services while the engine starts and stops them."""

from __future__ import annotations

import threading
from collections import Counter, defaultdict
from contextlib import contextmanager
from typing import TYPE_CHECKING

from ralex_stack.errors import EngineError
from ralex_stack.progress import ServiceState, nobody

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from ralex_stack.engines.docker import ContainerState, DockerFacts
    from ralex_stack.progress import Listener

_EVERY_SECONDS = 0.4
_PATIENCE_SECONDS = 5
"""With an engine that hangs: who interrupts the command is not kept waiting."""


@contextmanager
def watching(facts: DockerFacts, listener: Listener) -> Iterator[None]:
    """Tell of each service that changes its state meanwhile, and of what it is in the end.

    The listener is called from a thread of its own. An engine that does not answer is not told of
    here: whoever asked it for something hears of it. Raises EngineError where it does not at first.
    """
    if listener is nobody:
        yield
        return
    watch = _Watch(facts, listener)
    thread = threading.Thread(target=watch.go_on, daemon=True)
    thread.start()
    try:
        yield
    finally:
        watch.ended.set()
        thread.join(_PATIENCE_SECONDS)
    if not thread.is_alive():
        watch.look()


class _Watch:
    def __init__(self, facts: DockerFacts, listener: Listener) -> None:
        self.facts = facts
        self.listener = listener
        self.ended = threading.Event()
        self.seen = _states(facts)

    def go_on(self) -> None:
        while not self.ended.wait(_EVERY_SECONDS):
            self.look()

    def look(self) -> None:
        """Tell what is not as it was."""
        try:
            found = _states(self.facts)
        except EngineError:
            return
        gone = {service: "removed" for service in self.seen if service not in found}
        for service, state in {**found, **gone}.items():
            if state != self.seen.get(service):
                self.listener(ServiceState(service, state))
        self.seen = found


def _states(facts: DockerFacts) -> Mapping[str, str]:
    words: dict[str, list[str]] = defaultdict(list)
    for container in facts.containers():
        if not container.one_off:
            words[container.service].append(_word(container))
    return {service: _summary(found) for service, found in words.items()}


def _summary(words: Sequence[str]) -> str:
    """What all containers of a service are, or how many are what."""
    if len(set(words)) == 1:
        return words[0]
    return ", ".join(f"{number} {word}" for word, number in sorted(Counter(words).items()))


def _word(container: ContainerState) -> str:
    return (container.health or "running") if container.state == "running" else container.state
