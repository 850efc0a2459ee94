"""Answers of a provider are recorded, and replayed once the provider is gone."""

from __future__ import annotations

import json
import subprocess
from typing import TYPE_CHECKING, Any

import openai
import pytest
from harness import Stack, free_port
from repositories import repository
from testcontainers.core.container import DockerContainer

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

KEY = "sk-or-v1-the-key-of-a-provider"
USAGE = {"prompt_tokens": 30, "completion_tokens": 10, "total_tokens": 40, "cost": 0.25}
WRITE = {"filePath": "word.txt", "content": "xylophone\n"}
ANSWERS: list[dict[str, Any]] = [
    {
        "match": {"userMessage": "out of luck"},
        "response": {"error": {"message": "no"}, "status": 400},
    },
    {
        "match": {"userMessage": "secret word", "toolName": "write", "hasToolResult": False},
        "response": {
            "toolCalls": [{"id": "call_word", "name": "write", "arguments": WRITE}],
            "usage": USAGE,
        },
    },
    {"match": {"endpoint": "chat"}, "response": {"content": "from the provider", "usage": USAGE}},
]
BUNDLED = "I am the simulator"


@pytest.fixture
def stack(another: Callable[..., Stack]) -> Stack:
    return another(settings={"stack": {"provider": "simulator"}})


@pytest.fixture
def provider(stack: Stack, tmp_path: Path) -> Iterator[DockerContainer]:
    """A provider that is no part of the stack, answers ANSWERS, and knows KEY only."""
    stack.up()
    fixtures, secrets = tmp_path / "fixtures", tmp_path / "secrets"
    for directory, name, text in (
        (fixtures, "answers.json", json.dumps({"fixtures": ANSWERS})),
        (secrets, "provider_openrouter_api_key", KEY),
    ):
        directory.mkdir()
        (directory / name).write_text(text)
    # Reached over the host, as a provider is: containers of other networks are not.
    address = stack.client.networks.get("bridge").attrs["IPAM"]["Config"][0]["Gateway"]
    port = free_port()
    made = (
        DockerContainer(stack.container("simulator").attrs["Config"]["Image"])
        .with_volume_mapping(str(fixtures), "/opt/simulator/fixtures")
        .with_volume_mapping(str(secrets), "/run/secrets")
    )
    made.ports["4010/tcp"] = (address, port)
    with made as running:
        stack.configure(
            {
                "stack": {"name": stack.name, "provider": "simulator"},
                "providers": {"openrouter": {"api_base": f"http://{address}:{port}/api/v1"}},
            }
        )
        yield running


def ask(stack: Stack, prompt: str) -> str:
    """The answer of a model to a client outside."""
    client = openai.OpenAI(
        base_url=f"{stack.gateway}/v1",
        api_key=stack.credentials["OPENAI_API_KEY"],
        max_retries=0,
    )
    with client:
        completion = client.chat.completions.create(
            model="claude-sonnet", messages=[{"role": "user", "content": prompt}]
        )
    return completion.choices[0].message.content or ""


def test_what_a_provider_answered_is_answered_when_it_is_gone(
    stack: Stack, provider: DockerContainer, tmp_path: Path
) -> None:
    environment = {"OPENROUTER_API_KEY": KEY}
    refused = stack.run("up", "--record", code=None, environment=environment)
    assert refused.returncode != 0
    assert "simulator → record" in refused.stderr
    assert stack.container("simulator").attrs["Config"]["Cmd"] == ["replay"]

    shown = stack.run("up", "--record", "--yes", environment=environment)
    copying = next(part for part in shown.stdout.split("docker cp ")[1:]).split()[0]

    # The provider answers, also what the bundled fixtures know, and what was asked before.
    for prompt in ("who is there?", "create hello.py that prints hello", "who is there? And now?"):
        assert ask(stack, prompt) == "from the provider"
    with pytest.raises(openai.APIStatusError):
        ask(stack, "out of luck")
    first, second = repository(tmp_path / "first"), repository(tmp_path / "second")
    result = stack.json("run", "write the secret word", "--dir", first)
    assert (first / "word.txt").read_text() == "xylophone\n"
    assert {entry["cost"] for entry in stack.ledger(result["session"])} == {0.25}

    subprocess.run(["docker", "cp", copying, str(tmp_path / "kept")], check=True)
    kept = {path.name: path.read_text() for path in (tmp_path / "kept").iterdir()}
    recorded = [fixture for text in kept.values() for fixture in json.loads(text)["fixtures"]]
    prompts = [fixture["match"]["userMessage"] for fixture in recorded]
    assert {"who is there?", "who is there? And now?"} < set(prompts)
    assert "out of luck" not in prompts
    log = stack.container("simulator").logs().decode()
    assert not [text for text in (*kept.values(), log) if KEY in text]

    provider.get_wrapped_container().kill()
    stack.up()

    assert ask(stack, "who is there?") == "from the provider"
    assert ask(stack, "create hello.py that prints hello") == "from the provider"
    assert BUNDLED in ask(stack, "what was never asked")
    stack.run("run", "write the secret word", "--dir", second)
    assert (second / "word.txt").read_text() == "xylophone\n"
    reached = stack.container("simulator").attrs["NetworkSettings"]["Networks"]
    assert [name.rpartition("_")[2] for name in reached] == ["upstream"]
