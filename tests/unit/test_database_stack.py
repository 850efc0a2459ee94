"""The stack with a database: its services, what each is given, and in which order they start."""

from __future__ import annotations

import json
from typing import Any

import pytest
from samples import COMPOSE, REAL, SIMULATOR, settings, state

from ralex_stack.addresses import urls
from ralex_stack.render import render_compose
from ralex_stack.settings.load import load
from ralex_stack.topology import Choices, Stack, build

OWN: dict[str, Any] = {"gateway": {"database": "postgres"}}
ELSEWHERE: dict[str, Any] = {"gateway": {"database": {"env": "LITELLM_DATABASE_URL"}}}


def stack(data: dict[str, Any], choices: Choices = SIMULATOR) -> Stack:
    return build(settings(data), choices)


def networks(found: Stack, service: str) -> set[str]:
    return {attachment.network for attachment in found.service(service).networks}


def test_without_a_database_nothing_of_it_is_there() -> None:
    found = stack({})
    assert {"postgres", "migrate"} & {service.name for service in found.services} == set()
    assert {"database", "database-outside"} & {network.name for network in found.networks} == set()
    assert found.service("gateway").image == "gateway"
    assert found.service("gateway").after == ()
    assert "postgres_password" not in found.secrets
    assert "admin" not in urls(settings({}), None)


@pytest.mark.parametrize("choices", [SIMULATOR, REAL])
def test_a_postgresql_of_the_stack_is_reached_by_gateway_and_migrations_alone(
    choices: Choices,
) -> None:
    found = stack(OWN, choices)
    there = {s.name for s in found.services if "database" in networks(found, s.name)}
    assert there == {"postgres", "migrate", "gateway"}
    assert networks(found, "postgres") == networks(found, "migrate") == {"database"}
    assert next(n for n in found.networks if n.name == "database").internal
    assert "postgres" in found.volumes
    given = {s.name for s in found.services if "postgres_password" in s.secrets}
    assert given == {"postgres", "migrate", "gateway"}


def test_a_database_elsewhere_has_a_way_out_and_no_postgresql_beside_it() -> None:
    found = stack(ELSEWHERE)
    assert "postgres" not in {service.name for service in found.services}
    assert not next(n for n in found.networks if n.name == "database-outside").internal
    for name in ("migrate", "gateway"):
        service = found.service(name)
        assert "database-outside" in networks(found, name)
        assert "database_url" in service.secrets
        assert service.reaches_host
    assert "postgres_password" not in found.secrets


@pytest.mark.parametrize("data", [OWN, ELSEWHERE])
def test_migrations_end_before_the_gateway_starts(data: dict[str, Any]) -> None:
    found = stack(data)
    migrate, gateway = found.service("migrate"), found.service("gateway")
    assert migrate.is_job
    assert gateway.after == ("migrate",)
    assert migrate.image == gateway.image == "gateway-database"
    bundle = render_compose(settings(data), SIMULATOR, COMPOSE)
    services = bundle.services
    assert services["migrate"]["restart"] == "no"
    waits = services["gateway"]["depends_on"]
    assert waits["migrate"] == {"condition": "service_completed_successfully"}
    # Ended after the gateway, which writes what calls cost until its own end.
    assert ("postgres" in waits) == (data is OWN)
    assert bundle.jobs == {"migrate": frozenset({"gateway"})}


@pytest.mark.parametrize(
    ("data", "home"),
    [
        ({}, "sqlite"),
        ({"gateway": {"ledger": "valkey"}}, "valkey"),
        (OWN, "postgres"),
        (ELSEWHERE, "postgres"),
        ({"gateway": {"database": "postgres", "ledger": "sqlite"}}, "sqlite"),
    ],
)
def test_the_ledger_is_where_the_database_is_unless_told(data: dict[str, Any], home: str) -> None:
    bundle = render_compose(settings(data), SIMULATOR, COMPOSE)
    assert json.loads(bundle.files_of("gateway")["budgets.json"])["ledger"] == home
    mounts = {mount.source for mount in stack(data).service("gateway").mounts}
    assert ("ledger" in mounts) == (home == "sqlite")


def test_other_stacks_have_no_jobs() -> None:
    assert state().bundle.jobs == {}


@pytest.mark.parametrize("bind", ["127.0.0.1", "0.0.0.0"])  # noqa: S104
def test_the_admin_ui_is_published_on_the_loopback_alone(bind: str) -> None:
    data = {**OWN, "network": {"bind": bind, "admin_port": 4444}}
    edge = render_compose(settings(data), SIMULATOR, COMPOSE).services["edge"]
    assert f"{bind}:4000:4000" in edge["ports"]
    assert "127.0.0.1:4444:4001" in edge["ports"]
    assert urls(settings(data), None)["admin"] == "http://127.0.0.1:4444"
    assert urls(settings(data), state(data))["admin"] == "http://127.0.0.1:4444"


@pytest.mark.parametrize("data", [{}, OWN])
def test_a_port_is_used_twice_where_it_is_published(data: dict[str, Any], tmp_path: Any) -> None:
    file = tmp_path / "ralex-stack.toml"
    file.write_text('[gateway]\ndatabase = "postgres"\n' if data else "")
    flags = ("network.opencode_port=4001",)
    if not data:
        assert load(file, {}, flags).settings.network.opencode_port == 4001
        return
    with pytest.raises(Exception, match="port 4001 is used twice"):
        load(file, {}, flags)


@pytest.mark.parametrize("url", ["postgresql://u:p@db/litellm", "postgresql://u@db/litellm", "x"])
def test_a_url_itself_is_no_setting(tmp_path: Any, url: str) -> None:
    file = tmp_path / "ralex-stack.toml"
    file.write_text(f'[gateway]\ndatabase = "{url}"\n')
    with pytest.raises(Exception, match=r"gateway\.database") as refusal:
        load(file, {})
    assert "u:p@" not in str(refusal.value)


def test_spend_is_logged_only_where_it_can_be_kept() -> None:
    for data, disabled in (({}, True), (OWN, False)):
        files = render_compose(settings(data), SIMULATOR, COMPOSE).files_of("gateway")
        assert f"disable_spend_logs: {str(disabled).lower()}".encode() in files["litellm.yaml"]
