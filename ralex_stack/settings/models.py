"""Providers, models and tiers: what the gateway serves, and from where."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import ConfigDict, Field, model_validator

from ralex_stack.settings.base import Name, Section, Usd
from ralex_stack.settings.secret import SecretReference


class Provider(Section):
    """A place that serves models: OpenRouter, another LiteLLM provider, or a local server."""

    prefix: str | None = Field(
        None,
        pattern=r"^[a-z0-9_]+$",
        description="LiteLLM's provider prefix; default: the name of this entry.",
        examples=["openai"],
    )
    api_key: SecretReference | None = Field(
        None,
        description="Where the key is; none for a server that wants no key.",
        examples=[{"env": "OPENAI_API_KEY"}],
    )
    api_base: str | None = Field(
        None,
        pattern=r"^https?://",
        description="Base URL, where it is not the provider's own. "
        "`host.docker.internal` is the machine that runs the stack.",
        examples=["http://host.docker.internal:11434"],
    )
    paid: bool = Field(True, description="Whether calls cost money; paid models must have prices.")
    generation_records: bool | None = Field(
        None,
        description="Whether `GET {api_base}/generation?id=ID` tells afterwards what an answer "
        "cost, which settles calls that were broken off; default: whether LiteLLM's prefix is "
        "`openrouter`.",
        examples=[True],
    )


class Price(Section):
    """Prices in USD per million tokens."""

    input: Usd = Field(description="USD per million prompt tokens.", examples=[3])
    output: Usd = Field(description="USD per million completion tokens.", examples=[15])
    cache_read: Usd | None = Field(
        None, description="USD per million tokens read from cache.", examples=[0.3]
    )
    cache_write: Usd | None = Field(
        None, description="USD per million tokens written to cache.", examples=[3.75]
    )


class Limits(Section):
    """Rate limits."""

    rpm: int | None = Field(None, ge=1, description="Requests per minute.", examples=[60])
    tpm: int | None = Field(None, ge=1, description="Tokens per minute.", examples=[200_000])


class Deployment(Section):
    """One upstream of a model."""

    upstream: str = Field(
        pattern=r"^[^/\s]+/\S+$",
        description="PROVIDER/MODEL: an entry of `providers`, and the name the model has there.",
        examples=["openrouter/z-ai/glm-4.6"],
    )
    price: Price | None = Field(None, description="Prices; default: the model's.")
    limits: Limits = Field(Limits(), description="Rate limits of this upstream.")
    weight: int = Field(1, ge=1, description="Share of the calls, relative to the others.")

    @property
    def provider(self) -> str:
        """The entry of `providers` that serves it."""
        return self.upstream.partition("/")[0]

    @property
    def upstream_model(self) -> str:
        """The model's name at the provider."""
        return self.upstream.partition("/")[2]


class Model(Section):
    """A model name that the gateway serves."""

    model_config = ConfigDict(
        json_schema_extra={
            "oneOf": [
                {"required": ["upstream"]},
                {"required": ["deployments"], "properties": {"deployments": {"minItems": 1}}},
            ]
        }
    )

    upstream: str | None = Field(
        None,
        pattern=r"^[^/\s]+/\S+$",
        description="PROVIDER/MODEL, short for a single entry of `deployments`.",
        examples=["openrouter/z-ai/glm-4.6"],
    )
    deployments: tuple[Deployment, ...] = Field(
        (), description="Upstreams that share the load of this model."
    )
    title: str | None = Field(
        None, description="Name that people see; default: the model's name.", examples=["GLM 4.6"]
    )
    mode: Literal["chat", "embedding"] = Field("chat", description="What the model does.")
    context: int = Field(128_000, ge=1024, description="Context window in tokens.")
    output: int = Field(8_192, ge=1, description="Longest answer in tokens.")
    tool_call: bool = Field(True, description="Whether the model can call tools.")
    reasoning: bool = Field(False, description="Whether the model reasons before it answers.")
    price: Price | None = Field(None, description="Prices; needed where the provider is paid.")
    limits: Limits = Field(Limits(), description="Rate limits of each upstream of the model.")
    parameters: dict[str, Any] = Field(
        {}, description="Parameters sent with every call, e.g. `temperature`, `extra_body`."
    )

    @model_validator(mode="after")
    def _has_upstream(self) -> Model:
        if (self.upstream is None) == (not self.deployments):
            raise ValueError("give either upstream or deployments")
        return self

    @property
    def all_deployments(self) -> tuple[Deployment, ...]:
        """Its deployments, the short form written out, with prices and limits inherited."""
        plain = self.deployments or (Deployment(upstream=self.upstream or ""),)
        return tuple(self._inherit(deployment) for deployment in plain)

    def _inherit(self, deployment: Deployment) -> Deployment:
        limits = Limits(
            rpm=deployment.limits.rpm or self.limits.rpm,
            tpm=deployment.limits.tpm or self.limits.tpm,
        )
        return deployment.model_copy(
            update={"price": deployment.price or self.price, "limits": limits}
        )


class Tier(Section):
    """A role, filled by the first of its models that answers."""

    models: tuple[Name, ...] = Field(
        min_length=1,
        description="Models in order: the first serves, the rest are its fallbacks.",
        examples=[["glm", "gemini-flash-lite"]],
    )
