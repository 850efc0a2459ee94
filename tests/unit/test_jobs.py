"""Services that run to their end before others start."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
import samples
from fake_engine import FakeEngine, container
from fakes import RecordingRunner

from ralex_stack.bundle import PROJECT_FILE
from ralex_stack.engines import jobs
from ralex_stack.engines.compose import ComposeEngine
from ralex_stack.engines.docker import DockerFacts
from ralex_stack.errors import EngineError
from ralex_stack.plan import ContainerFact, make_plan

if TYPE_CHECKING:
    from pathlib import Path

DATA: dict[str, Any] = {"gateway": {"database": "postgres"}}
STATE = samples.state(DATA)
BUNDLE = STATE.bundle
PLAIN = samples.state().bundle


@pytest.mark.parametrize(
    ("named", "first", "due", "then"),
    [
        (
            ["postgres", "migrate", "gateway", "edge"],
            ("postgres", "edge"),
            ("migrate",),
            ("gateway",),
        ),
        # The database may be new, so that what is there already runs again.
        (["gateway"], (), ("migrate",), ("gateway",)),
        (["migrate"], (), ("migrate",), ()),
        (["edge"], ("edge",), (), ()),
        ([], (), (), ()),
    ],
)
def test_what_comes_after_a_job_waits_for_it(
    named: list[str], first: tuple[str, ...], due: tuple[str, ...], then: tuple[str, ...]
) -> None:
    assert jobs.order(BUNDLE, named) == jobs.Order(first, due, then)


def test_without_jobs_the_order_is_as_it_was() -> None:
    assert jobs.order(PLAIN, ["gateway", "edge"]) == jobs.Order(("gateway", "edge"), (), ())


def test_health_is_waited_for_of_all_but_jobs(tmp_path: Path) -> None:
    (tmp_path / PROJECT_FILE).write_bytes(BUNDLE.files[PROJECT_FILE])
    named = jobs.lasting(tmp_path / PROJECT_FILE)
    assert set(named) == BUNDLE.started - {"migrate"}
    (tmp_path / PROJECT_FILE).write_bytes(PLAIN.files[PROJECT_FILE])
    assert jobs.lasting(tmp_path / PROJECT_FILE) == ()
    assert jobs.lasting(tmp_path / "none") == ()


def compose(directory: Path, runner: RecordingRunner) -> ComposeEngine:
    (directory / PROJECT_FILE).write_bytes(BUNDLE.files[PROJECT_FILE])
    return ComposeEngine(runner, directory, DockerFacts(runner, "ralex"))


def test_the_gateway_is_made_when_the_migrations_are_done(tmp_path: Path) -> None:
    with FakeEngine(tmp_path / "engine.sock") as docker:
        docker.containers = [container("migrate", state="exited", restart="no")]
        runner = docker.runner().on("docker", "compose", "up").on("docker", "wait", stdout="0\n")
        compose(tmp_path, runner).up(BUNDLE, {}, ("postgres", "migrate", "gateway"))
    asked = [c.arguments for c in runner.calls if c.has(("up",)) or c.has(("docker", "wait"))]
    first, job, wait, gateway, health = asked
    assert first[-1] == "postgres"
    assert job[-1] == "migrate"
    assert wait == ("docker", "wait", "ralex-migrate-1")
    assert gateway[-1] == "gateway"
    assert {"--wait", "--no-deps", "gateway", "postgres"} <= set(health)
    assert "migrate" not in health


def test_a_failed_job_ends_up_with_its_last_lines_and_changes_nothing_after_it(
    tmp_path: Path,
) -> None:
    with FakeEngine(tmp_path / "engine.sock") as docker:
        log = "migration 3 of 9: add_x\nMigration add_x failed: no such table\n"
        docker.containers = [container("migrate", state="exited", restart="no", log=log)]
        runner = docker.runner().on("docker", "compose", "up").on("docker", "wait", stdout="1\n")
        with pytest.raises(EngineError, match="Migration add_x failed") as failure:
            compose(tmp_path, runner).up(BUNDLE, {}, ("migrate", "gateway"))
    assert failure.value.code == "migration-failed"
    assert "ralex-stack logs migrate" in failure.value.hint
    assert not [c for c in runner.calls if c.has(("up", "gateway"))]


def test_a_restart_of_all_leaves_jobs_alone(tmp_path: Path) -> None:
    runner = RecordingRunner()
    compose(tmp_path, runner).restart(())
    (restart,) = runner.asked("compose", "restart")
    assert "gateway" in restart.arguments
    assert "migrate" not in restart.arguments


@pytest.mark.parametrize(
    ("exit_code", "restart", "state", "well"),
    [
        (0, "no", "completed", True),
        (1, "no", "exited", False),
        (0, "unless-stopped", "exited", False),
    ],
)
def test_a_job_that_ended_well_is_completed(
    tmp_path: Path, exit_code: int, restart: str, state: str, well: bool
) -> None:
    with FakeEngine(tmp_path / "engine.sock") as docker:
        docker.containers = [
            container("x", state="exited", health=None, restart=restart, exit_code=exit_code)
        ]
        found = DockerFacts(docker.runner(), "ralex")
        (shown,) = found.containers()
        (fact,) = found.facts()
    assert (shown.state, shown.well, fact.state) == (state, well, state)


def facts(state: str) -> tuple[ContainerFact, ...]:
    return tuple(
        replace(fact, state=state) if fact.service == "migrate" else fact
        for fact in samples.facts_of(STATE)
    )


@pytest.mark.parametrize(
    ("state", "kind"),
    [("completed", "keep"), ("running", "keep"), ("exited", "start"), ("created", "start")],
)
def test_a_plan_runs_a_job_again_where_it_failed(state: str, kind: str) -> None:
    plan = make_plan(STATE, STATE, facts(state))
    action = plan.action("migrate")
    assert action is not None
    assert action.kind == kind
    assert plan.changes == (kind != "keep")
