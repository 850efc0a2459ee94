"""The admin door of the edge: LiteLLM's admin UI, and of its other paths what that needs.

LiteLLM answers hundreds of paths. Closed here are all that call models or providers, all that keep
models, credentials, guardrails or tools (those are in the settings file), and what is of no use
without them. The gateway lets nobody in here but the master key and who has logged in to the UI.
"""

from __future__ import annotations

from typing import Any

UI_PATHS = (
    "/",
    "/ui",
    "/ui/*",
    "/_next/*",
    "/litellm-asset-prefix/*",
    "/favicon.ico",
    "/get_favicon",
    "/get_image",
    "/get_logo_url",
    "/get/default_team_settings",
    "/get/internal_user_settings",
    "/get/ui_settings",
    "/get/ui_theme_settings",
    "/get/user_banner",
    "/sso/get/ui_settings",
    "/.well-known/litellm-ui-config",
    "/litellm/.well-known/litellm-ui-config",
    "/health/liveliness",
    "/health/readiness",
    "/model/info",
    "/v1/model/info",
    "/v2/model/info",
    "/model_group/info",
    "/models",
    "/v1/models",
)
"""What is read: the UI itself, what it shows before somebody has logged in, names of models."""

LOGIN_PATHS = ("/login", "/v2/login", "/logout", "/sso/key/generate", "/fallback/login")

MANAGEMENT_PATHS = tuple(
    path
    for prefix in (
        "/audit",
        "/budget",
        "/customer",
        "/end_user",
        "/global",
        "/invitation",
        "/key",
        "/onboarding",
        "/organization",
        "/project",
        "/spend",
        "/team",
        "/user",
        "/v2/key",
        "/v2/team",
        "/v2/user",
    )
    for path in (prefix, f"{prefix}/*")
)
"""Keys, teams, users and their budgets; what was spent."""

_PASSED = (
    {"path": [*UI_PATHS], "method": ["GET", "HEAD"]},
    {"path": [*LOGIN_PATHS, *MANAGEMENT_PATHS]},
)

_TWISTED = r"//|\\|(^|/)\.\.?(/|$)"
"""Paths that Caddy compares in their shortest form, and LiteLLM as they are: one of another door
could look like one of these."""


def routes(proxy: dict[str, Any], closed: dict[str, Any]) -> list[dict[str, Any]]:
    """Routes of the door: what passes to the gateway, and what all else is answered."""
    twisted = {"vars_regexp": {"{http.request.uri.path}": {"pattern": _TWISTED}}}
    return [
        {"match": [twisted], **closed, "terminal": True},
        *({"match": [match], "handle": [proxy], "terminal": True} for match in _PASSED),
        closed,
    ]
