"""What was refused on the way out: read from the log, counted, shown."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import click
import pytest
from commands import call

from ralex_stack.egress_log import WHY, Refusal, read, summary
from ralex_stack.errors import EngineError
from ralex_stack.render.egress import REFUSALS

if TYPE_CHECKING:
    from fake_engine import FakeEngine
    from fakes import RecordingRunner

ALLOWLIST = (
    "--set",
    "sandbox.egress.mode=allowlist",
    "--set",
    'sandbox.egress.hosts=["a.example"]',
)
ENTRY = {
    "time": "2026-01-02T03:04:05Z",
    "method": "CONNECT",
    "host": "forbidden.example.org",
    "port": "443",
    "status": "403",
    "refused": "host",
}
REFUSED = Refusal("2026-01-02T03:04:05Z", "CONNECT", "forbidden.example.org", 443, "host")


def line(**changed: Any) -> str:
    return json.dumps({**ENTRY, **changed})


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (line(), REFUSED),
        (line(host="%5B::1%5D"), Refusal(REFUSED.time, "CONNECT", "[::1]", 443, "host")),
        (line(port="-"), Refusal(REFUSED.time, "CONNECT", REFUSED.host, None, "host")),
        (line(status="200", refused="-"), None),
        ("2026/01/02 03:04:05| Starting Squid Cache", None),
        ("[1] unbound[13:0] info: start of service", None),
        ("{}", None),
        ("[]", None),
        ("3", None),
        (line(port=443), None),
        (line()[:40], None),
    ],
)
def test_a_line_of_the_log(text: str, expected: Refusal | None) -> None:
    assert read(text) == expected


def test_every_reason_of_the_proxy_has_words() -> None:
    assert WHY.keys() == REFUSALS.keys()


def test_refusals_of_the_same_kind_are_counted_the_newest_last() -> None:
    later = Refusal("2026-01-02T03:05:00Z", "CONNECT", "forbidden.example.org", 443, "host")
    other = Refusal("2026-01-02T03:04:30Z", "GET", "forbidden.example.org", 80, "host")
    counted = summary([REFUSED, other, later])
    assert [(each.last, each.count) for each in counted] == [(other, 1), (later, 2)]


@pytest.fixture
def proxied(runner: RecordingRunner) -> RecordingRunner:
    assert call(runner, *ALLOWLIST, "up").exit_code == 0
    log = "\n".join([line(), line(status="200", refused="-"), line(), line(host="x.example")])
    return runner.on("docker", "logs", "ralex-egress-1", stdout=log)


def test_refusals_as_a_table(proxied: RecordingRunner) -> None:
    result = call(proxied, "logs", "--egress")
    assert result.exit_code == 0
    (row,) = [row for row in result.stdout.splitlines() if "forbidden.example.org:443" in row]
    for part in ("2026-01-02 03:04:05", " 2 ", "CONNECT", "not in the list"):
        assert part in row


@pytest.mark.parametrize("host", ["[fd00:ec2::254]", "[bold]", "[/x]"])
def test_a_host_is_no_markup(proxied: RecordingRunner, host: str) -> None:
    proxied.on("docker", "logs", stdout=line(host=host))
    assert f" {host}:443 " in call(proxied, "logs", "--egress").stdout


@pytest.mark.parametrize(("color", "styled"), [("always", True), ("never", False)])
def test_colours_of_the_table_are_chosen(
    proxied: RecordingRunner, color: str, styled: bool
) -> None:
    shown = call(proxied, "--color", color, "logs", "--egress").stdout
    assert ("\x1b[" in shown) is styled


def test_refusals_as_json(proxied: RecordingRunner) -> None:
    data = json.loads(call(proxied, "logs", "--egress", "--json").stdout)
    assert data["mode"] == "allowlist"
    first, second = data["refused"]
    assert first == {
        "time": "2026-01-02T03:04:05Z",
        "method": "CONNECT",
        "host": "forbidden.example.org",
        "port": 443,
        "reason": "host",
        "why": "not in the list",
        "count": 2,
    }
    assert (second["host"], second["count"]) == ("x.example", 1)


def test_refusals_one_by_one(proxied: RecordingRunner) -> None:
    told = call(proxied, "logs", "--egress", "--follow").stdout.splitlines()
    assert len(told) == 3
    assert told[0] == "2026-01-02 03:04:05  CONNECT forbidden.example.org:443: not in the list"
    assert len(proxied.asked("docker", "logs", "--follow", "ralex-egress-1")) == 1
    lines = call(proxied, "logs", "--egress", "--follow", "--json").stdout.splitlines()
    assert [json.loads(each)["host"] for each in lines][2] == "x.example"


def test_nothing_refused_is_told(proxied: RecordingRunner) -> None:
    proxied.on("docker", "logs", stdout="")
    assert "nothing was refused" in call(proxied, "logs", "--egress").stdout


def test_a_proxy_that_is_gone_is_told(proxied: RecordingRunner, command_engine: FakeEngine) -> None:
    there = command_engine.containers
    command_engine.containers = [c for c in there if "-egress-" not in c["Id"]]
    with pytest.raises(EngineError, match="no container"):
        call(proxied, "logs", "--egress")


@pytest.mark.parametrize("mode", ["none", "open"])
def test_without_a_proxy_it_is_told_how_to_get_one(runner: RecordingRunner, mode: str) -> None:
    assert call(runner, "--set", f"sandbox.egress.mode={mode}", "up", "--yes").exit_code == 0
    assert 'mode = "allowlist"' in call(runner, "logs", "--egress").stdout
    data = json.loads(call(runner, "logs", "--egress", "--json").stdout)
    assert data == {"mode": mode, "refused": []}
    assert not runner.asked("logs")


@pytest.mark.parametrize("arguments", [["--json"], ["--egress", "edge"]])
def test_options_that_do_not_fit(runner: RecordingRunner, arguments: list[str]) -> None:
    result = call(runner, "logs", *arguments)
    assert result.exit_code == click.UsageError.exit_code


def test_status_tells_the_mode(proxied: RecordingRunner) -> None:
    assert "ralex-stack logs --egress" in call(proxied, "status").stdout
    assert json.loads(call(proxied, "status", "--json").stdout)["egress"] == "allowlist"
