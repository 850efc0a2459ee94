"""The certificate authorities of the machine, in containers that call the world."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ralex_stack.topology.model import Mount

if TYPE_CHECKING:
    from ralex_stack.topology.model import Choices

CA_BUNDLE = "/etc/ralex-stack-ca.pem"
"""Where containers find the bundle."""


def ca_mounts(choices: Choices) -> tuple[Mount, ...]:
    """The mount of the machine's bundle, none where it has none."""
    if choices.ca_bundle is None:
        return ()
    return (Mount(choices.ca_bundle, CA_BUNDLE, kind="host", read_only=True),)
