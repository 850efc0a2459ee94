"""Migrations end before any gateway starts, whatever comes between; what is kept survives."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from harness import eventually
from observe import lives, planned, renewed

if TYPE_CHECKING:
    from team_stack import Team

OBSTACLE = "LiteLLM_BudgetTable"
HOLD_UP = """DO $$ BEGIN
    WHILE (SELECT count(*) FROM _prisma_migrations) <= 20 LOOP PERFORM pg_sleep(0.001); END LOOP;
    LOCK TABLE _prisma_migrations IN SHARE MODE;
    PERFORM pg_sleep(600);
END $$"""
"""Lets no more than about 20 migrations be recorded, so that one is under way."""
LET_GO = """SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE 'DO %';"""
APPLIED = "SELECT count(*) FROM _prisma_migrations WHERE finished_at IS NOT NULL;"


def test_a_second_up_runs_nothing(team: Team) -> None:
    before = lives(team)
    assert planned(team) == {}
    team.up()
    assert renewed(before, lives(team)) == set()


def test_keys_and_spend_outlive_restarts_of_gateway_and_database(team: Team) -> None:
    key, poor = team.new_key(key_alias="kept", max_budget=100), team.new_key(max_budget=1e-9)
    assert team.ask(key).status_code == team.ask(poor).status_code == 200
    # What is not written yet when both stop is lost: LiteLLM has nowhere to put it.
    eventually(lambda: team.counted(poor) > 0)
    team.run("restart", "gateway", "postgres")
    assert team.ask(key).status_code == 200
    assert team.ask(poor).status_code == 402
    eventually(lambda: len(team.spend(key)) == 2)


def test_the_stacks_own_keys_need_no_database_and_it_is_found_again(team: Team) -> None:
    team.container("postgres").stop()
    assert team.ask(team.credentials["OPENAI_API_KEY"]).status_code == 200
    assert team.ask("sk-nobody-knows-this").status_code == 503
    team.container("postgres").start()
    key = eventually(lambda: _made(team))
    assert team.ask(key).status_code == 200
    eventually(lambda: len(team.spend(key)) == 1)


def _made(team: Team) -> str:
    answer = team.administer("POST", "/key/generate", {})
    return str(answer.json()["key"]) if answer.status_code == 200 else ""


@pytest.mark.long
def test_what_is_in_the_way_of_migrations_ends_up_and_a_stop_is_gone_on_from(team: Team) -> None:
    whole = int(team.query(APPLIED)[0])
    team.container("gateway").stop()
    team.query("DROP SCHEMA public CASCADE; CREATE SCHEMA public; DROP SCHEMA ralex_stack CASCADE;")

    # A gateway that somebody starts says why it does not serve.
    team.container("gateway").start()
    eventually(lambda: "explain database-unmigrated" in team.log("gateway"))
    team.container("gateway").stop()

    team.query(f'CREATE TABLE "{OBSTACLE}" (x INT);')
    failed = team.run("up", "--yes", code=1)
    assert "migrate failed" in failed.stderr
    assert "_baseline failed: column" in failed.stderr
    assert "ralex-stack explain migration-failed" in failed.stderr
    team.query(f'DROP TABLE "{OBSTACLE}";')

    migrate = team.container("migrate")
    team.container("postgres").exec_run(["as-gateway", "psql", "--command", HOLD_UP], detach=True)
    migrate.start()
    eventually(lambda: _count(team) > 20)
    migrate.kill()
    team.query(LET_GO)
    interrupted = _count(team)
    assert 20 < interrupted < whole
    assert team.containers()["migrate"].status == "exited"

    team.up()
    assert _count(team) == whole
    assert team.query("SELECT count(*) FROM pg_index WHERE NOT indisvalid;") == ["0"]
    assert team.ask(team.new_key()).status_code == 200
    eventually(lambda: team.query("SELECT 1 FROM ralex_stack.calls WHERE key ~ '^virtual:';"))


def _count(team: Team) -> int:
    exists = team.query("SELECT to_regclass('_prisma_migrations');")
    return int(team.query(APPLIED)[0]) if exists != [""] and exists else 0
