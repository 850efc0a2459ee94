"""The settings file as a whole."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field, model_validator

from ralex_stack.routing.rules import AUTO
from ralex_stack.settings import defaults
from ralex_stack.settings.base import Name, Section
from ralex_stack.settings.budget import BudgetSettings
from ralex_stack.settings.metrics import MetricsSettings
from ralex_stack.settings.models import Model, Provider, Tier
from ralex_stack.settings.opencode import OpencodeSettings
from ralex_stack.settings.routing import RoutingSettings
from ralex_stack.settings.services import (
    GatewaySettings,
    ImagesSettings,
    NetworkSettings,
    SandboxSettings,
    WorkspaceSettings,
)

SETTINGS_VERSION: Literal[1] = 1

RESERVED_SECTIONS = ("agent", "deploy", "backup")
"""Sections of later versions; a file that uses one is told so instead of "unknown key"."""


class StackSettings(Section):
    """What the stack is called, and what it stands on."""

    name: str = Field(
        "ralex",
        pattern=r"^[a-z0-9][a-z0-9_-]{0,40}$",
        description="Name of the stack: of its containers, volumes and state directory.",
    )
    settings_version: Literal[1] = Field(
        SETTINGS_VERSION, description="Version of the settings file's format."
    )
    profiles: tuple[Literal["opencode"], ...] = Field(
        ("opencode",),
        description="Optional parts that are started: `opencode` is the long-lived server.",
    )
    provider: Literal["auto", "real", "simulator", "record"] = Field(
        "auto",
        description="`real`: the providers below; `simulator`: the bundled stand-in for them all; "
        "`auto`: real where a key is found, else the simulator; `record`: real, and what "
        "OpenRouter answers is kept, for the simulator to answer later.",
    )


class Settings(Section):
    """One file for all parts of the stack; an empty one is valid.

    Raises pydantic.ValidationError when built from wrong data; use
    `ralex_stack.settings.load.load` to read files, environment and flags.
    """

    stack: StackSettings = Field(StackSettings(), description="The stack as a whole.")
    providers: dict[Name, Provider] = Field(
        {}, description="Where models are served, by name; `openrouter` is always there."
    )
    models: dict[Name, Model] = Field(
        defaults.MODELS, description="Models that the gateway serves, by name."
    )
    tiers: dict[Name, Tier] = Field(
        {},
        description="Roles, by name. `cheap`, `standard` and `smart` are always there: where "
        "models are given and they are not, they are chosen by price.",
    )
    routing: RoutingSettings = Field(RoutingSettings(), description="How a call finds a model.")
    budget: BudgetSettings = Field(BudgetSettings(), description="Spending limits.")
    gateway: GatewaySettings = Field(
        GatewaySettings(), description="The gateway: the LiteLLM proxy."
    )
    opencode: OpencodeSettings = Field(OpencodeSettings(), description="The coding agent.")
    workspace: WorkspaceSettings = Field(WorkspaceSettings(), description="Where the agent works.")
    sandbox: SandboxSettings = Field(SandboxSettings(), description="What the agent has at hand.")
    images: ImagesSettings = Field(ImagesSettings(), description="How the images are built.")
    network: NetworkSettings = Field(NetworkSettings(), description="What is published, and where.")
    metrics: MetricsSettings = Field(
        MetricsSettings(), description="Prometheus beside the stack, and export by OTLP."
    )

    @model_validator(mode="before")
    @classmethod
    def _complete(cls, data: Any) -> Any:
        if not isinstance(data, dict):
            return data
        providers = data.get("providers", {})
        return {**data, "providers": _with_openrouter(providers)}

    @model_validator(mode="after")
    def _derive_tiers(self) -> Settings:
        # The instance is frozen for its users; while it is built, derived values go in.
        self.__dict__["tiers"] = {**defaults.tiers_for(self.models), **self.tiers}
        return self

    @property
    def used_providers(self) -> frozenset[str]:
        """Entries of `providers` that some model is served by."""
        return frozenset(
            deployment.provider
            for model in self.models.values()
            for deployment in model.all_deployments
        )

    def prefix_of(self, provider: str) -> str:
        """LiteLLM's prefix of an entry of `providers`."""
        return self.providers[provider].prefix or provider

    def models_of(self, name: str) -> tuple[str, ...]:
        """The models that a model name, `tier:NAME` or `auto` stands for, the serving one first.

        `auto` stands for its default tier here: what it serves depends on what is asked.
        """
        if name == AUTO and name not in self.models:
            name = f"tier:{self.routing.auto.default_tier}"
        if name.startswith("tier:"):
            return self.tiers[name.removeprefix("tier:")].models
        return (name, *self.routing.fallbacks.get(name, ()))


def _with_openrouter(providers: Any) -> Any:
    """The providers with OpenRouter among them; what is said of it goes over its defaults."""
    if not isinstance(providers, dict):
        return providers
    given = providers.get("openrouter", {})
    if isinstance(given, dict):
        given = {"api_key": defaults.OPENROUTER.api_key, **given}
    others = {name: value for name, value in providers.items() if name != "openrouter"}
    return {"openrouter": given, **others}
