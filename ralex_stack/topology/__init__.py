"""What a stack consists of, whatever runs it: Settings and Choices in, Stack out. Pure."""

from ralex_stack.topology.build import build
from ralex_stack.topology.model import (
    UNPRIVILEGED,
    Attachment,
    Choices,
    Mount,
    Network,
    Probe,
    ProviderChoice,
    Publish,
    Service,
    Stack,
)
from ralex_stack.topology.services import (
    RECORDINGS,
    other_references,
    provider_references,
    provider_secret,
)

__all__ = [
    "RECORDINGS",
    "UNPRIVILEGED",
    "Attachment",
    "Choices",
    "Mount",
    "Network",
    "Probe",
    "ProviderChoice",
    "Publish",
    "Service",
    "Stack",
    "build",
    "other_references",
    "provider_references",
    "provider_secret",
]
