"""The configuration of OpenCode: only keys that both of its lines of versions read."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ralex_stack.render.serialize import to_json, with_front_matter
from ralex_stack.routing.rules import AUTO

if TYPE_CHECKING:
    from ralex_stack.settings import Settings
    from ralex_stack.settings.models import Model
    from ralex_stack.settings.opencode import Agent, Command, McpServer
    from ralex_stack.target import Target
    from ralex_stack.topology import Choices

PROVIDER = "litellm"
PLACEHOLDER_KEY = "sandbox"
"""The edge puts the sandbox's key into every request that it passes; none is kept inside."""

_GATEWAY_HEAD_START = 60
"""Seconds that OpenCode waits longer than the gateway, which may itself be starting."""


def render(settings: Settings, choices: Choices, target: Target) -> dict[str, bytes]:
    """Files of the configuration directory of OpenCode's containers."""
    opencode = settings.opencode
    files = {
        "gitconfig": _gitconfig(choices),
        # Without it OpenCode tries to write one here, and ends.
        "opencode/.gitignore": b"node_modules\npackage.json\nbun.lock\n.gitignore\n",
        "opencode/opencode.json": to_json(_config(settings, target)),
    }
    for name, agent in opencode.agents.items():
        files[f"opencode/agents/{name}.md"] = _agent(agent)
    for name, command in opencode.commands.items():
        files[f"opencode/command/{name}.md"] = _command(command)
    if opencode.instructions:
        files["opencode/AGENTS.md"] = opencode.instructions.strip().encode() + b"\n"
    return files


def model_reference(name: str) -> str:
    """PROVIDER/MODEL as OpenCode writes it, of a model or `tier:NAME`."""
    return f"{PROVIDER}/{name}"


def patience(settings: Settings) -> int:
    """Seconds that OpenCode waits for the gateway to begin, or go on with, an answer."""
    return int(settings.routing.idle_timeout + _GATEWAY_HEAD_START)


def _config(settings: Settings, target: Target) -> dict[str, Any]:
    opencode = settings.opencode
    options = {
        "baseURL": f"http://{target.address('edge-inner')}/v1",
        "apiKey": PLACEHOLDER_KEY,
        # OpenCode repeats a call that it gave up itself: the gateway's word must come first.
        "headerTimeout": patience(settings) * 1000,
        "chunkTimeout": patience(settings) * 1000,
    }
    return {
        "$schema": "https://opencode.ai/config.json",
        **opencode.extra,
        "model": model_reference(opencode.model),
        "small_model": model_reference(opencode.small_model),
        "share": "disabled",
        "autoupdate": False,
        "enabled_providers": [PROVIDER],
        "permission": opencode.permissions,
        "mcp": {name: _mcp(server) for name, server in opencode.mcp.items()},
        "provider": {
            PROVIDER: {
                "npm": "@ai-sdk/openai-compatible",
                "name": f"{settings.stack.name} gateway",
                "options": options,
                "models": _models(settings),
            }
        },
    }


def _models(settings: Settings) -> dict[str, Any]:
    chat = {name: model for name, model in settings.models.items() if model.mode == "chat"}
    tiers = {
        f"tier:{name}": _model(chat[tier.models[0]], f"{name} tier")
        for name, tier in settings.tiers.items()
        if tier.models[0] in chat
    }
    named = {name: _model(model, model.title or name) for name, model in chat.items()}
    return {**_auto(settings), **tiers, **named}


def _auto(settings: Settings) -> dict[str, Any]:
    """What each tier that may be chosen can do; OpenCode cannot know what a call of it costs."""
    if settings.routing.auto.mode == "off":
        return {}
    auto = settings.routing.auto
    names = {auto.default_tier, *auto.tiers.values()}
    models = [settings.models[settings.tiers[name].models[0]] for name in sorted(names)]
    return {
        AUTO: {
            "name": "auto: a tier by what is asked",
            "tool_call": all(model.tool_call for model in models),
            "reasoning": any(model.reasoning for model in models),
            "limit": {
                "context": min(model.context for model in models),
                "output": min(model.output for model in models),
            },
        }
    }


def _model(model: Model, title: str) -> dict[str, Any]:
    result: dict[str, Any] = {
        "name": title,
        "tool_call": model.tool_call,
        "reasoning": model.reasoning,
        "limit": {"context": model.context, "output": model.output},
    }
    price = model.all_deployments[0].price
    if price is not None:
        cost = {
            "input": price.input,
            "output": price.output,
            "cache_read": price.cache_read,
            "cache_write": price.cache_write,
        }
        result["cost"] = {name: value for name, value in cost.items() if value is not None}
    return result


def _mcp(server: McpServer) -> dict[str, Any]:
    common = {"enabled": server.enabled, "timeout": int(server.timeout * 1000)}
    if server.url is not None:
        return {"type": "remote", "url": server.url, **common}
    environment = {"environment": server.environment} if server.environment else {}
    return {"type": "local", "command": list(server.command), **environment, **common}


def _agent(agent: Agent) -> bytes:
    fields: dict[str, Any] = {"description": agent.description, "mode": agent.mode}
    if agent.model is not None:
        fields["model"] = model_reference(agent.model)
    if agent.temperature is not None:
        fields["temperature"] = agent.temperature
    if agent.permissions:
        fields["permission"] = agent.permissions
    return with_front_matter(fields, agent.prompt)


def _command(command: Command) -> bytes:
    fields: dict[str, Any] = {"description": command.description}
    if command.agent is not None:
        fields["agent"] = command.agent
    if command.model is not None:
        fields["model"] = model_reference(command.model)
    return with_front_matter(fields, command.template)


def _gitconfig(choices: Choices) -> bytes:
    """Names quoted as git-config(1) asks; any directory is safe: the container is the boundary."""
    name, email = (
        '"' + value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", " ") + '"'
        for value in (choices.author_name, choices.author_email)
    )
    text = f"[user]\n\tname = {name}\n\temail = {email}\n[safe]\n\tdirectory = *\n"
    return text.encode()
