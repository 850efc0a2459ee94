"""The series that a gateway counts; docs/metrics.md lists them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.gc_collector import GCCollector
from prometheus_client.process_collector import ProcessCollector

from ralex_stack.gateway import codes
from ralex_stack.gateway.apis import PATHS
from ralex_stack.gateway.budgets.policy import NANO, TIER_PREFIX
from ralex_stack.gateway.metrics.labels import First, Known

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from ralex_stack.gateway.budgets import policy
    from ralex_stack.gateway.budgets.store import Count

MOST_KEYS = 200
_KEYS = ("client", "sandbox")
"""Of every stack."""
MOST_ERRORS = 50

_DURATIONS = (0.1, 0.25, 0.5, 1, 2.5, 5, 10, 20, 30, 60, 120, 300, 600)
_FIRST_TOKENS = (0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60)
_CODE = re.compile(rb"ralex-stack explain ([a-z_-]+)")
_CODES = [value for name, value in vars(codes).items() if name.isupper() and name[0] != "_"]


class Series:
    """Of one process; the limits and models that there are name what is counted."""

    def __init__(self, budgets: policy.Budgets) -> None:
        self._registry = CollectorRegistry()
        ProcessCollector(registry=self._registry)
        GCCollector(registry=self._registry)
        tiers = [f"{TIER_PREFIX}{name}" for name in budgets.tiers]
        self._model = Known(budgets.models)
        self._tier = Known(budgets.tiers)
        self._asked = Known([*budgets.models, *tiers])
        self._code = Known(_CODES)
        self._key = First(MOST_KEYS)
        self._error = First(MOST_ERRORS)
        self._make_calls()
        self._make_requests()
        self._make_budgets()
        self._begin(budgets)

    def _counter(self, name: str, text: str, *labels: str) -> Counter:
        return Counter(f"ralex_gateway_{name}", text, labels, registry=self._registry)

    def _gauge(self, name: str, text: str, *labels: str) -> Gauge:
        return Gauge(f"ralex_gateway_{name}", text, labels, registry=self._registry)

    def _histogram(self, name: str, text: str, buckets: tuple[float, ...]) -> Histogram:
        return Histogram(
            f"ralex_gateway_{name}", text, ["model"], registry=self._registry, buckets=buckets
        )

    def _make_calls(self) -> None:
        who = ("model", "tier", "key")
        self._calls = self._counter("calls", "Calls of providers.", *who, "status")
        self._tokens = self._counter("tokens", "Tokens that were counted.", *who, "kind")
        self._cost = self._counter("cost_usd", "What calls cost, in US dollars.", *who)
        self._fallbacks = self._counter("fallbacks", "Calls that another served.", "model", "by")
        self._failures = self._counter(
            "provider_failures", "Calls that a provider failed.", "model", "error"
        )
        self._duration = self._histogram(
            "call_duration_seconds", "From the request to the end of the answer.", _DURATIONS
        )
        self._first_token = self._histogram(
            "time_to_first_token_seconds", "Of streamed answers.", _FIRST_TOKENS
        )

    def _make_requests(self) -> None:
        self._requests = self._counter(
            "requests", "Requests that were answered.", "api", "key", "status"
        )
        self._refusals = self._counter("refusals", "Refused requests, by code.", "code")
        self._in_flight = self._gauge("requests_in_flight", "Being answered.", "api")

    def _make_budgets(self) -> None:
        what = ("scope", "name", "window")
        self._limit = self._gauge("budget_limit_usd", "What may be spent.", *what)
        self._spent = self._gauge("budget_spent_usd", "What was spent in the window.", *what)
        self._held = self._gauge("budget_held_usd", "What is held for calls in flight.", *what)
        self._outbox = self._gauge("ledger_outbox", "Accounts on their way to the ledger.")
        self._size = self._gauge("ledger_volume_size_bytes", "Of the disk with the ledger.")
        self._free = self._gauge("ledger_volume_free_bytes", "Of it, for this user.")

    def _begin(self, budgets: policy.Budgets) -> None:
        """Show what comes often with 0: Prometheus sees no increase where a series begins."""
        served = [(model, "") for model in budgets.models]
        served += [(model, tier) for tier, model in budgets.tiers.items()]
        for code in _CODES:
            self._refusals.labels(code)
        for key in _KEYS:
            for api in set(PATHS.values()):
                self._requests.labels(api, self._key(key), "200")
            for model, tier in served:
                for status in ("success", "failure"):
                    self._calls.labels(model, tier, key, status)
                self._cost.labels(model, tier, key)

    def account(self, account: Mapping[str, Any]) -> None:
        """Count one call by what the ledger says of it."""
        served = account.get("served") or account["fallback"] or account["model"]
        model = self._model(served)
        who = (model, self._tier(account.get("tier")), self._key(account["key"]))
        failed = account["status"] != "success"
        self._calls.labels(*who, "failure" if failed else "success").inc()
        if failed:
            self._failures.labels(model, self._error(account["error"])).inc()
            return
        self._tokens.labels(*who, "prompt").inc(account["prompt_tokens"])
        self._tokens.labels(*who, "completion").inc(account["completion_tokens"])
        self._cost.labels(*who).inc(account["cost"])
        self._duration.labels(model).observe(account["duration_seconds"])
        if account["first_token_seconds"] is not None:
            self._first_token.labels(model).observe(account["first_token_seconds"])
        if account["fallback"]:
            self._fallbacks.labels(self._asked(account["model"]), model).inc()

    def began(self, api: str) -> None:
        """A request has come."""
        self._in_flight.labels(api).inc()

    def ended(self, api: str, key: str | None, status: int, refusal: bytes) -> None:
        """A request was answered; `refusal` is the answer's text where it was refused."""
        self._in_flight.labels(api).dec()
        self._requests.labels(api, self._key(key), str(status)).inc()
        if status >= 400:
            found = _CODE.search(refusal)
            self._refusals.labels(self._code(found[1].decode() if found else None)).inc()

    def budgets(self, counts: Iterable[tuple[policy.Limit, Count]], outbox: int | None) -> None:
        """Take over what Valkey counts; what it does not tell is not shown."""
        for gauge in (self._limit, self._spent, self._held):
            gauge.clear()
        for limit, count in counts:
            what = (limit.scope, limit.name, limit.window)
            if limit.usd is not None:
                self._limit.labels(*what).set(limit.usd)
            self._spent.labels(*what).set(count.spent / NANO)
            self._held.labels(*what).set(count.held / NANO)
        self._outbox.set(float("nan") if outbox is None else outbox)

    def volume(self, size: int, free: int) -> None:
        """Take over the size of the ledger's disk, in bytes."""
        self._size.set(size)
        self._free.set(free)

    def text(self) -> bytes:
        """All of them in Prometheus' text format, version 0.0.4."""
        return generate_latest(self._registry)
