"""What each key of the old files becomes, or why it is dropped.

The one place for it: values are taken by it, the report speaks by it, and docs/import.md shows it.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from ralex_stack.legacy.node import KeyPath

Take = Literal["amount", "threshold", "number", "count", "model", "text", "structured"]


@dataclass(frozen=True)
class Row:
    """One key: `*` in it stands for any name, `[]` for each element, `**` for any keys."""

    kinds: str
    """Kinds of files, separated by blanks."""
    key: str
    becomes: str
    """The setting, or empty where it is dropped."""
    slot: str = ""
    """Where its value competes with those of other files; empty for parts of larger things."""
    take: Take = "structured"
    note: str = ""
    """Why it is dropped, or what changes."""


_OWN = "the stack has this of its own"
_INVENTED = "LiteLLM never had such a key"
_OLD_PARTS = "was for a part of old Ralex that is gone"

TABLE = (
    # The first era.
    Row("settings", "**.default_model", "opencode.model", "opencode.model", "model"),
    Row("settings", "**.temperature", "models.NAME.parameters", "default.temperature", "number"),
    Row("settings", "**.max_tokens", "models.NAME.output", "default.output", "count"),
    Row("settings", "**.daily_limit", "budget.daily", "budget.daily", "amount"),
    Row("settings", "**.weekly_limit", "budget.weekly", "budget.weekly", "amount"),
    Row("settings", "**.monthly_limit", "budget.monthly", "budget.monthly", "amount"),
    Row("settings", "code_execution.**", "", note="the container is the sandbox now: see sandbox"),
    Row("settings", "file_handling.**", "", note=_OLD_PARTS),
    Row("settings", "memory_management.**", "", note="OpenCode keeps its sessions itself"),
    Row("settings", "system_settings.**", "", note="OpenCode keeps to the model's own context"),
    Row("tiers", "tiers.*.[].name", "tiers.NAME.models", note="premium is called smart"),
    Row("tiers", "tiers.*.[]", "tiers.NAME.models"),
    Row(
        "tiers",
        "tiers.*.[].cost_per_token",
        "models.NAME.price",
        note="USD per token becomes USD per million; one price stands for input and output",
    ),
    Row("routes", "routing_rules.*.default_tier", "routing.auto.intents.NAME.tier"),
    Row("routes", "routing_rules.**", "", note="only the tier of an intent can be chosen"),
    Row("routes", "*", "routing.auto.intents.NAME.tier"),
    Row(
        "rules",
        "pattern_classification_rules.*.priority",
        "routing.auto.patterns",
        note="a part of the score that orders them",
    ),
    Row(
        "rules",
        "pattern_classification_rules.*.patterns.[].regex",
        "routing.auto.patterns.pattern",
    ),
    Row(
        "rules",
        "pattern_classification_rules.*.patterns.[].confidence",
        "routing.auto.patterns",
        note="a part of the score that orders them",
    ),
    Row(
        "rules",
        "pattern_classification_rules.*.patterns.[].examples.[]",
        "routing.auto.intents.NAME.examples",
    ),
    Row(
        "rules",
        "pattern_classification_rules.*.negative_patterns.[]",
        "routing.auto.patterns.unless",
        note="the pattern stands again further down, without it: it counted for less",
    ),
    Row(
        "rules",
        "classification_logic.fallback_intent",
        "routing.auto.default_tier",
        note="the tier of the intent",
    ),
    Row(
        "rules",
        "pattern_classification_rules.*.**",
        "",
        note="the gateway sees the prompt, not what is in the workspace",
    ),
    Row(
        "rules",
        "classification_logic.**",
        "",
        note="the first pattern that fits wins: in order of score",
    ),
    Row("rules", "context_patterns.**", "", note="the gateway sees the prompt, not the workspace"),
    Row("rules", "preprocessing.**", "", note="patterns are matched on the prompt as it is"),
    Row("rules", "confidence_adjustments.**", "", note="patterns have no scores now"),
    Row("prompts", "intent_prompts.*.system", "opencode.agents.NAME.prompt"),
    Row(
        "prompts",
        "intent_prompts.*.user_template",
        "opencode.commands.NAME.template",
        note="what was asked for in parts is one $ARGUMENTS",
    ),
    Row("prompts", "intent_prompts.*.examples.**", "", note="agents of OpenCode have no examples"),
    Row("prompts", "classification_prompt.**", "", note="no model is asked for the intent"),
    Row("prompts", "output_formatting.**", "", note="OpenCode shows answers in its own form"),
    # The environment.
    Row("env env-example", "DAILY_COST_BUDGET", "budget.daily", "budget.daily", "amount"),
    Row("env env-example", "WEEKLY_COST_BUDGET", "budget.weekly", "budget.weekly", "amount"),
    Row("env env-example", "MONTHLY_COST_BUDGET", "budget.monthly", "budget.monthly", "amount"),
    Row("env env-example", "COST_TIER_*", "tiers.NAME.models", note="medium is standard"),
    Row("env env-example", "DEFAULT_MODEL", "opencode.model", "opencode.model", "model"),
    Row("env env-example", "FALLBACK_MODEL", "routing.fallbacks", note="of DEFAULT_MODEL"),
    Row(
        "env env-example",
        "*_API_KEY",
        "providers.NAME.api_key",
        note="the key goes to a file of yours, the settings name that",
    ),
    Row("env env-example", "MAX_COST_PER_QUERY", "", note="budgets are per day, not per call"),
    Row(
        "env env-example",
        "PORT",
        "",
        note="was the port of Ralex's own server, which is gone; clients call the gateway at "
        "network.gateway_port",
    ),
    Row(
        "env env-example",
        "WEBUI_PORT",
        "",
        note="Open WebUI is gone; OpenCode's own page is at network.opencode_port",
    ),
    Row(
        "env env-example",
        "HOST",
        "",
        note="nothing listens beyond 127.0.0.1, unless you say so in network.bind",
    ),
    Row("env env-example", "WEBUI_SECRET_KEY", "", note="Open WebUI is gone"),
    Row("env env-example", "INTELLIGENCE_ENABLED", "", note="patterns route where routing.auto is"),
    Row("env env-example", "RALEX_ANALYTICS", "", note="the gateway counts all calls"),
    Row("env env-example", "DEBUG", "", note="`--verbose`, and gateway.log_level"),
    Row("env env-example", "LOG_LEVEL", "", note="gateway.log_level has a value of its own"),
    Row("env env-example", "WORKERS", "", note=_OLD_PARTS),
    Row("env env-example", "TIMEOUT_KEEP_ALIVE", "", note=_OLD_PARTS),
    # LiteLLM.
    Row(
        "litellm", "model_list.[].model_name", "models.NAME", note="cheap, smart, yolo: tiers, too"
    ),
    Row("litellm", "model_list.[].litellm_params.model", "models.NAME.upstream"),
    Row("litellm", "model_list.[].**.api_key", "providers.NAME.api_key"),
    Row("litellm", "model_list.[].**.api_base", "providers.NAME.api_base"),
    Row("litellm", "model_list.[].**.max_tokens", "models.NAME.output"),
    Row("litellm", "model_list.[].**.temperature", "models.NAME.parameters"),
    Row("litellm", "model_list.[].**.top_p", "models.NAME.parameters"),
    Row("litellm", "model_list.[].**.mode", "models.NAME.mode"),
    Row("litellm", "model_list.[].**.max_input_tokens", "models.NAME.context"),
    Row("litellm", "model_list.[].**.cost_per_token", "models.NAME.price"),
    Row("litellm", "model_list.[].**.input_cost_per_token", "models.NAME.price"),
    Row("litellm", "model_list.[].**.output_cost_per_token", "models.NAME.price"),
    Row("litellm", "model_list.[].litellm_provider", "models.NAME.upstream"),
    Row("litellm", "general_settings.max_budget", "budget.daily"),
    Row("litellm", "general_settings.budget_duration", "budget.daily"),
    Row("litellm", "general_settings.master_key", "", note="the stack makes keys of its own"),
    Row("litellm", "**.budget_manager.daily_limit", "budget.daily", "budget.daily", "amount"),
    Row("litellm", "**.budget_manager.weekly_limit", "budget.weekly", "budget.weekly", "amount"),
    Row(
        "litellm",
        "**.budget_manager.alert_threshold",
        "budget.warn_at",
        "budget.warn_at",
        "threshold",
        note="as a part of the daily limit",
    ),
    Row("litellm", "**.budget_manager.currency", "", note="amounts are in USD"),
    Row("litellm", "**.budget_manager", "", note=f"{_INVENTED}; `budget` is enough"),
    Row(
        "litellm",
        "**.budget_alerts.[].threshold",
        "budget.warn_at",
        note="as parts of the daily limit",
    ),
    Row(
        "litellm",
        "**.budget_alerts.**",
        "",
        note=f"{_INVENTED}; `budget.warn_at` says at which parts of a limit the gateway warns",
    ),
    Row(
        "litellm",
        "router_settings.routing_strategy",
        "routing.strategy",
        "routing.strategy",
        "text",
    ),
    Row("litellm", "router_settings.fallbacks.**", "routing.fallbacks"),
    Row("litellm", "router_settings.num_retries", "routing.retries", "routing.retries", "count"),
    Row("litellm", "router_settings.timeout", "routing.timeout", "routing.timeout", "number"),
    Row(
        "litellm",
        "router_settings.allowed_fails",
        "routing.allowed_fails",
        "routing.allowed_fails",
        "count",
    ),
    Row(
        "litellm", "router_settings.cooldown_time", "routing.cooldown", "routing.cooldown", "number"
    ),
    Row("litellm", "**.routing_rules.[].pattern", "routing.auto.patterns.pattern"),
    Row("litellm", "**.routing_rules.[].model", "routing.auto.intents.NAME.tier"),
    Row("litellm", "**.routing_rules.[].description", "", note="a pattern has no description"),
    Row(
        "litellm",
        "**.routing_rules.[].max_cost_per_request",
        "",
        note="budgets are per day, not per call",
    ),
    Row(
        "litellm",
        "**.budget_based_routing.**",
        "",
        note=f"{_INVENTED}; tiers do not follow budgets",
    ),
    Row("litellm", "router_settings.enable_pre_call_checks", "", note="budgets are always checked"),
    Row("litellm", "router_settings.fallback_models.**", "", note="it did not say of which model"),
    Row("litellm", "router_settings.retry_count", "", note=f"{_INVENTED}; see routing.retries"),
    Row("litellm", "litellm_settings.*_callback.**", "", note=f"{_OWN}: the ledger of the gateway"),
    Row("litellm", "litellm_settings.set_verbose", "", note="see gateway.log_level"),
    Row("litellm", "litellm_settings.drop_params", "", note="is always so"),
    Row("litellm", "litellm_settings.debug", "", note=f"{_INVENTED}; see gateway.log_level"),
    Row("litellm", "litellm_settings.health_check", "", note=f"{_INVENTED}; health is checked"),
    Row("litellm", "litellm_settings.collect_metrics", "", note=_INVENTED),
    Row("litellm", "proxy_settings.port", "network.gateway_port", "network.gateway_port", "count"),
    Row("litellm", "proxy_settings.**", "", note=f"{_INVENTED}; see network"),
    # Other files of the later era.
    Row("intelligence", "model_tiers.*.[]", "tiers.NAME.models"),
    Row("intelligence", "cost_limits.daily_budget", "budget.daily", "budget.daily", "amount"),
    Row("intelligence", "cost_limits.weekly_budget", "budget.weekly", "budget.weekly", "amount"),
    Row("intelligence", "cost_limits.**", "", note="budgets are per day, not per call"),
    Row("intelligence", "intent_mappings.**", "", note="complexity is no intent; see routing.auto"),
    Row("intelligence", "**", "", note=_OLD_PARTS),
    Row("router", "Providers.[].name", "providers.NAME"),
    Row("router", "Providers.[].api_base_url", "providers.NAME.api_base"),
    Row("router", "Providers.[].api_key", "providers.NAME.api_key"),
    Row("router", "Providers.[].models.[]", "models.NAME"),
    Row("router", "Providers.[].transformer.**", "", note="LiteLLM translates between the APIs"),
    Row("router", "Router.default", "opencode.model", "opencode.model", "model"),
    Row("router", "Router.background", "opencode.small_model", "opencode.small_model", "model"),
    Row("router", "Router.*", "models.NAME", note="an alias: a model of this name"),
    Row("router", "default_model", "opencode.model", "opencode.model", "model"),
    Row("router", "port", "", note="was the port of Claude Code Router; see network.gateway_port"),
    Row("router", "**", "", note="was for Claude Code Router, whose place the gateway takes"),
    Row("aliases", "*", "models.NAME", note="an alias: a model of this name"),
    Row("k83", "models.rotation.[]", "routing.fallbacks", note="the first, then the others"),
    Row("k83", "models.default", "opencode.model", "opencode.model", "model"),
    Row("k83", "models.*", "models.NAME", note="an alias: a model of this name"),
    Row("k83", "**", "", note="was for the K83 framework, which is not part of the stack"),
    Row(
        "mcp",
        "mcpServers.*.command",
        "opencode.mcp.NAME",
        note="switched off: it was installed on another machine",
    ),
    Row("mcp", "mcpServers.*.args.[]", "opencode.mcp.NAME"),
    Row("mcp", "mcpServers.*.url", "opencode.mcp.NAME", note="switched off: look at it first"),
    Row("mcp", "mcpServers.*.env.*", "opencode.mcp.NAME", note="secrets are left out"),
    Row("mcp", "mcpServers.*.description", "", note="MCP servers have no description"),
)


def row_of(kind: str, path: KeyPath) -> Row | None:
    """The first row for a key of a kind of file, none where the key is not known."""
    return next((row for row in rows(kind) if fits(tuple(row.key.split(".")), path)), None)


@cache
def rows(kind: str) -> tuple[Row, ...]:
    """The rows of a kind of file."""
    return tuple(row for row in TABLE if kind in row.kinds.split())


def fits(pattern: KeyPath, path: KeyPath) -> bool:
    """Whether keys are those of a row."""
    if not pattern:
        return not path
    head, rest = pattern[0], pattern[1:]
    if head == "**":
        return any(fits(rest, path[skip:]) for skip in range(len(path) + 1))
    return bool(path) and _fits_one(head, path[0]) and fits(rest, path[1:])


def _fits_one(pattern: str, key: str) -> bool:
    before, star, behind = pattern.partition("*")
    if not star:
        return pattern == key
    return len(key) >= len(before) + len(behind) and key.startswith(before) and key.endswith(behind)
