"""Up, plan, restart, down: what changes is what had to, and what was kept is still there.

The tests share one stack of their own and change it one after the other.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
from typing import TYPE_CHECKING

import pytest
from harness import Stack, eventually
from observe import call, lives, planned, renewed, server, spend, volumes
from stacks import brought_up

if TYPE_CHECKING:
    from collections.abc import Iterator

    from docker import DockerClient

MODEL = {"upstream": "openrouter/z-ai/glm-4.6"}
PRICE = {"input": 1, "output": 2}
SETTINGS = {"budget": {"daily": 50}, "models": {"one": MODEL | {"price": PRICE}}}
SERVICES = {"valkey", "simulator", "gateway", "opencode", "edge"}


@pytest.fixture(scope="module")
def own(engine: DockerClient, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """A stack with a budget, which these tests change."""
    with brought_up(Stack(tmp_path_factory.mktemp("own"), engine, SETTINGS)) as made:
        yield made


def test_a_second_up_restarts_nothing(own: Stack) -> None:
    before = lives(own)

    assert planned(own) == {}
    own.up()

    assert before.keys() == SERVICES
    assert lives(own) == before
    assert planned(own) == {}


def test_a_price_restarts_who_knows_prices(own: Stack) -> None:
    before = lives(own)
    own.configure({**own.settings, "models": {"one": MODEL | {"price": PRICE | {"output": 9}}}})

    assert planned(own).keys() == {"gateway", "opencode", "workspace"}
    assert "model one: output price $2/M tokens → $9/M tokens" in own.run("plan").stdout
    own.up()

    assert renewed(before, lives(own)) == {"gateway", "opencode"}


def test_a_port_restarts_only_the_edge(own: Stack) -> None:
    before = lives(own)
    own.move()

    assert planned(own) == {"edge": "change"}
    own.up()

    assert renewed(before, lives(own)) == {"edge"}
    assert call(own).status_code == 200


def test_a_rotated_key_is_planned_and_replaced(own: Stack) -> None:
    old = own.credentials["OPENAI_API_KEY"]
    before = lives(own)
    (own.state / "project" / "secrets" / "gateway_key_client").unlink()

    assert planned(own) == {"gateway": "restart"}
    assert "secret gateway_key_client changed" in own.run("plan").stdout
    own.up()

    assert renewed(before, lives(own)) == {"gateway"}
    assert own.credentials["OPENAI_API_KEY"] != old
    assert call(own, old).status_code == 401
    assert call(own).status_code == 200


def test_a_restart_loses_neither_budgets_nor_sessions(own: Stack) -> None:
    spent = spend(own)
    assert call(own).status_code == 200
    counted = eventually(lambda: spend(own) if spend(own) > spent else 0)
    with server(own) as client:
        session = client.post("/session", json={"title": "Kept"}).raise_for_status().json()["id"]
    before = lives(own)

    own.run("restart")

    after = lives(own)
    assert renewed(before, after) == SERVICES
    assert {s: c for s, (c, _) in after.items()} == {s: c for s, (c, _) in before.items()}
    assert spend(own) == pytest.approx(counted)
    with server(own) as client:
        kept = client.get(f"/session/{session}").raise_for_status().json()
    assert kept["title"] == "Kept"
    assert call(own).status_code == 200
    eventually(lambda: spend(own) > counted)


def test_restarting_one_service_leaves_the_others(own: Stack) -> None:
    before = lives(own)

    own.run("restart", "gateway")

    assert renewed(before, lives(own)) == {"gateway"}
    refused = own.run("restart", "gatway", code=1)
    assert "no service gatway" in refused.stderr


def test_up_brings_killed_containers_back(own: Stack) -> None:
    before = lives(own)
    for service in ("gateway", "valkey"):
        own.container(service).kill()

    assert own.json("status", code=1)["name"] == own.name
    assert planned(own) == {"gateway": "start", "valkey": "start"}
    own.up()

    assert renewed(before, lives(own)) == {"gateway", "valkey"}
    assert own.json("status")["services"]
    assert call(own).status_code == 200


def test_two_stacks_run_side_by_side(own: Stack, stack: Stack) -> None:
    stack.forget()
    own.forget()

    assert call(own).status_code == 200

    assert len(own.journal()) == 1
    assert stack.journal() == []
    assert call(own, stack.credentials["OPENAI_API_KEY"]).status_code == 401
    for each in (own, stack):
        states = {s["service"]: s["health"] for s in each.json("status")["services"]}
        assert states == dict.fromkeys(SERVICES, "healthy")


def begin(stack: Stack) -> subprocess.Popen[str]:
    """An `up` that has work to do and holds the stack."""
    stack.move()
    process = subprocess.Popen(
        stack.arguments("up", "--yes"),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        env=stack.environment,
        cwd=stack.directory,
    )
    eventually((stack.state / "holder.json").exists)
    return process


def test_the_second_of_two_ups_refuses_and_names_the_first(own: Stack) -> None:
    with begin(own) as first:
        second = own.run("up", "--yes", code=1)
        output, _ = first.communicate()

    assert f"held by `ralex-stack up` (process {first.pid}, since " in second.stderr
    assert first.returncode == 0, output
    assert call(own).status_code == 200


def test_an_up_after_one_that_was_killed_brings_the_stack_about(own: Stack) -> None:
    edge = own.container("edge").id
    with begin(own) as first:
        eventually(lambda: (found := own.containers().get("edge")) is None or found.id != edge)
        os.kill(first.pid, signal.SIGKILL)
        first.communicate()

    own.up()

    assert planned(own) == {}
    assert call(own).status_code == 200


def test_an_interrupted_up_says_so_and_the_next_one_goes_on(own: Stack) -> None:
    with begin(own) as first:
        first.send_signal(signal.SIGINT)
        output, _ = first.communicate()

    assert first.returncode == 130, output
    assert not (own.state / "holder.json").exists()
    own.up()
    assert call(own).status_code == 200


def test_the_same_name_from_another_file_is_refused(own: Stack) -> None:
    other = own.directory / "other.toml"
    other.write_text(own.file.read_text())
    before = lives(own)

    for command in (["up", "--yes"], ["plan"], ["down"], ["restart"]):
        refused = own.run("--settings", str(other), *command, code=1)
        assert f"belongs to {own.file}" in refused.stderr

    assert lives(own) == before


def test_going_to_the_real_provider_needs_a_yes(own: Stack) -> None:
    before = lives(own)
    key = {"OPENROUTER_API_KEY": "sk-or-of-nobody"}
    nowhere = ["--set", "providers.openrouter.api_base=http://127.0.0.1:9"]

    plan = json.loads(own.run(*nowhere, "plan", "--json", environment=key).stdout)
    refused = own.run(*nowhere, "up", code=1, environment=key)

    assert len(plan["confirmations"]) == 1
    assert "simulator → real" in plan["confirmations"][0]
    assert "simulator → real" in refused.stderr
    assert "--yes" in refused.stderr
    assert key["OPENROUTER_API_KEY"] not in refused.stderr + json.dumps(plan)
    assert lives(own) == before
    assert planned(own) == {}


def test_down_keeps_data_and_asks_before_it_goes(own: Stack) -> None:
    with server(own) as client:
        session = client.post("/session", json={"title": "Again"}).raise_for_status().json()["id"]
    counted, kept, secrets = spend(own), volumes(own), own.secrets

    refused = own.run("down", "--volumes", code=1)
    assert "--yes" in refused.stderr
    assert own.containers().keys() == SERVICES

    own.run("down")
    assert own.containers() == {}
    assert volumes(own) == kept
    assert len(kept) >= 3
    own.up()
    assert own.secrets == secrets
    assert spend(own) == pytest.approx(counted, abs=0.01)
    with server(own) as client:
        assert client.get(f"/session/{session}").raise_for_status().json()["title"] == "Again"

    own.run("down", "--volumes", "--yes")
    assert own.containers() == {}
    assert volumes(own) == set()
    assert not (own.state / "project" / "secrets").exists()
    networks = own.client.networks.list(names=[own.project])
    assert networks == []
