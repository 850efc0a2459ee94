"""Names that the gateway's parts, which run in different processes, have in common."""

CONFIG = "RALEX_GATEWAY_CONFIG"
"""Variable that moves LiteLLM's configuration; the limits of keys, keys.json, lie beside it."""

DEFAULT_CONFIG = "/etc/ralex-stack/litellm.yaml"

WARM_UP_MODEL = "ralex-stack:warm-up"
"""Model that answers by itself: the health check asks it, clients do not see it listed."""

EMBEDDING_MODEL = "ralex-stack:embedder"
"""Model that LiteLLM compares prompts and examples with; clients do not see it listed."""

TIER_HEADER = "x-ralex-tier"
"""On an answer that `auto` was asked for: the tier that gave it."""

BUDGET_ERROR = "402_BUDGET_SPENT"
"""What the account of a call says that a budget has no room for; in the form of LiteLLM's codes."""

METRICS_TOKEN = "METRICS_TOKEN"  # noqa: S105 - a name
"""Variable with what Prometheus shows to read the gateway's metrics; unset where nobody does."""

COLLECTOR = "OTEL_EXPORTER_OTLP_ENDPOINT"
"""Variable with the address of a collector, by OpenTelemetry's name; unset without one."""
