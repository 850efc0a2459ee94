"""What commands say of a stack with a database."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from commands import call, up

from ralex_stack.errors import SecretError

if TYPE_CHECKING:
    from fakes import RecordingRunner

SETTINGS = '[gateway]\ndatabase = "postgres"\n'


@pytest.fixture
def team(runner: RecordingRunner) -> RecordingRunner:
    Path("ralex-stack.toml").write_text(SETTINGS)
    up(runner)
    return runner


def test_who_administers_it_is_given_address_and_master_key(team: RecordingRunner) -> None:
    given = json.loads(call(team, "env", "--admin", "--json").stdout)
    assert given["LITELLM_ADMIN_URL"] == "http://127.0.0.1:4001"
    assert given["LITELLM_MASTER_KEY"].startswith("sk-ralex-master-")
    clients = call(team, "env").stdout
    assert given["LITELLM_MASTER_KEY"] not in clients


def test_status_tells_where_the_admin_ui_is(team: RecordingRunner) -> None:
    shown = call(team, "status").stdout
    assert "http://127.0.0.1:4001/ui/" in shown
    assert "ralex-stack env --admin" in shown


def test_a_plan_shows_the_services_of_the_database_and_the_port(runner: RecordingRunner) -> None:
    Path("ralex-stack.toml").write_text(SETTINGS)
    plan = call(runner, "plan").stdout
    for part in ("postgres", "migrate", "port of admin: added: 127.0.0.1:4001"):
        assert part in plan


def test_without_a_database_there_is_nothing_to_administer(runner: RecordingRunner) -> None:
    up(runner)
    with pytest.raises(SecretError, match="no database to administer") as refusal:
        call(runner, "env", "--admin")
    assert refusal.value.code == "database-none"
    assert "admin UI" not in call(runner, "status").stdout
