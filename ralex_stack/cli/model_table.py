"""Models and tiers as rows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ralex_stack.cli.output import current
from ralex_stack.render.litellm import fallbacks
from ralex_stack.routing.rules import AUTO

if TYPE_CHECKING:
    from ralex_stack.settings import Settings
    from ralex_stack.settings.models import Model


def model_rows(settings: Settings) -> list[dict[str, Any]]:
    """One row a name that the gateway serves, tiers first; prices in USD per million tokens."""
    chains = fallbacks(settings)
    tiers = [
        (f"tier:{name}", settings.models[tier.models[0]]) for name, tier in settings.tiers.items()
    ]
    named = [
        _row(name, model, chains.get(name, ()))
        for name, model in (*tiers, *settings.models.items())
    ]
    return [*_auto(settings), *named]


def _auto(settings: Settings) -> list[dict[str, Any]]:
    """`auto` has no upstream of its own: what it costs is what the tier costs that it chooses."""
    auto = settings.routing.auto
    if auto.mode == "off":
        return []
    tiers = sorted({auto.default_tier, *auto.tiers.values()})
    models = [settings.models[settings.tiers[tier].models[0]] for tier in tiers]
    return [
        {
            "name": AUTO,
            "upstreams": [f"tier:{tier}" for tier in tiers],
            "input": None,
            "output": None,
            "context": min(model.context for model in models),
            "fallbacks": [],
        }
    ]


def _row(name: str, model: Model, chain: tuple[str, ...]) -> dict[str, Any]:
    deployments = model.all_deployments
    price = deployments[0].price
    return {
        "name": name,
        "upstreams": [deployment.upstream for deployment in deployments],
        "input": price.input if price else None,
        "output": price.output if price else None,
        "context": model.context,
        "fallbacks": list(chain),
    }


def print_models(rows: list[dict[str, Any]]) -> None:
    """The rows as a table for people."""
    from rich.table import Table

    table = Table()
    for column in ("name", "upstream", "USD/M in", "USD/M out", "context", "then"):
        table.add_column(column)
    for row in rows:
        nothing = "by tier" if row["name"] == AUTO else "free"
        prices = [
            nothing if row[side] is None else f"{row[side]:g}" for side in ("input", "output")
        ]
        table.add_row(
            row["name"],
            "\n".join(row["upstreams"]),
            *prices,
            str(row["context"]),
            ", ".join(row["fallbacks"]),
        )
    current().console().print(table, soft_wrap=True)
