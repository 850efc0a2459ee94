"""How a call finds a model: strategy, fallbacks, limits of time, and the model `auto`."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field, WithJsonSchema, field_validator

from ralex_stack.settings.base import Memory, Name, Seconds, Section
from ralex_stack.settings.intents import default_intents, default_rules

Strategy = Literal[
    "simple-shuffle",
    "least-busy",
    "usage-based-routing-v2",
    "latency-based-routing",
    "cost-based-routing",
]


class CacheSettings(Section):
    """Response cache of the gateway, an instance of Valkey of its own."""

    enabled: bool = Field(
        False, description='Offer the cache; a request opts in with `"cache": {"use-cache": true}`.'
    )
    ttl: Seconds = Field(600, description="Lifetime of a cached answer in seconds.")
    memory: Memory = Field("256m", description="Memory for cached answers.")


AutoMode = Literal["off", "complexity", "intent", "patterns"]


def _compiles(text: str) -> str:
    from ralex_stack.routing.expressions import compiled

    compiled(text)
    return text


Expression = Annotated[
    str,
    Field(min_length=1),
    AfterValidator(_compiles),
    WithJsonSchema({"type": "string", "minLength": 1, "format": "regex"}),
]
"""A regular expression of RE2, searched for without regard to case."""


class ComplexitySettings(Section):
    """The tier for each grade of LiteLLM's complexity router."""

    simple: Name = Field("cheap", description="Tier for greetings, definitions, short questions.")
    medium: Name = Field("standard", description="Tier for everyday requests.")
    complex: Name = Field("smart", description="Tier for technical work in several steps.")
    reasoning: Name = Field("smart", description="Tier for what asks for careful thought.")


class IntentSettings(Section):
    """What a prompt may be for."""

    tier: Name = Field(description="Tier that serves it.", examples=["cheap"])
    examples: tuple[str, ...] = Field(
        (),
        description="Prompts that stand for it, in mode `intent`: what is asked is compared with "
        "all of them by meaning. Dozens of short ones are good.",
        examples=[["write the release notes", "what changed since the last release"]],
    )


class PatternSettings(Section):
    """A rule of mode `patterns`: the first that matches decides."""

    intent: Name = Field(description="Intent of prompts that match.", examples=["format"])
    pattern: Expression = Field(
        description="Regular expression (RE2's), found anywhere in the prompt, in any case.",
        examples=[r"\bprettier\b"],
    )
    unless: Expression | None = Field(
        None,
        description="Regular expression that must not be found.",
        examples=[r"^(why|how)\b"],
    )


# Without pydantic's checks: that all of the expressions compile is for a test to see, not for each
# command to wait for.
INTENTS = {
    name: IntentSettings.model_construct(tier=default.tier, examples=default.examples)
    for name, default in default_intents().items()
}
PATTERNS = tuple(
    PatternSettings.model_construct(intent=rule.intent, pattern=rule.pattern, unless=rule.unless)
    for rule in default_rules()
)


class AutoSettings(Section):
    """The model `auto`, which chooses a tier by what a conversation begins with."""

    mode: AutoMode = Field(
        "off",
        description="How: `complexity` (LiteLLM's rules grade the prompt), `intent` (the prompt is "
        "compared with examples by meaning, in a container of its own), `patterns` (the first "
        "regular expression that matches); `off`: there is no model `auto`.",
    )
    default_tier: Name = Field(
        "standard", description="Tier where nothing matches, or the choice fails."
    )
    threshold: float = Field(
        0.5,
        ge=0,
        le=5,
        description="In mode `intent`: least similarity of an intent, summed over those of its "
        "examples that are among the five nearest (each from -1 to 1).",
    )
    complexity: ComplexitySettings = Field(
        ComplexitySettings(), description="Tiers in mode `complexity`."
    )
    intents: dict[Name, IntentSettings] = Field(
        INTENTS,
        description="Intents, by name, with tiers and examples. `generate`, `edit`, `debug`, "
        "`review`, `optimize`, `format` and `explain` are always there; "
        "`ralex-stack config show routing.auto.intents` prints them.",
    )
    patterns: tuple[PatternSettings, ...] = Field(
        PATTERNS,
        description="Rules in order; those given replace the default ones, which "
        "`ralex-stack config show routing.auto.patterns` prints.",
    )

    @field_validator("intents", mode="before")
    @classmethod
    def _over_defaults(cls, value: Any) -> Any:
        """What is said of an intent goes over its defaults; the others stay."""
        if not isinstance(value, dict):
            return value
        given = {name: _over(INTENTS.get(name), table) for name, table in value.items()}
        return {**INTENTS, **given}

    @property
    def tiers(self) -> dict[str, str]:
        """Grade or intent → tier: all that the mode may decide beside the default tier."""
        if self.mode == "complexity":
            return {name: str(tier) for name, tier in self.complexity.model_dump().items()}
        if self.mode == "off":
            return {}
        return {name: intent.tier for name, intent in self.intents.items()}


def _over(default: IntentSettings | None, given: Any) -> Any:
    if default is None or not isinstance(given, dict):
        return given
    return {**default.model_dump(), **given}


class RoutingSettings(Section):
    """How a call finds a deployment, and what happens when that fails."""

    strategy: Strategy = Field(
        "simple-shuffle", description="LiteLLM's strategy among the deployments of a model."
    )
    fallbacks: dict[Name, tuple[Name, ...]] = Field(
        {}, description="Model → models to try in order when it fails."
    )
    retries: int = Field(2, ge=0, le=10, description="Retries of a failed call, per deployment.")
    timeout: Seconds = Field(600, description="Time limit of a call in seconds.")
    stream_timeout: Seconds = Field(
        60,
        description="Time limit in seconds for a provider that accepts a call and sends nothing, "
        "before a streamed answer and within one. Then a fallback is asked; it is not retried.",
    )
    idle_timeout: Seconds = Field(
        180,
        # OpenCode's own timers, which are set by it, run over after 24 days.
        le=86_400,
        description="Time limit in seconds for a streamed call that shows no next piece to the "
        "client, all retries and fallbacks included. A provider's keep-alives (OpenRouter sends "
        "them while a model waits or thinks) keep it within `stream_timeout`, not within this.",
    )
    allowed_fails: int = Field(
        3, ge=0, description="Failures per minute after which a deployment is rested."
    )
    cooldown: Seconds = Field(20, description="How long a deployment is rested, in seconds.")
    cache: CacheSettings = Field(CacheSettings(), description="Response cache.")
    auto: AutoSettings = Field(AutoSettings(), description="The model `auto`.")
