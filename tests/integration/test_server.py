"""The long-lived OpenCode server on its published port."""

from __future__ import annotations

import json
import subprocess
import uuid
from typing import TYPE_CHECKING

import httpx
import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

    from harness import Json, Stack

HELLO = "create hello.py that prints hello"


@pytest.fixture
def server(stack: Stack) -> Iterator[httpx.Client]:
    credentials = stack.credentials
    login = (credentials["OPENCODE_SERVER_USERNAME"], credentials["OPENCODE_SERVER_PASSWORD"])
    with httpx.Client(base_url=credentials["OPENCODE_URL"], auth=login, timeout=180) as client:
        yield client


@pytest.fixture
def directory(stack: Stack) -> str:
    """A fresh directory in the server's workspace."""
    path = f"/workspace/{uuid.uuid4().hex}"
    stack.inside("opencode", "mkdir", path)
    return path


def ask(server: httpx.Client, directory: str, prompt: str) -> Json:
    """The answer to a prompt in a new session."""
    where = {"directory": directory}
    session = server.post("/session", params=where, json={}).raise_for_status().json()["id"]
    message = {"parts": [{"type": "text", "text": prompt}]}
    answer = server.post(f"/session/{session}/message", params=where, json=message)
    found: Json = answer.raise_for_status().json()
    return found


@pytest.mark.parametrize("path", ["/", "/global/health", "/session", "/config", "/doc", "/event"])
def test_nothing_answers_without_the_password(stack: Stack, path: str) -> None:
    for login in (None, ("opencode", "wrong"), ("opencode", ""), ("", "")):
        assert httpx.get(stack.opencode + path, auth=login).status_code == 401


def test_the_server_is_healthy_with_the_password(server: httpx.Client) -> None:
    assert server.get("/global/health").raise_for_status().json()["healthy"] is True


def test_the_web_ui_is_served(server: httpx.Client) -> None:
    page = server.get("/").raise_for_status()

    assert "text/html" in page.headers["content-type"]
    assert "OpenCode" in page.text


def test_a_message_changes_a_file_in_the_workspace(
    stack: Stack, server: httpx.Client, directory: str
) -> None:
    answer = ask(server, directory, HELLO)

    texts = [part["text"] for part in answer["parts"] if part["type"] == "text"]
    assert any("hello.py" in text for text in texts)
    assert stack.inside("opencode", "cat", f"{directory}/hello.py") == 'print("hello")\n'


def test_only_the_models_of_the_gateway_are_offered(server: httpx.Client) -> None:
    providers = server.get("/config/providers").raise_for_status().json()["providers"]

    assert [provider["id"] for provider in providers] == ["litellm"]
    assert "tier:smart" in providers[0]["models"]
    assert providers[0]["options"]["apiKey"] == "sandbox"


def test_a_shell_of_the_server_sees_no_secret(
    stack: Stack, server: httpx.Client, directory: str
) -> None:
    stack.forget()

    ask(server, directory, "show the environment")

    messages = [m for entry in stack.journal() for m in entry["body"]["messages"]]
    shown = json.dumps([m["content"] for m in messages if m["role"] == "tool"])
    assert "PATH=" in shown
    assert "uid=10001" in shown
    secrets = stack.secrets
    hashed = secrets.pop("opencode_server_password_hash")
    assert hashed.startswith("$2")
    assert [name for name, value in secrets.items() if value in shown] == []
    assert "SERVER_PASSWORD=" not in shown


def test_opencode_attaches_with_the_generated_password(stack: Stack, directory: str) -> None:
    """`opencode run --attach`, from a container that is not part of the stack."""
    image = stack.container("opencode").attrs["Config"]["Image"]
    credentials = stack.credentials
    environment = [
        part
        for name in ("OPENCODE_SERVER_USERNAME", "OPENCODE_SERVER_PASSWORD")
        for part in ("--env", name)
    ]
    attach = ["opencode", "run", "--attach", stack.opencode, "--dir", directory, HELLO]

    done = subprocess.run(
        ["docker", "run", "--rm", "--network", "host", *environment, image, *attach],
        capture_output=True,
        text=True,
        env={**stack.environment, **credentials},
        stdin=subprocess.DEVNULL,
        check=False,
    )

    assert done.returncode == 0, done.stderr
    assert stack.inside("opencode", "cat", f"{directory}/hello.py") == 'print("hello")\n'
