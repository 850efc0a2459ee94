"""A limit that comes near is told to the webhook, whatever that does with it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import httpx
import pytest
from fake_provider import COST, HOOK_SECRET
from harness import eventually

if TYPE_CHECKING:
    from fake_provider import Outage


def ask(outage: Outage, model: str) -> int:
    """The status of a call that costs half of the model's limit."""
    key = outage.credentials["OPENAI_API_KEY"]
    answer = httpx.post(
        f"{outage.gateway}/v1/chat/completions",
        headers={"Authorization": f"Bearer {key}"},
        json={"model": model, "messages": [{"role": "user", "content": "hi"}]},
        timeout=60,
    )
    return answer.status_code


def test_each_part_of_a_limit_is_told_once(outage: Outage) -> None:
    assert ask(outage, "warned") == 200
    (first,) = eventually(lambda: outage.warnings("warned"))
    assert ask(outage, "warned") == 200
    eventually(lambda: len(outage.warnings("warned")) == 2)
    assert [ask(outage, "warned") for _ in range(2)] == [402, 402]

    # The log has what was told, and is written first: nothing is on its way any more.
    log = outage.container("gateway").logs(stderr=False).decode().splitlines()
    told = [json.loads(line) for line in log if line.startswith('{"event": "budget"')]
    assert [each for each in told if each["name"] == "warned"] == outage.warnings("warned")
    assert [each["part"] for each in outage.warnings("warned")] == [0.5, 0.95]
    assert first.pop("time") < first.pop("ends")
    assert first == {
        "event": "budget",
        "scope": "model",
        "name": "warned",
        "window": "daily",
        "limit": 2 * COST,
        "spent": COST,
        "part": 0.5,
        "text": '50% of the daily limit of model "warned", $0.5 is spent',
    }


def test_status_warns_as_well(outage: Outage) -> None:
    ask(outage, "warned")
    limits = {each["name"]: each for each in outage.json("status")["budgets"]}
    assert limits["warned"]["passed"] in (0.5, 0.95)
    assert "WARNING: past" in outage.run("status").stdout


def test_a_receiver_that_fails_is_tried_again(outage: Outage) -> None:
    assert ask(outage, "fails-twice-warned") == 200
    eventually(lambda: len(outage.warnings("fails-twice-warned")) == 3)
    first, *others = outage.warnings("fails-twice-warned")
    assert others == [first, first]


@pytest.mark.timeout(60)
def test_a_receiver_that_hangs_holds_up_no_call(outage: Outage) -> None:
    assert ask(outage, "hangs-warned") == 200
    eventually(lambda: outage.warnings("hangs-warned"))
    # Each of these would take the ten seconds that a try has.
    assert [ask(outage, "good") for _ in range(10)] == [200] * 10
    assert len(outage.warnings("hangs-warned")) <= 2


def test_the_address_of_the_webhook_is_nowhere_but_among_the_secrets(outage: Outage) -> None:
    gateway = outage.container("gateway")
    assert HOOK_SECRET not in gateway.logs().decode()
    assert HOOK_SECRET not in json.dumps(gateway.attrs)
    files = [path for path in outage.state.rglob("*") if path.is_file()]
    having = [path for path in files if HOOK_SECRET.encode() in path.read_bytes()]
    assert {path.parent for path in having} == {Path(outage.state / "project" / "secrets")}
