"""What the stack measures of itself, and where that goes."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, model_validator

from ralex_stack.settings.base import Memory, Section
from ralex_stack.settings.secret import SecretReference

Address = Annotated[
    str, Field(pattern=r"^[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?:[1-9][0-9]{0,4}$")
]
"""HOST:PORT."""


class AlertSettings(Section):
    """When Prometheus raises an alert, and who is told."""

    alertmanager: Address | None = Field(
        None,
        description="Alertmanager that is told, as HOST:PORT; none: alerts are only shown.",
        examples=["alerts.example.org:9093"],
    )
    after: int = Field(
        60, ge=1, le=86_400, description="Seconds that a condition lasts until its alert is raised."
    )
    error_ratio: float = Field(
        0.1, gt=0, le=1, description="Part of the requests, or of a model's calls, that may fail."
    )
    first_token: float = Field(
        10, gt=0, le=3600, description="Seconds in which 95 % of streamed answers are to begin."
    )
    ledger_outbox: int = Field(
        1000, ge=1, description="Accounts of calls that may wait for the ledger."
    )
    volume_free: float = Field(
        0.1, gt=0, lt=1, description="Part of the disk with the ledger's volume that is to be free."
    )


class OtlpSettings(Section):
    """A collector that the gateway sends traces and metrics of calls to, by OTLP over HTTP."""

    endpoint: str | None = Field(
        None,
        pattern=r"^https?://[^\s@/?#]+(/[^\s?#]*)?$",
        description="Address of the collector, as `http://HOST:4318`; `/v1/traces` and "
        "`/v1/metrics` are added. Prompts and answers are never sent.",
        examples=["http://collector.example.org:4318"],
    )
    headers: SecretReference | None = Field(
        None,
        description="Headers that the collector wants: `NAME=VALUE`, with commas between.",
        examples=[{"env": "OTLP_HEADERS"}],
    )

    @model_validator(mode="after")
    def _headers_need_a_collector(self) -> OtlpSettings:
        if self.headers is not None and self.endpoint is None:
            raise ValueError("headers are of no use without an endpoint; name the collector")
        return self


class MetricsSettings(Section):
    """Prometheus beside the stack, and export by OTLP."""

    enabled: bool = Field(
        False,
        description="Run Prometheus, with consoles and alert rules for all parts of the stack.",
    )
    interval: int = Field(15, ge=1, le=300, description="Seconds between two readings.")
    retention_days: int = Field(15, ge=1, le=3650, description="Days that readings are kept.")
    retention_size: Memory = Field(
        "2g", description="Size that they are kept up to, the oldest going first."
    )
    alerts: AlertSettings = Field(AlertSettings(), description="When an alert is raised.")
    otlp: OtlpSettings = Field(OtlpSettings(), description="Export to a collector.")
