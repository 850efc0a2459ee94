"""What would be done to make the running stack the wanted one. Pure."""

from ralex_stack.plan.make import make_plan
from ralex_stack.plan.model import (
    COMPLETED,
    Action,
    ContainerFact,
    Effect,
    Kind,
    Plan,
    State,
    secrets_digest,
)

__all__ = [
    "COMPLETED",
    "Action",
    "ContainerFact",
    "Effect",
    "Kind",
    "Plan",
    "State",
    "make_plan",
    "secrets_digest",
]
