"""Checks of the way out of the sandbox."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from ralex_stack.settings.egress import AllowedHost, parse_host
from ralex_stack.settings.egress_presets import PRESETS
from ralex_stack.settings.problem import Problem, nearest, shown

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ralex_stack.settings.root import Settings

_LISTS = ("presets", "hosts", "private_networks")
_LOOPBACK = ("localhost", "127.0.0.1", "::1")


def problems(settings: Settings) -> Iterator[Problem]:
    """Presets that there are not, and remote MCP servers that no list can allow."""
    egress = settings.sandbox.egress
    for index, preset in enumerate(egress.presets):
        if preset not in PRESETS:
            message = f'"{shown(preset)}" names no preset'
            path = ("sandbox", "egress", "presets", index)
            yield Problem(path, message, tuple(PRESETS), nearest(preset, PRESETS))
    if egress.mode != "allowlist":
        return
    for name, server in settings.opencode.mcp.items():
        if server.enabled and server.url and not _is_reached(server.url):
            message = (
                "its host cannot be allowed: the proxy of sandbox.egress passes on to full names "
                "only; give it one, as mcp.example.org"
            )
            yield Problem(("opencode", "mcp", name, "url"), message)


def _is_reached(url: str) -> bool:
    return urlsplit(url).hostname in _LOOPBACK or host_of(url) is not None


def idle(settings: Settings) -> Iterator[str]:
    """Warnings on lists that have no effect in the mode that is set."""
    egress = settings.sandbox.egress
    given = " and ".join(name for name in _LISTS if getattr(egress, name))
    if given and egress.mode != "allowlist":
        effect = "allow" if egress.mode == "none" else "restrict"
        yield (
            f'sandbox.egress: {given} {effect} nothing while its mode is "{egress.mode}"; '
            'set mode = "allowlist"'
        )
    if egress.mode == "allowlist" and not (egress.presets or egress.hosts):
        yield (
            "sandbox.egress: nothing is listed, so that the proxy refuses all but remote MCP "
            "servers; give presets or hosts"
        )


def host_of(url: str) -> AllowedHost | None:
    """The host that a URL needs; None for one that no list can have."""
    parts = urlsplit(url)
    try:
        usual = {"http": 80, "https": 443}[parts.scheme]
        port = "" if parts.port in (None, usual) else f":{parts.port}"
        return parse_host(f"{parts.hostname}{port}")
    except ValueError:
        return None
