"""The alert rules; docs/metrics.md says what to do about each."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ralex_stack.settings import Settings

Rule = dict[str, Any]
Severity = Literal["warning", "critical"]

_FAILED = 'ralex_gateway_requests_total{status=~"5..|424"}'
"""424 is what OpenCode gets in place of 429 and 5xx."""

_FEWEST = 3
"""Failures below which a ratio says nothing."""


def rules(settings: Settings) -> dict[str, Any]:
    """All rules, in one group for each kind."""
    groups = {"parts": _parts(settings), "calls": _calls(settings), "budgets": _budgets(settings)}
    if settings.gateway.ledger_home != "valkey":
        groups["ledger"] = _ledger(settings)
    return {"groups": [{"name": name, "rules": list(found)} for name, found in groups.items()]}


def _rule(
    name: str, expression: str, after: int, severity: Severity, summary: str, next_step: str
) -> Rule:
    return {
        "alert": name,
        "expr": expression,
        "for": f"{after}s",
        "labels": {"severity": severity},
        "annotations": {"summary": summary, "next": next_step},
    }


def _parts(settings: Settings) -> Iterator[Rule]:
    after = settings.metrics.alerts.after
    # A container that is gone has no name any more, so that it is no target either: absent.
    parts = {
        "Gateway": ("gateway", 'up{job="gateway"}'),
        "Edge": ("edge", 'up{job="edge"}'),
        "Valkey": ("valkey", 'redis_up{job="valkey"}'),
        "Cache": ("cache", 'redis_up{job="cache"}'),
        "Opencode": ("opencode", 'probe_success{job="opencode"}'),
    }
    for name, (service, series) in parts.items():
        if _runs(settings, service):
            yield _rule(
                f"{name}Down",
                f"absent({series} == 1)",
                after,
                "critical",
                f"{service} does not answer",
                f"ralex-stack logs {service}; ralex-stack up starts what is missing",
            )
    yield _rule(
        "GatewayReplicaDown",
        'up{job="gateway"} == 0',
        after,
        "warning",
        "the gateway at {{ $labels.instance }} does not answer",
        "ralex-stack logs gateway",
    )
    yield _rule(
        "ValkeyCannotWrite",
        'redis_aof_last_write_status{job="valkey"} == 0',
        after,
        "critical",
        "Valkey cannot write: its volume may be full, and calls that budgets concern are refused",
        "make room on the disk; ralex-stack status",
    )


def _runs(settings: Settings, service: str) -> bool:
    if service == "cache":
        return settings.routing.cache.enabled
    return service != "opencode" or "opencode" in settings.stack.profiles


def _calls(settings: Settings) -> Iterator[Rule]:
    limits = settings.metrics.alerts
    yield _rule(
        "RequestsFail",
        f"sum(rate({_FAILED}[5m])) / sum(rate(ralex_gateway_requests_total[5m])) "
        f"> {limits.error_ratio:g} and sum(increase({_FAILED}[5m])) >= {_FEWEST}",
        limits.after,
        "critical",
        "{{ $value | humanizePercentage }} of the requests of the last 5 minutes failed",
        "ralex-stack logs gateway; the console `gateway` shows which models",
    )
    failures = 'ralex_gateway_calls_total{status="failure"}'
    yield _rule(
        "ProviderFails",
        f"sum by (model) (rate({failures}[5m])) / sum by (model) "
        f"(rate(ralex_gateway_calls_total[5m])) > {limits.error_ratio:g} "
        f"and sum by (model) (increase({failures}[5m])) >= {_FEWEST}",
        limits.after,
        "warning",
        "{{ $value | humanizePercentage }} of the calls of {{ $labels.model }} failed",
        "look at the provider's own status page; fallbacks serve meanwhile where there are some",
    )
    yield _rule(
        "AnswersBeginLate",
        "histogram_quantile(0.95, sum by (model, le) "
        "(rate(ralex_gateway_time_to_first_token_seconds_bucket[5m]))) "
        f"> {limits.first_token:g}",
        limits.after,
        "warning",
        "5 % of the answers of {{ $labels.model }} begin after "
        "{{ $value | humanizeDuration }} or later",
        "the provider may be slow: compare the models in the console `gateway`",
    )


def _budgets(settings: Settings) -> Iterator[Rule]:
    what = "{{ $labels.window }} limit of {{ $labels.scope }} {{ $labels.name }}"
    # Each gateway tells the same, as all of them count in Valkey. A limit of nothing is meant so.
    by = "max by (scope, name, window)"
    part = f"{by} (ralex_gateway_budget_spent_usd) / {by} (ralex_gateway_budget_limit_usd > 0)"
    after = settings.metrics.alerts.after
    yield _rule(
        "BudgetNearlySpent",
        f"{part} >= 0.8 < 1",
        after,
        "warning",
        f"{{{{ $value | humanizePercentage }}}} of the {what} is spent",
        "ralex-stack spend --by model",
    )
    yield _rule(
        "BudgetSpent",
        f"{part} >= 1",
        after,
        "critical",
        f"the {what} is spent: calls that it concerns are refused",
        "raise the limit in the settings, or wait for the window to end",
    )
    yield {
        **_rule(
            "BudgetRefuses",
            'sum(increase(ralex_gateway_refusals_total{code="budget-spent"}[5m])) > 0',
            after,
            "critical",
            "calls are refused because a limit has no room for them",
            "ralex-stack status shows what is left of each limit",
        ),
        # A single refusal is over before a condition could last.
        "for": "0s",
    }


def _ledger(settings: Settings) -> Iterator[Rule]:
    limits = settings.metrics.alerts
    outbox = "max(ralex_gateway_ledger_outbox)"
    yield _rule(
        "LedgerFallsBehind",
        f"{outbox} > {limits.ledger_outbox}",
        limits.after,
        "warning",
        "{{ $value }} accounts of calls wait in Valkey for the ledger",
        "ralex-stack logs gateway says why the ledger cannot be written",
    )
    if settings.gateway.ledger_home != "sqlite":
        return
    yield _rule(
        "VolumeNearlyFull",
        "min(ralex_gateway_ledger_volume_free_bytes / ralex_gateway_ledger_volume_size_bytes) "
        f"< {limits.volume_free:g}",
        limits.after,
        "warning",
        "{{ $value | humanizePercentage }} of the disk with the stack's volumes is free",
        "make room on the engine's disk",
    )
