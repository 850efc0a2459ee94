"""What the images do by themselves: keep data, keep passwords to themselves, record a provider."""

from __future__ import annotations

import json
import time
import uuid
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from docker import DockerClient
    from docker.models.containers import Container
    from harness import Stack

SECRET = f"secret-{uuid.uuid4().hex}"


@pytest.fixture
def volume(engine: DockerClient) -> Iterator[str]:
    made = engine.volumes.create(f"test-{uuid.uuid4().hex[:8]}")
    yield made.name
    made.remove(force=True)


@pytest.fixture
def start(
    stack: Stack, engine: DockerClient, tmp_path: Path, volume: str
) -> Iterator[Callable[..., Container]]:
    """Starts containers of the stack's images, alone on a network and hardened."""
    secrets = tmp_path / "secrets"
    secrets.mkdir(mode=0o755)
    for name in ("valkey_password", "provider_openrouter_api_key"):
        (secrets / name).write_text(SECRET)
    network = engine.networks.create(f"test-{uuid.uuid4().hex[:8]}", internal=True)
    made: list[Container] = []

    def run(service: str, *command: str, **options: Any) -> Container:
        container = engine.containers.run(
            stack.container(service).attrs["Config"]["Image"],
            list(command) or None,
            detach=True,
            init=True,
            network=network.name,
            read_only=True,
            cap_drop=["ALL"],
            security_opt=["no-new-privileges"],
            tmpfs={"/tmp": "mode=1777", **options.pop("tmpfs", {})},  # noqa: S108
            volumes={str(secrets): {"bind": "/run/secrets"}, **options.pop("volumes", {})},
            **options,
        )
        made.append(container)
        return container

    yield run
    for container in made:
        container.remove(force=True, v=True)
    network.remove()


def until_healthy(container: Container, *probe: str) -> None:
    deadline = time.monotonic() + 60
    while container.exec_run(list(probe)).exit_code != 0:
        assert time.monotonic() < deadline, container.logs().decode()
        time.sleep(0.2)


def valkey(container: Container, *command: str) -> str:
    environment = {"REDISCLI_AUTH": SECRET}
    done = container.exec_run(["valkey-cli", *command], environment=environment)
    text: str = done.output.decode().strip()
    return text


def test_valkey_keeps_its_data_when_killed(start: Callable[..., Container], volume: str) -> None:
    container = start("valkey", volumes={volume: {"bind": "/data"}})
    until_healthy(container, "health")
    assert valkey(container, "set", "spent", "0.25") == "OK"
    # Written within a second: that much may be lost by a crash, and is said in the configuration.
    assert valkey(container, "waitaof", "1", "0", "5000").splitlines()[0] == "1"
    container.kill()
    container.start()
    until_healthy(container, "health")

    assert valkey(container, "get", "spent") == "0.25"
    assert valkey(container, "config", "get", "maxmemory-policy").split()[-1] == "noeviction"


def test_the_cache_keeps_nothing_on_disk(start: Callable[..., Container]) -> None:
    container = start("valkey", "cache", "--maxmemory", "64mb")
    until_healthy(container, "health")

    settings = valkey(container, "config", "get", "maxmemory*", "appendonly", "save").split("\n")
    pairs = dict(zip(settings[::2], settings[1::2], strict=False))
    assert pairs["maxmemory"] == str(64 * 1024 * 1024)
    assert pairs["maxmemory-policy"] == "allkeys-lru"
    assert pairs["appendonly"] == "no"


def test_valkey_asks_for_the_password_and_shows_it_nowhere(
    start: Callable[..., Container], volume: str
) -> None:
    container = start("valkey", volumes={volume: {"bind": "/data"}})
    until_healthy(container, "health")

    assert "NOAUTH" in container.exec_run(["valkey-cli", "ping"]).output.decode()
    container.reload()
    shown = json.dumps([container.attrs, container.top()]) + container.logs().decode()
    assert SECRET not in shown
    environment = container.exec_run(["cat", "/proc/1/environ", "/proc/self/environ"]).output
    assert SECRET.encode() not in environment


@pytest.mark.parametrize("service", ["valkey", "opencode"])
def test_a_server_without_its_secret_does_not_start(
    start: Callable[..., Container], tmp_path: Path, service: str
) -> None:
    for path in (tmp_path / "secrets").iterdir():
        path.write_text("")
    container = start(service, tmpfs={"/data": "mode=1777"})

    assert container.wait(timeout=60)["StatusCode"] == 1
    assert "/run/secrets/" in container.logs().decode()


ASK = """
const [host, key] = process.argv.slice(1)
fetch(`http://${host}:4010/api/v1/chat/completions`, {
  method: "POST",
  headers: {"content-type": "application/json", authorization: `Bearer ${key}`},
  body: JSON.stringify({model: "vendor/model", messages: [{role: "user", content: "hello"}]}),
}).then(async (r) => console.log(JSON.stringify({status: r.status, body: await r.json()})))
"""


def ask(container: Container, host: str, key: str) -> dict[str, Any]:
    answer: dict[str, Any] = json.loads(
        container.exec_run(["node", "-e", ASK, host, key]).output.decode()
    )
    return answer


def test_the_simulator_records_a_provider_and_replays_it(
    start: Callable[..., Container], volume: str
) -> None:
    """Another simulator stands in for the provider; what it said is kept when it is gone."""
    provider = start("simulator", name=f"provider-{uuid.uuid4().hex[:8]}")
    until_healthy(provider, "http-probe", "4010", "/health")
    upstream = f"http://{provider.name}:4010"
    recordings = {volume: {"bind": "/recordings"}}
    recorder = start("simulator", "record", upstream, volumes=recordings)
    until_healthy(recorder, "http-probe", "4010", "/health")

    assert ask(recorder, "127.0.0.1", "sk-another")["status"] == 401
    recorded = ask(recorder, "127.0.0.1", SECRET)
    provider.kill()
    assert ask(recorder, "127.0.0.1", SECRET)["status"] == 502
    replayer = start("simulator", "replay", volumes=recordings)
    until_healthy(replayer, "http-probe", "4010", "/health")
    replayed = ask(replayer, "127.0.0.1", SECRET)

    assert recorded["status"] == 200
    said = recorded["body"]["choices"][0]["message"]["content"]
    assert "simulator" in said
    assert recorder.logs().decode().count("recorded /recordings/") == 1
    assert replayed["body"]["choices"][0]["message"]["content"] == said
    files = recorder.exec_run(["sh", "-c", "cat /recordings/*.json"]).output.decode()
    assert json.loads(files)["fixtures"][0]["match"]["userMessage"] == "hello"
    assert SECRET not in files


@pytest.mark.parametrize("service", ["gateway", "opencode", "valkey"])
def test_images_list_their_debian_packages(stack: Stack, service: str) -> None:
    """Name, version, architecture and SHA-256 of each."""
    listing = stack.inside(service, "cat", "/usr/share/ralex-stack/apt-packages.txt")
    packages = [line.split(" ") for line in listing.splitlines()]

    assert len(packages) > 80
    assert {len(fields) for fields in packages} == {4}
    assert all(len(fields[3]) == 64 for fields in packages if fields[3] != "-")
