"""What can be seen of a stack's life from outside."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import httpx
from harness import eventually

if TYPE_CHECKING:
    from harness import Json, Stack


def lives(stack: Stack) -> dict[str, tuple[str | None, str]]:
    """Service → which container it is, and since when it runs."""
    return {
        service: (container.id, container.attrs["State"]["StartedAt"])
        for service, container in stack.containers().items()
    }


def renewed(before: dict[str, Any], after: dict[str, Any]) -> set[str]:
    return {service for service in before | after if before.get(service) != after.get(service)}


def planned(stack: Stack, *options: str) -> dict[str, str]:
    """Service → what `plan` says would happen to it, where that is anything."""
    done = stack.run(*options, "plan", "--json", "--detailed-exitcode", code=None)
    plan: Json = json.loads(done.stdout)
    assert done.returncode == (2 if plan["changes"] else 0), done.stderr
    changes = [action for action in plan["actions"] if action["kind"] != "keep"]
    # pytest shows the reasons where a test fails.
    print(changes)
    return {action["service"]: action["kind"] for action in changes}


def healthy(stack: Stack, service: str) -> bool:
    return bool(stack.container(service).attrs["State"]["Health"]["Status"] == "healthy")


def call(stack: Stack, key: str | None = None) -> httpx.Response:
    """One small call with the clients' key."""
    return httpx.post(
        f"{stack.gateway}/v1/chat/completions",
        headers={"Authorization": f"Bearer {key or stack.credentials['OPENAI_API_KEY']}"},
        json={"model": "tier:cheap", "messages": [{"role": "user", "content": "hello"}]},
        timeout=60,
    )


def spend(stack: Stack, limit: str = "stack:stack") -> float:
    """USD that is counted against a limit (SCOPE:NAME), once no call is in flight."""
    script = (
        'export REDISCLI_AUTH="$(cat /run/secrets/valkey_password)"; '
        "valkey-cli zcard reservations; "
        f"for key in $(valkey-cli keys 'budget:{limit}:*'); do "
        'valkey-cli hget "$key" spent; done'
    )

    def counted() -> list[str]:
        held, *counts = stack.inside("valkey", "sh", "-c", script).split()
        return ["0", *counts] if held == "0" else []

    return sum(map(int, eventually(counted))) / 1_000_000_000


def server(stack: Stack) -> httpx.Client:
    """A client of the OpenCode server."""
    credentials = stack.credentials
    login = (credentials["OPENCODE_SERVER_USERNAME"], credentials["OPENCODE_SERVER_PASSWORD"])
    return httpx.Client(base_url=stack.opencode, auth=login, timeout=60)


def volumes(stack: Stack) -> set[str]:
    label = f"com.docker.compose.project={stack.project}"
    return {volume.name for volume in stack.client.volumes.list(filters={"label": label})}
