"""What the settings add: tools in the sandbox, agents, commands, MCP servers, cache, budgets."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import httpx
import pytest
from harness import Stack
from repositories import repository
from stacks import brought_up

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from docker import DockerClient

PRICE = {"input": 1.0, "output": 2.0}
MCP_SERVER = """
import json, sys
for line in sys.stdin:
    call = json.loads(line)
    if "id" not in call:
        continue
    version = call.get("params", {}).get("protocolVersion", "2025-03-26")
    tool = {"name": "greet", "description": "Greets", "inputSchema": {"type": "object"}}
    results = {
        "initialize": {
            "protocolVersion": version,
            "capabilities": {"tools": {}},
            "serverInfo": {"name": "greeter", "version": "1"},
        },
        "tools/list": {"tools": [tool]},
    }
    answer = {"jsonrpc": "2.0", "id": call["id"], "result": results.get(call["method"], {})}
    print(json.dumps(answer), flush=True)
"""


@pytest.fixture(scope="module")
def customized(engine: DockerClient, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    directory = tmp_path_factory.mktemp("customized")
    (directory / "greeter.py").write_text(MCP_SERVER)
    (directory / "sandbox.dockerfile").write_text("COPY greeter.py /opt/greeter.py\n")
    settings: dict[str, Any] = {
        "models": {
            "main": {"upstream": "openrouter/test/main", "price": PRICE},
            "poor": {
                "upstream": "openrouter/test/poor",
                "price": PRICE,
                "output": 16,
            },
        },
        "tiers": {name: {"models": ["main"]} for name in ("cheap", "standard", "smart")},
        "budget": {"models": {"poor": {"daily": 0.0005}}},
        "routing": {"cache": {"enabled": True}},
        "sandbox": {
            "packages": ["cowsay"],
            "setup": "echo 'made by setup' > /opt/setup.txt",
            "dockerfile": "sandbox.dockerfile",
        },
        "opencode": {
            "agents": {"critic": {"description": "Reviews", "prompt": "You are the critic."}},
            "commands": {"tidy": {"description": "Tidies", "template": "Tidy up $ARGUMENTS"}},
            "mcp": {"greeter": {"command": ["python3", "/opt/greeter.py"]}},
            "instructions": "Answer in rhymes.",
        },
    }
    with brought_up(Stack(directory, engine, settings)) as made:
        yield made


def complete(stack: Stack, model: str, prompt: str, **body: Any) -> httpx.Response:
    return httpx.post(
        f"{stack.gateway}/v1/chat/completions",
        headers={"Authorization": f"Bearer {stack.credentials['OPENAI_API_KEY']}"},
        json={"model": model, "messages": [{"role": "user", "content": prompt}], **body},
        timeout=60,
    )


@pytest.mark.parametrize(
    ("command", "printed"),
    [
        (["/usr/games/cowsay", "moo"], "< moo >"),
        (["cat", "/opt/setup.txt"], "made by setup"),
        (["stat", "-c", "%n", "/opt/greeter.py"], "/opt/greeter.py"),
        (["cc", "--version"], "Free Software Foundation"),
        (["node", "--version"], "v"),
        (["python3", "-m", "venv", "--help"], "usage"),
    ],
)
def test_tools_are_in_the_sandbox(customized: Stack, command: list[str], printed: str) -> None:
    assert printed in customized.inside("opencode", *command)


def test_the_extended_image_is_as_hardened(customized: Stack) -> None:
    status = customized.inside("opencode", "cat", "/proc/self/status")
    assert "CapEff:\t0000000000000000" in status
    assert "NoNewPrivs:\t1" in status
    assert customized.inside("opencode", "id", "-u").strip() == "10001"


def test_opencode_gets_agents_commands_tools_and_instructions(
    customized: Stack, tmp_path: Path
) -> None:
    customized.forget()
    project = repository(tmp_path / "project")
    result = customized.json("run", "say something", "--dir", project, "--agent", "critic")
    assert result["ok"], result
    (asked,) = [e["body"] for e in customized.journal() if e["body"].get("tools")]
    system = str([m["content"] for m in asked["messages"] if m["role"] == "system"])
    assert "You are the critic." in system
    assert "Answer in rhymes." in system
    assert "greeter_greet" in {tool["function"]["name"] for tool in asked["tools"]}
    listed = httpx.get(
        f"{customized.opencode}/command",
        auth=("opencode", customized.credentials["OPENCODE_SERVER_PASSWORD"]),
        timeout=60,
    )
    assert "tidy" in {command["name"] for command in listed.json()}


def test_the_cache_answers_who_asks_for_it(customized: Stack) -> None:
    customized.forget()
    for _ in range(3):
        assert complete(customized, "main", "cached?", cache={"use-cache": True}).is_success
    cached = len(customized.journal())
    for _ in range(2):
        assert complete(customized, "main", "cached?").is_success
    assert (cached, len(customized.journal())) == (1, 3)


def test_a_spent_budget_refuses_also_after_a_restart(customized: Stack) -> None:
    answers = [complete(customized, "poor", f"prompt {n}").status_code for n in range(4)]
    while 402 not in answers and len(answers) < 60:
        answers.append(complete(customized, "poor", "another prompt").status_code)
    assert answers[0] == 200
    refused = complete(customized, "poor", "one more")
    assert refused.status_code == 402
    assert "budget" in refused.json()["error"]["message"]
    # At once, by Docker: LiteLLM writes what was spent once a second.
    customized.containers()["gateway"].restart()
    assert complete(customized, "poor", "after the restart").status_code == 402
    assert complete(customized, "main", "others are served").is_success


def test_without_the_long_lived_server_up_still_tests_the_whole_chain(
    another: Callable[..., Stack],
) -> None:
    minimal = another(settings={"stack": {"profiles": []}})
    said = minimal.run("up", "--yes").stderr
    assert "a call of tier:cheap went through the whole chain" in said
    assert set(minimal.containers()) == {"valkey", "simulator", "gateway", "edge"}
    assert not minimal.containers(one_off=True)
