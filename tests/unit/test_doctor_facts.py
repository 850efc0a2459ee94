"""How the facts are gathered."""

from __future__ import annotations

import socket
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import TYPE_CHECKING

import httpx
import pytest
from clients import INFO, client
from controllers import up
from fakes import RecordingRunner

from ralex_stack.doctor import sandbox_facts, stack_facts
from ralex_stack.doctor.checks import findings
from ralex_stack.doctor.gather import gather
from ralex_stack.errors import EngineError, SettingsError
from ralex_stack.settings.load import load

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from controllers import Make
    from fake_engine import FakeEngine

    from ralex_stack.settings.load import Loaded

KEY = "sk-or-v1-0123456789abcdef"


@pytest.mark.parametrize(
    ("prefix", "value", "doubted"),
    [
        ("openrouter", KEY, False),
        ("openrouter", "sk-0123456789abcdef", True),
        ("anthropic", "sk-ant-0123456789abcdef", False),
        ("openai", "tiny", True),
        ("openai", "your-api-key-goes-here", True),
        ("openai", "<put the key here>", True),
        ("openai", "changeme-changeme-changeme", True),
    ],
)
def test_what_looks_unlike_a_key(prefix: str, value: str, doubted: bool) -> None:
    doubt = stack_facts.doubt(prefix, value)
    assert bool(doubt) == doubted
    assert value not in doubt


def sources(make: Make, text: str = "", environment: dict[str, str] | None = None) -> list[str]:
    return [key.source for key in stack_facts.keys(make(text, environment))]


def test_where_keys_come_from(make: Make) -> None:
    assert sources(make) == ["missing"]
    assert sources(make, "", {"OPENROUTER_API_KEY": KEY}) == ["found"]
    failing = '[providers.openrouter]\napi_key = { file = "." }'
    assert sources(make, failing) == ["failed"]
    assert sources(make, '[stack]\nprovider = "simulator"') == []
    up(make("", {"OPENROUTER_API_KEY": KEY}))
    assert sources(make) == ["stored"]
    assert KEY not in repr(stack_facts.keys(make("", {"OPENROUTER_API_KEY": KEY})))


def test_the_state_directory(make: Make) -> None:
    assert not stack_facts.state(make()).exists
    up(make())
    found = stack_facts.state(make())
    assert (found.exists, found.own, found.mode, found.secrets_mode) == (True, True, 0o700, 0o700)
    other = stack_facts.state(make(file="other/ralex-stack.toml"))
    assert "belongs to" in other.problem
    assert other.hint
    (make().state.path / "state.json").write_text("{")
    assert "is damaged" in stack_facts.state(make()).problem


@pytest.fixture
def taken() -> Iterator[int]:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        yield int(listener.getsockname()[1])


def test_ports(make: Make, taken: int, engine: FakeEngine) -> None:
    with socket.create_server(("127.0.0.1", 0)) as short:
        free = short.getsockname()[1]
    text = f"[network]\ngateway_port = {taken}\nopencode_port = {free}"
    gateway, opencode = stack_facts.ports(make(text), ())
    assert (gateway.number, gateway.setting, gateway.held) == (taken, "gateway_port", "by another")
    assert gateway.why
    assert opencode.held == "no"
    up(make(text))
    held = stack_facts.ports(make(text), make(text).facts.containers())
    assert {port.held for port in held} == {"by this stack"}


class Answering(BaseHTTPRequestHandler):
    """Asks for credentials, as the edge does."""

    def do_GET(self) -> None:
        self.send_response(200 if self.headers["Authorization"] else 401)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - its name there
        """Say nothing."""


@pytest.fixture
def address() -> Iterator[str]:
    with HTTPServer(("127.0.0.1", 0), Answering) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


def test_what_is_answered_with_credentials_and_without(
    address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:1")
    for credentials in (
        {"headers": httpx.Headers({"Authorization": "Bearer x"})},
        {"auth": httpx.BasicAuth("opencode", "x")},
    ):
        found = stack_facts.answer("gateway", address, **credentials)
        assert (found.status, found.status_without, found.problem) == (200, 401, "")


def test_what_does_not_answer() -> None:
    with socket.create_server(("127.0.0.1", 0)) as short:
        port = short.getsockname()[1]
    found = stack_facts.answer("gateway", f"http://127.0.0.1:{port}")
    assert found.status is None
    assert found.problem


KEPT = (
    "capabilities=0000000000000000\nprivileges=1\nroot=closed\nroute=none\nnames=none\n"
    "closed=403\nopen=200\naddress=closed\nresolved=none\n"
)
PROXIED = KEPT + "refused=403\nliteral=403\n"


def test_promises_of_the_sandbox() -> None:
    assert all(probe.kept for probe in sandbox_facts.read(KEPT, "none"))
    changed = KEPT.replace("root=closed", "root=open")
    broken = [probe for probe in sandbox_facts.read(changed, "none") if not probe.kept]
    assert [probe.promise for probe in broken] == ["the root file system is read-only"]
    untried = sandbox_facts.read("", "allowlist")
    assert {(probe.kept, probe.found) for probe in untried} == {(False, "it could not be tried")}


def test_all_of_it_on_a_stack_that_is_up(
    make: Make, engine: FakeEngine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    monkeypatch.delenv("OPENROUTER_API_KEY", raising=False)
    with (
        socket.create_server(("127.0.0.1", 0)) as one,
        socket.create_server(("127.0.0.1", 0)) as two,
    ):
        ports = one.getsockname()[1], two.getsockname()[1]
    text = f"[network]\ngateway_port = {ports[0]}\nopencode_port = {ports[1]}"
    up(make(text))
    runner = client(engine.runner(), INFO).on("exec", stdout=KEPT)
    runner.on("exec", "curl", stdout='{"choices": [{}]}')
    facts = gather(lambda: make(text).loaded, runner)
    assert facts.up
    assert {service.name for service in facts.services} >= {"edge", "gateway"}
    assert {port.held for port in facts.ports} == {"by this stack"}
    assert facts.images_missing == ()
    assert len(facts.probes) == 9
    assert facts.call is not None
    assert facts.call.problem == ""
    wrong = [finding.check for finding in findings(facts) if finding.level == "error"]
    assert wrong == ["gateway", "opencode"]  # nothing listens where the stand-in publishes


def test_with_invalid_settings_the_machine_is_still_looked_at(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken() -> Loaded:
        raise SettingsError("1 problem", hint="correct it")

    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    facts = gather(broken, client(RecordingRunner(), INFO))
    assert (facts.settings_problem, facts.settings_hint) == ("1 problem", "correct it")
    assert facts.docker.engine is not None


def test_without_an_engine_the_rest_is_still_looked_at(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    missing = RecordingRunner().on("docker", error=EngineError("not found"))
    facts = gather(lambda: load(None, {}), missing)
    assert facts.docker.client is None
    assert facts.state is not None
    assert facts.keys
    assert not list(tmp_path.iterdir())
