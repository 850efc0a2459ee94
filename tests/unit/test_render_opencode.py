"""OpenCode's configuration."""

from __future__ import annotations

import configparser
import json
from dataclasses import replace
from typing import Any

import pytest
import yaml
from samples import COMPOSE, PROCESS, SEVERAL, SIMULATOR, settings

from ralex_stack.render import opencode


def files(data: dict[str, Any]) -> dict[str, bytes]:
    return opencode.render(settings(data), SIMULATOR, COMPOSE)


def config(data: dict[str, Any]) -> dict[str, Any]:
    loaded = json.loads(files(data)["opencode/opencode.json"])
    assert isinstance(loaded, dict)
    return loaded


def models(data: dict[str, Any]) -> dict[str, Any]:
    found = config(data)["provider"]["litellm"]["models"]
    assert isinstance(found, dict)
    return found


def front_matter(content: bytes) -> tuple[dict[str, Any], str]:
    _, fields, body = content.decode().split("---\n", 2)
    return yaml.safe_load(fields), body


def test_only_the_gateway_is_a_provider() -> None:
    rendered = config(SEVERAL)
    assert rendered["enabled_providers"] == ["litellm"]
    assert list(rendered["provider"]) == ["litellm"]
    assert rendered["provider"]["litellm"]["options"] == {
        "baseURL": "http://edge-inner:8080/v1",
        "apiKey": opencode.PLACEHOLDER_KEY,
        "headerTimeout": 240_000,
        "chunkTimeout": 240_000,
    }


def test_the_gateway_is_where_the_target_says() -> None:
    rendered = opencode.render(settings(), SIMULATOR, PROCESS)["opencode/opencode.json"]
    assert b'"baseURL": "http://127.0.0.1:20006/v1"' in rendered


def test_chat_models_and_tiers_are_offered() -> None:
    assert list(models(SEVERAL)) == ["tier:cheap", "tier:standard", "tier:smart", "fast", "strong"]


def test_a_model_has_its_limits_prices_and_abilities() -> None:
    assert models(SEVERAL)["strong"] == {
        "name": "strong",
        "tool_call": True,
        "reasoning": True,
        "limit": {"context": 128000, "output": 8192},
        "cost": {"input": 1.25, "output": 10, "cache_read": 0.125},
    }
    assert "cost" not in models(SEVERAL)["fast"]
    assert models({})["glm"]["name"] == "GLM 4.6"


def test_a_tier_is_what_its_first_model_is() -> None:
    offered = models(SEVERAL)
    assert offered["tier:smart"] == {**offered["strong"], "name": "smart tier"}


@pytest.mark.parametrize(
    ("data", "key", "expected"),
    [
        ({}, "model", "litellm/tier:standard"),
        ({}, "small_model", "litellm/tier:cheap"),
        ({"opencode": {"model": "glm"}}, "model", "litellm/glm"),
        ({}, "permission", {"*": "allow"}),
        ({"opencode": {"permissions": {"bash": "ask"}}}, "permission", {"bash": "ask"}),
        ({}, "share", "disabled"),
        ({}, "autoupdate", False),
        ({"opencode": {"extra": {"theme": "nord"}}}, "theme", "nord"),
        # What keeps the sandbox closed cannot be opened by further keys.
        ({"opencode": {"extra": {"enabled_providers": []}}}, "enabled_providers", ["litellm"]),
        ({"opencode": {"extra": {"share": "auto"}}}, "share", "disabled"),
    ],
)
def test_keys(data: dict[str, Any], key: str, expected: Any) -> None:
    assert config(data)[key] == expected


@pytest.mark.parametrize(
    ("server", "expected"),
    [
        (
            {"command": ["serve", "--all"]},
            {"type": "local", "command": ["serve", "--all"], "enabled": True, "timeout": 5000},
        ),
        (
            {"command": ["serve"], "environment": {"A": "1"}, "enabled": False, "timeout": 0.5},
            {
                "type": "local",
                "command": ["serve"],
                "environment": {"A": "1"},
                "enabled": False,
                "timeout": 500,
            },
        ),
        (
            {"url": "http://docs.example.com"},
            {
                "type": "remote",
                "url": "http://docs.example.com",
                "enabled": True,
                "timeout": 5000,
            },
        ),
    ],
)
def test_mcp_servers(server: dict[str, Any], expected: dict[str, Any]) -> None:
    assert config({"opencode": {"mcp": {"one": server}}})["mcp"] == {"one": expected}


def test_agents_are_markdown_with_front_matter() -> None:
    agent = {
        "description": "Reviews: all of it",
        "prompt": "Look.\n---\nChange nothing.\n",
        "mode": "subagent",
        "model": "tier:smart",
        "temperature": 0.1,
        "permissions": {"edit": "deny"},
    }
    rendered = files({"opencode": {"agents": {"reviewer": agent}}})
    fields, body = front_matter(rendered["opencode/agents/reviewer.md"])
    assert fields == {
        "description": "Reviews: all of it",
        "mode": "subagent",
        "model": "litellm/tier:smart",
        "temperature": 0.1,
        "permission": {"edit": "deny"},
    }
    assert body == "Look.\n---\nChange nothing.\n"


@pytest.mark.parametrize(
    ("command", "expected"),
    [
        ({}, {}),
        ({"agent": "plan", "model": "glm"}, {"agent": "plan", "model": "litellm/glm"}),
    ],
)
def test_commands_are_markdown_with_front_matter(
    command: dict[str, Any], expected: dict[str, Any]
) -> None:
    given = {"description": "Explain", "template": "Explain $ARGUMENTS.", **command}
    rendered = files({"opencode": {"commands": {"explain": given}}})
    fields, body = front_matter(rendered["opencode/command/explain.md"])
    assert fields == {"description": "Explain", **expected}
    assert body == "Explain $ARGUMENTS.\n"


@pytest.mark.parametrize(
    ("instructions", "expected"), [(None, None), ("  Be brief.\n\n", b"Be brief.\n")]
)
def test_instructions(instructions: str | None, expected: bytes | None) -> None:
    rendered = files({"opencode": {"instructions": instructions}})
    assert rendered.get("opencode/AGENTS.md") == expected


@pytest.mark.parametrize(
    "name", ["Ada Lovelace", 'Ada "Countess" Lovelace', "back\\slash", "semi;colon #hash", "Zoë"]
)
def test_any_name_may_stand_on_commits(name: str) -> None:
    choices = replace(SIMULATOR, author_name=name, author_email="a@b")
    text = opencode.render(settings(), choices, COMPOSE)["gitconfig"].decode()
    parser = configparser.RawConfigParser()
    parser.read_string(text)
    quoted = parser["user"]["name"]
    assert json.loads(quoted) == name
    assert parser["safe"]["directory"] == "*"


def test_a_name_cannot_add_lines_to_the_git_configuration() -> None:
    choices = replace(SIMULATOR, author_name='x"\n[core]\n\thooksPath = /tmp')
    text = opencode.render(settings(), choices, COMPOSE)["gitconfig"].decode()
    assert [line for line in text.splitlines() if line.startswith("[")] == ["[user]", "[safe]"]
