"""Settings, Choices and Target to files. Pure: the same input gives the same bytes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ralex_stack.bundle import Bundle, digest_of
from ralex_stack.render import compose, edge, egress, litellm, opencode, prometheus
from ralex_stack.topology import build

if TYPE_CHECKING:
    from ralex_stack.settings import Settings
    from ralex_stack.target import ComposeTarget, Target
    from ralex_stack.topology import Choices

Files = dict[str, bytes]


def render_services(settings: Settings, choices: Choices, target: Target) -> dict[str, Files]:
    """Service → its configuration files, by path in its configuration directory."""
    sandbox = opencode.render(settings, choices, target)
    files = {
        "gateway": litellm.render(settings, choices, target),
        "edge": edge.render(settings, target),
        "workspace": sandbox,
    }
    if settings.sandbox.egress.mode == "allowlist":
        files["egress"] = egress.render(settings, target)
    if settings.metrics.enabled:
        files["prometheus"] = prometheus.render(settings, target)
    if "opencode" in settings.stack.profiles:
        files["opencode"] = sandbox
    return files


def render_compose(settings: Settings, choices: Choices, target: ComposeTarget) -> Bundle:
    """The Compose project of the settings."""
    services = render_services(settings, choices, target)
    digests = {name: digest_of(files) for name, files in services.items()}
    stack = build(settings, choices)
    project = compose.render(settings, stack, target, digests)
    for name, files in services.items():
        directory = compose.config_directory(name, digests[name])
        project.update({f"{directory}/{path}": content for path, content in files.items()})
    return Bundle(project)
