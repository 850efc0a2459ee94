"""Tools in the sandbox reach listed hosts through the proxy, and are told of what is refused."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from containers import inside
from letting_out import ALLOWED, BELOW_A_DOMAIN, FORBIDDEN

if TYPE_CHECKING:
    from pathlib import Path

    from letting_out import LettingOut

WORD = "the world answers"

PYTHON = "import sys, urllib.request as u; print(u.urlopen(sys.argv[1]).read().decode().strip())"
NODE = "fetch(process.argv[1]).then(r => r.text()).then(t => console.log(t.trim()))"
PIP = "python3 -m pip install --quiet --no-cache-dir --disable-pip-version-check --target /tmp/got"

REACHING = {
    "curl": ('curl -fsS "$1://$2/word"', WORD),
    "python": (f"python3 -c '{PYTHON}' \"$1://$2/word\"", WORD),
    "node": (f"node -e '{NODE}' \"$1://$2/word\"", WORD),
    "git": (
        'rm -rf /tmp/clone; git clone --quiet "$1://$2/repository.git" /tmp/clone'
        " && git -C /tmp/clone log --format=%s",
        "Begin",
    ),
    "pip": (
        f'rm -rf /tmp/got; {PIP} --trusted-host "$2" --index-url "$1://$2/simple" tinypackage'
        " && PYTHONPATH=/tmp/got python3 -c 'import tinypackage; print(tinypackage.WORD)'",
        "installed",
    ),
}

REFUSED = {
    "curl": ('curl -sS "$1://$2/word"', "403"),
    "git": ('git clone "$1://$2/repository.git" /tmp/refused', "403"),
    "pip": (f'{PIP} --retries 1 --trusted-host "$2" --index-url "$1://$2/simple" seven', "403"),
    "npm": ('npm view seven --fetch-retries 0 --registry "$1://$2/"', "403"),
}


@pytest.mark.parametrize("scheme", ["http", "https"])
@pytest.mark.parametrize("tool", REACHING)
@pytest.mark.parametrize("place", ["opencode", "workspace"])
def test_tools_reach_a_listed_host(let_out: LettingOut, place: str, tool: str, scheme: str) -> None:
    script, expected = REACHING[tool]
    done = inside(let_out.places[place], "sh", "-c", script, "sh", scheme, ALLOWED)
    assert done.stdout.strip() == expected


@pytest.mark.parametrize("host", [BELOW_A_DOMAIN, BELOW_A_DOMAIN.upper(), f"{ALLOWED}:8080"])
def test_a_domain_has_its_subdomains_and_a_host_its_ports(let_out: LettingOut, host: str) -> None:
    done = inside(let_out.workspace, "curl", "-fsS", f"http://{host}/word")
    assert done.stdout.strip() == WORD


def test_a_refused_request_is_answered_with_what_was_refused_and_what_opens_it(
    let_out: LettingOut,
) -> None:
    asked = inside(let_out.workspace, "curl", "-sS", f"http://{FORBIDDEN}/word").stdout
    assert f"Refused: {FORBIDDEN} is not among the hosts" in asked
    assert "sandbox.egress.hosts" in asked
    assert len(asked.splitlines()) == 2


@pytest.mark.parametrize("tool", REFUSED)
def test_tools_say_that_the_proxy_refused(let_out: LettingOut, tool: str) -> None:
    script, expected = REFUSED[tool]
    done = inside(let_out.workspace, "sh", "-c", script, "sh", "https", FORBIDDEN, code=None)
    assert expected in done.stdout + done.stderr


def test_refused_hosts_are_in_the_log_counted_and_without_paths(let_out: LettingOut) -> None:
    host = "counted.example.org"
    for scheme in ("http", "https", "http"):
        url = f"{scheme}://user:word@{host}/path?token=secret"
        inside(let_out.workspace, "curl", "-sS", url, code=None)

    refused = let_out.stack.json("logs", "--egress")["refused"]
    found = {
        (entry["method"], entry["port"], entry["reason"], entry["count"])
        for entry in refused
        if entry["host"] == host
    }
    assert found == {("GET", 80, "host", 2), ("CONNECT", 443, "host", 1)}
    shown = let_out.stack.run("logs", "--egress").stdout
    assert f"{host}:443" in shown
    assert "not in the list" in shown
    raw = let_out.stack.run("logs", "egress", "--tail", "all").stdout
    assert host in raw
    assert not [word for word in ("secret", "user:word", "path?") if word in raw]


def test_opencode_fetches_from_a_listed_host(let_out: LettingOut, repo: Path) -> None:
    stack = let_out.stack
    call = {"url": f"https://{ALLOWED}/word", "format": "text"}
    fixtures = [
        {
            "match": {"userMessage": "fetch the word", "hasToolResult": False},
            "response": {
                "toolCalls": [{"id": "call_fetch", "name": "webfetch", "arguments": call}]
            },
        },
        {"match": {"toolResultContains": WORD}, "response": {"content": f"It says: {WORD}"}},
        {"match": {"endpoint": "chat"}, "response": {"content": "There is no word."}},
    ]
    stack.simulator("/__aimock/fixtures", "DELETE")
    stack.simulator("/__aimock/fixtures", "POST", {"fixtures": fixtures})

    result = stack.json("run", "fetch the word", "--dir", repo)

    assert f"It says: {WORD}" in json.dumps(result)


def test_doctor_proves_it_and_status_tells_it(let_out: LettingOut) -> None:
    findings = let_out.stack.json("doctor", code=None)["findings"]
    about = {f["found"]: f["level"] for f in findings if f["check"] == "sandbox"}
    for promise in (
        "the proxy refuses a host that is not in the list",
        "no address outside can be connected to",
        "no outside name is resolved",
    ):
        assert about[promise] == "ok"
    assert set(about.values()) == {"ok"}
    assert let_out.stack.json("status")["egress"] == "allowlist"


def test_the_proxy_is_hardened_and_reached_from_the_sandbox_only(let_out: LettingOut) -> None:
    attributes = let_out.stack.container("egress").attrs
    host, config = attributes["HostConfig"], attributes["Config"]
    assert (config["User"], host["ReadonlyRootfs"], host["CapDrop"]) == (
        "10001:10001",
        True,
        ["ALL"],
    )
    assert not host["PortBindings"]
    image = let_out.stack.client.images.get(config["Image"])
    base = let_out.stack.client.images.get("debian:trixie-slim")
    assert image.attrs["Size"] - base.attrs["Size"] <= 100_000_000
