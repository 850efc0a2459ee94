"""Spending limits, and what happens when one is reached."""

from __future__ import annotations

import zoneinfo
from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from ralex_stack.settings.base import KeyName, Name, Section, Usd
from ralex_stack.settings.secret import SecretReference

Window = Literal["hourly", "daily", "weekly", "monthly"]

WINDOWS: tuple[Window, ...] = ("hourly", "daily", "weekly", "monthly")

Fraction = Annotated[float, Field(gt=0, le=1)]
"""A part of a limit."""


def _known_zone(name: str) -> str:
    try:
        zoneinfo.ZoneInfo(name)
    except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError):
        raise ValueError(
            "is no time zone; give a name of the IANA database, as Europe/Berlin or UTC"
        ) from None
    return name


class Allowance(Section):
    """Limits in USD over windows of time; each holds by itself."""

    hourly: Usd | None = Field(None, description="USD per hour; none: no limit.", examples=[1])
    daily: Usd | None = Field(
        None, description="USD per day, from midnight; none: no limit.", examples=[5]
    )
    weekly: Usd | None = Field(
        None, description="USD per week, from Monday; none: no limit.", examples=[20]
    )
    monthly: Usd | None = Field(
        None, description="USD per month, from the first; none: no limit.", examples=[60]
    )

    @property
    def limits(self) -> dict[Window, float]:
        """The windows that have a limit, in USD."""
        given = {window: getattr(self, window) for window in WINDOWS}
        return {window: limit for window, limit in given.items() if limit is not None}


class BudgetSettings(Allowance):
    """Spending limits: of the whole stack, and of parts of it."""

    providers: dict[Name, Allowance] = Field({}, description="Limits of providers, by name.")
    models: dict[Name, Allowance] = Field({}, description="Limits of models, by name.")
    tiers: dict[Name, Allowance] = Field(
        {}, description="Limits of what is asked for by tier, by the tier's name."
    )
    keys: dict[KeyName, Allowance] = Field(
        {},
        description="Limits of the stack's own keys, `client` and `sandbox`, and with "
        "`gateway.database` of LiteLLM's virtual ones, as `ralex-stack keys list` names them: "
        "`virtual:ALIAS` or `virtual:DIGEST`.",
    )
    at_limit: Literal["refuse", "downgrade"] = Field(
        "refuse",
        description="What happens to a call that a limit has no room for: it is refused, or served "
        "by the next cheaper tier that has room, if there is one.",
    )
    warn_at: tuple[Fraction, ...] = Field(
        (0.5, 0.8, 0.95),
        description="Parts of a limit at which the gateway's log and the webhook tell of it.",
    )
    webhook: SecretReference | None = Field(
        None,
        description="Where the URL is that warnings are posted to, as JSON; such URLs hold keys.",
        examples=[{"env": "RALEX_BUDGET_WEBHOOK"}],
    )
    time_zone: Annotated[str, AfterValidator(_known_zone)] = Field(
        "UTC",
        description="Time zone in which days, weeks and months begin.",
        examples=["Europe/Berlin"],
    )
