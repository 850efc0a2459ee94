"""The sections that configure single services: gateway, network, images, sandbox."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BeforeValidator, Field, PlainSerializer, WithJsonSchema

from ralex_stack.settings.base import Port, Resources, Section
from ralex_stack.settings.database import Database, PrismaEngine
from ralex_stack.settings.egress import EgressSettings

# TOML has no null, so that "no limit" is written 0.
RequestsPerMinute = Annotated[
    Annotated[int, Field(ge=1)] | None,
    BeforeValidator(lambda value: None if value in (0, "0") and value is not False else value),
    PlainSerializer(lambda value: value or 0, return_type=int),
    WithJsonSchema({"type": "integer", "minimum": 0}),
]
"""Requests per minute, none where there is no limit."""

DebianPackage = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9+.-]+(:[a-z0-9]+)?(=\S+)?$")]
"""A package as apt-get names it: `NAME`, `NAME=VERSION`, `NAME:ARCHITECTURE`."""


class GatewaySettings(Section):
    """The LiteLLM proxy."""

    expose_admin: bool = Field(
        False,
        description="Let LiteLLM's other paths through the published port, with the master key. "
        "Its provider pass-throughs go around routing and budgets.",
    )
    database: Database = Field(
        "none",
        description="Where LiteLLM keeps virtual keys, teams, spend and users of its admin UI: "
        "`none`: nowhere, there are only the stack's own keys; `postgres`: in a PostgreSQL of the "
        "stack; or a reference to the URL of another, `postgresql://USER:PASSWORD@HOST/NAME`.",
        examples=["postgres", {"env": "LITELLM_DATABASE_URL"}],
    )
    log_level: Literal["ERROR", "WARNING", "INFO", "DEBUG"] = Field(
        "ERROR", description="LiteLLM's log level."
    )
    ledger: Literal["auto", "sqlite", "valkey", "postgres"] = Field(
        "auto",
        description="Where the accounts of calls are kept: `sqlite`: in a file on a volume of the "
        "gateway; `valkey`: in Valkey, which holds all of them in memory; `postgres`: in "
        "`gateway.database`; `auto`: there, where there is a database, else in SQLite.",
    )
    client_limit_rpm: RequestsPerMinute = Field(
        None, description="Requests per minute of the clients' key; 0: no limit."
    )
    sandbox_limit_rpm: RequestsPerMinute = Field(
        600, description="Requests per minute of all sandboxes together; 0: no limit."
    )
    session_limit_rpm: RequestsPerMinute = Field(
        120,
        description="Requests per minute of one session, by key and header `x-session-id`; "
        "0: no limit. It stops a client that repeats itself.",
    )
    replicas: int = Field(
        1,
        ge=1,
        le=8,
        description="Containers of the gateway, between which the edge divides calls. They share "
        "budgets, limits, keys, sessions and the ledger. Each uses up to one core.",
    )
    resources: Resources = Field(Resources(memory="2g"), description="Limits of each container.")

    @property
    def has_database(self) -> bool:
        """Whether LiteLLM keeps anything of its own."""
        return self.database != "none"

    @property
    def ledger_home(self) -> Literal["sqlite", "valkey", "postgres"]:
        """Where the accounts of calls are kept."""
        if self.ledger == "auto":
            return "postgres" if self.has_database else "sqlite"
        return self.ledger


class NetworkSettings(Section):
    """What is published, and where."""

    bind: str = Field(
        "127.0.0.1",
        pattern=r"^(\d{1,3}\.){3}\d{1,3}$",
        description="IPv4 address to publish ports on. Anything but 127.0.0.1 opens the stack "
        "to the network without TLS.",
    )
    gateway_port: Port = Field(4000, description="Port of the gateway's API.")
    opencode_port: Port = Field(4096, description="Port of the OpenCode server and web UI.")
    admin_port: Port = Field(
        4001,
        description="Port of LiteLLM's admin UI, with `gateway.database` only, and on 127.0.0.1 "
        "whatever `bind` says.",
    )
    prometheus_port: Port = Field(
        9090,
        description="Port of Prometheus, with `metrics.enabled` only, and on 127.0.0.1 whatever "
        "`bind` says.",
    )


class ImagesSettings(Section):
    """How the images are built."""

    prefix: str = Field(
        "ralex-stack", pattern=r"^[a-z0-9][a-z0-9./_:-]*$", description="First part of image names."
    )
    base: str = Field(
        "debian:trixie-slim", min_length=1, description="Base image of all services; may be pinned."
    )
    ca: str = Field(
        "auto",
        min_length=1,
        description="Extra certificate authorities for builds and gateway: `auto` (the machine's "
        "bundle where it has one), `none`, or the path of a PEM bundle.",
    )
    release: bool = Field(
        False, description="Fail a build when a Debian package differs from the lock."
    )
    prisma: PrismaEngine = Field(
        "native",
        description="LiteLLM's database engine, with `gateway.database`: `native`: Prisma's own, "
        "which the build takes from binaries.prisma.sh; `wasm`: the slower one of its npm "
        "packages, for where that cannot be reached.",
    )


class WorkspaceSettings(Section):
    """The directory of the long-lived OpenCode server, and who its commits are by."""

    path: str | None = Field(
        None,
        min_length=1,
        description="Directory of the host for the long-lived server; none: a volume. "
        "`run` and `code` take any directory of their own.",
        examples=["/home/ada/project"],
    )
    author_name: str | None = Field(
        None,
        min_length=1,
        description="Name on commits; default: the host's git user.name.",
        examples=["Ada Lovelace"],
    )
    author_email: str | None = Field(
        None,
        min_length=1,
        description="Address on commits; default: the host's git user.email.",
        examples=["ada@example.com"],
    )


class SandboxSettings(Section):
    """What OpenCode and the tools it runs have at hand."""

    packages: tuple[DebianPackage, ...] = Field(
        (), description="Debian packages added to the image when it is built."
    )
    setup: str | None = Field(
        None,
        min_length=1,
        description="Shell commands run as root, with network, when the image is built.",
        examples=["npm install -g typescript"],
    )
    dockerfile: str | None = Field(
        None,
        min_length=1,
        description="Path of a file with Dockerfile instructions appended to the image; "
        "relative to the settings file, whose directory is the build context.",
        examples=["sandbox.Dockerfile"],
    )
    resources: Resources = Field(
        Resources(memory="4g", pids=1024), description="Limits of each OpenCode container."
    )
    egress: EgressSettings = Field(EgressSettings(), description="The way out of the sandbox.")
