"""Under which addresses a stack is reached from its machine."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ralex_stack import ports

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ralex_stack.plan import State
    from ralex_stack.settings import Settings


def urls(settings: Settings, applied: State | None) -> Mapping[str, str]:
    """Published service → URL: as it was applied, since settings may have changed since then."""
    if applied is None:
        return _wanted(settings)
    published = applied.bundle.services.get("edge", {}).get("ports", ())
    found = (entry.split(":") for entry in published)
    return {ports.PUBLISHED[int(port)]: _url(bind, number) for bind, number, port in found}


def _wanted(settings: Settings) -> Mapping[str, str]:
    network = settings.network
    found = {"gateway": _url(network.bind, str(network.gateway_port))}
    if "opencode" in settings.stack.profiles:
        found["opencode"] = _url(network.bind, str(network.opencode_port))
    if settings.gateway.has_database:
        found["admin"] = _url("127.0.0.1", str(network.admin_port))
    if settings.metrics.enabled:
        found["prometheus"] = _url("127.0.0.1", str(settings.network.prometheus_port))
    return found


def _url(bind: str, port: str) -> str:
    host = "127.0.0.1" if bind == "0.0.0.0" else bind  # noqa: S104 - compared
    return f"http://{host}:{port}"
