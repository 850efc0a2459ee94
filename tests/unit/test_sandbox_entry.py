"""What the opencode image's entry point decides, without processes."""

from __future__ import annotations

import base64
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import ModuleType

SANDBOX = Path(__file__).parents[2] / "stack" / "opencode" / "sandbox"
HASH = "$2b$10$" + "x" * 53


@pytest.fixture
def modules(monkeypatch: pytest.MonkeyPatch) -> Iterator[dict[str, ModuleType]]:
    """The image's modules, which find each other beside themselves."""
    names = ("client", "door", "server")
    monkeypatch.syspath_prepend(SANDBOX)
    yield {name: __import__(name) for name in names}
    for name in names:
        sys.modules.pop(name)


@pytest.fixture
def servers(modules: dict[str, ModuleType]) -> dict[str, Any]:
    config = modules["door"].configuration(HASH, "token-1", "127.0.0.1:4097")
    found: dict[str, Any] = config["apps"]["http"]["servers"]
    return found


def test_prometheus_may_read_two_paths_and_nothing_else(modules: dict[str, ModuleType]) -> None:
    other = "$2b$04$" + "y" * 53
    config = modules["door"].configuration(HASH, "token-1", "127.0.0.1:4097", other)
    door = config["apps"]["http"]["servers"]["metrics"]
    passed, refused = door["routes"]
    assert passed["match"] == [
        {"path": ["/global/health", "/session/status"], "method": ["GET"]},
    ]
    assert passed["handle"][0]["providers"]["http_basic"]["accounts"] == [
        {"username": "prometheus", "password": other}
    ]
    assert refused["handle"] == [{"handler": "static_response", "status_code": 404}]


def test_without_its_credential_there_is_no_door_for_prometheus(servers: dict[str, Any]) -> None:
    assert sorted(servers) == ["clients", "health"]


def test_clients_are_asked_before_they_are_passed_on(servers: dict[str, Any]) -> None:
    (route,) = servers["clients"]["routes"]
    login, proxy = route["handle"]

    assert "match" not in route
    assert login["providers"]["http_basic"]["accounts"] == [
        {"username": "opencode", "password": HASH}
    ]
    (credential,) = proxy["headers"]["request"]["set"]["Authorization"]
    assert base64.b64decode(credential.removeprefix("Basic ")) == b"opencode:token-1"
    assert proxy["flush_interval"] == -1


def test_without_a_password_only_health_is_answered_and_only_inside(
    servers: dict[str, Any],
) -> None:
    passed, rest = servers["health"]["routes"]

    assert servers["health"]["listen"] == ["127.0.0.1:4098"]
    assert passed["match"] == [{"path": ["/global/health"], "method": ["GET"]}]
    assert rest["handle"][0]["status_code"] == 404


def test_the_door_has_no_back_and_writes_nothing_down(modules: dict[str, ModuleType]) -> None:
    config = modules["door"].configuration(HASH, "token-1", "127.0.0.1:4097")

    assert config["admin"] == {"disabled": True, "config": {"persist": False}}
    assert "token-1" not in json.dumps(config)


@pytest.mark.parametrize("content", [None, "", "a-plain-password\n", "sha256:abc"])
def test_what_is_no_bcrypt_hash_is_refused(
    modules: dict[str, ModuleType], tmp_path: Path, content: str | None
) -> None:
    path = tmp_path / "hash"
    if content is not None:
        path.write_text(content)

    with pytest.raises(modules["server"].StartError, match="holds no bcrypt hash") as raised:
        modules["server"].read_hash(path)
    assert not content or content.strip() not in str(raised.value)


def test_a_hash_is_taken_without_its_line_end(
    modules: dict[str, ModuleType], tmp_path: Path
) -> None:
    path = tmp_path / "hash"
    path.write_text(HASH + "\n")

    assert modules["server"].read_hash(path) == HASH
