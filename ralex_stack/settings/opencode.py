"""OpenCode: models, permissions, agents, commands and MCP servers."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import ConfigDict, Field, model_validator

from ralex_stack.settings.base import Name, Seconds, Section

Decision = Literal["allow", "ask", "deny"]
Permissions = dict[str, Decision | dict[str, Decision]]


class Agent(Section):
    """An agent of OpenCode."""

    description: str = Field(
        min_length=1, description="When to use the agent.", examples=["Reviews a change"]
    )
    prompt: str = Field(
        min_length=1, description="System prompt.", examples=["Look for errors. Change nothing."]
    )
    mode: Literal["primary", "subagent", "all"] = Field("all", description="Where it is offered.")
    model: str | None = Field(
        None,
        description="Model or `tier:NAME`; default: the model of the session.",
        examples=["tier:smart"],
    )
    temperature: float | None = Field(
        None, ge=0, le=2, description="Sampling temperature.", examples=[0.2]
    )
    permissions: Permissions = Field({}, description="Permissions that differ for this agent.")


class Command(Section):
    """A slash command of OpenCode."""

    description: str = Field(
        min_length=1, description="What the command does.", examples=["Explain a file"]
    )
    template: str = Field(
        min_length=1,
        description="The prompt; `$ARGUMENTS` is what follows it.",
        examples=["Explain $ARGUMENTS in ten lines."],
    )
    agent: str | None = Field(None, description="Agent that carries it out.", examples=["plan"])
    model: str | None = Field(
        None, description="Model or `tier:NAME` that carries it out.", examples=["tier:cheap"]
    )


class McpServer(Section):
    """An MCP server that OpenCode starts (`command`) or calls (`url`)."""

    model_config = ConfigDict(
        json_schema_extra={
            "oneOf": [
                {"required": ["command"], "properties": {"command": {"minItems": 1}}},
                {"required": ["url"]},
            ]
        }
    )

    command: tuple[str, ...] = Field((), description="Program and arguments, run in the sandbox.")
    url: str | None = Field(
        None,
        pattern=r"^https?://",
        description="Address of a remote server.",
        examples=["https://mcp.example.com/mcp"],
    )
    environment: dict[str, str] = Field({}, description="Environment of the program; no secrets.")
    enabled: bool = Field(True, description="Whether it is started.")
    timeout: Seconds = Field(5, description="Time limit for listing its tools, in seconds.")

    @model_validator(mode="after")
    def _one_kind(self) -> McpServer:
        if bool(self.command) == (self.url is not None):
            raise ValueError("give either command or url")
        return self


class OpencodeSettings(Section):
    """The coding agent."""

    model: str = Field("tier:standard", description="Model or `tier:NAME` that does the work.")
    small_model: str = Field(
        "tier:cheap", description="Model or `tier:NAME` for titles and summaries."
    )
    permissions: Permissions = Field(
        {"*": "allow"},
        description="Tool → allow, ask or deny, or a table of patterns. The container is the "
        "sandbox, so all is allowed by default.",
    )
    agents: dict[Name, Agent] = Field({}, description="Agents, by name.")
    commands: dict[Name, Command] = Field({}, description="Slash commands, by name.")
    mcp: dict[Name, McpServer] = Field({}, description="MCP servers, by name.")
    instructions: str | None = Field(
        None,
        description="Instructions for every session, beside the project's AGENTS.md.",
        examples=["Write tests first."],
    )
    project_config: bool = Field(
        True, description="Whether opencode.json and .opencode of a workspace count."
    )
    extra: dict[str, Any] = Field(
        {}, description="Further keys of OpenCode's own configuration file, as they are."
    )
