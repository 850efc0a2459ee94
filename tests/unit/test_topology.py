"""The parts of a stack, by settings and choices."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from samples import REAL, RECORD, SEVERAL, SIMULATOR, settings

from ralex_stack.topology import UNPRIVILEGED, Choices, Stack, build, provider_secret

CACHE = {"routing": {"cache": {"enabled": True, "memory": "64m"}}}
INSIDE = ("backend", "state")
WEBHOOK = {"budget": {"daily": 1, "webhook": {"env": "HOOK"}}}
MINIMAL: dict[str, Any] = {"stack": {"profiles": []}}
CASES = [
    pytest.param(data, choices, id=f"{name}-{choices.provider}")
    for name, data in {
        "empty": {},
        "cache": CACHE,
        "minimal": MINIMAL,
        "several": SEVERAL,
        "webhook": WEBHOOK,
    }.items()
    for choices in (SIMULATOR, RECORD, REAL)
]


def stack_of(data: dict[str, Any], choices: Choices = SIMULATOR) -> Stack:
    return build(settings(data), choices)


@pytest.mark.parametrize(
    ("data", "choices", "expected"),
    [
        ({}, SIMULATOR, "valkey simulator gateway opencode workspace edge"),
        ({}, REAL, "valkey gateway opencode workspace edge"),
        ({}, RECORD, "valkey simulator gateway opencode workspace edge"),
        (CACHE, REAL, "valkey cache gateway opencode workspace edge"),
        (MINIMAL, SIMULATOR, "valkey simulator gateway workspace edge"),
    ],
)
def test_services(data: dict[str, Any], choices: Choices, expected: str) -> None:
    assert [service.name for service in stack_of(data, choices).services] == expected.split()


@pytest.mark.parametrize(("data", "choices"), CASES)
def test_all_networks_and_volumes_are_declared_and_used(
    data: dict[str, Any], choices: Choices
) -> None:
    stack = stack_of(data, choices)
    used = {attachment.network for s in stack.services for attachment in s.networks}
    assert used == {network.name for network in stack.networks}
    mounted = {m.source for s in stack.services for m in s.mounts if m.kind == "volume"}
    assert mounted == set(stack.volumes)


@pytest.mark.parametrize(("data", "choices"), CASES)
def test_the_sandbox_reaches_nothing_but_the_edge(data: dict[str, Any], choices: Choices) -> None:
    stack = stack_of(data, choices)
    sandboxed = [service for service in stack.services if service.image == "opencode"]
    assert "workspace" in {service.name for service in sandboxed}
    for service in sandboxed:
        assert [attachment.network for attachment in service.networks] == ["sandbox"]
        assert not service.reaches_host
        assert not any(
            secret.startswith(("gateway_", "provider_", "valkey")) for secret in service.secrets
        )
    inside = {s.name for s in stack.services if any(a.network == "sandbox" for a in s.networks)} - {
        s.name for s in sandboxed
    }
    assert inside == {"edge"}


@pytest.mark.parametrize(("data", "choices"), CASES)
def test_only_the_edge_is_published(data: dict[str, Any], choices: Choices) -> None:
    stack = stack_of(data, choices)
    assert [service.name for service in stack.services if service.published] == ["edge"]
    on_front = [s.name for s in stack.services if any(a.network == "front" for a in s.networks)]
    assert on_front == ["edge"]


@pytest.mark.parametrize(
    ("choices", "open_networks"),
    [(SIMULATOR, {"front"}), (RECORD, {"front", "internet"}), (REAL, {"front", "internet"})],
)
def test_open_networks(choices: Choices, open_networks: set[str]) -> None:
    networks = stack_of({}, choices).networks
    assert {network.name for network in networks if not network.internal} == open_networks


@pytest.mark.parametrize(
    ("data", "choices", "expected"),
    [
        ({}, SIMULATOR, set()),
        ({}, REAL, {"provider_openrouter_api_key"}),
        (SEVERAL, SIMULATOR, set()),
        (SEVERAL, REAL, {"provider_openai_api_key", "provider_openrouter_api_key"}),
        (SEVERAL, RECORD, {"provider_openai_api_key", "provider_openrouter_api_key"}),
    ],
)
def test_only_keys_of_used_providers_are_given_to_the_gateway(
    data: dict[str, Any], choices: Choices, expected: set[str]
) -> None:
    stack = stack_of(data, choices)
    keys = {name for name in stack.secrets if name.startswith("provider_")}
    assert keys == expected
    holders = {s.name for s in stack.services if expected & set(s.secrets)}
    assert holders - {"simulator"} == ({"gateway"} if expected else set())


@pytest.mark.parametrize(
    ("choices", "secrets"),
    [(SIMULATOR, ()), (RECORD, ("provider_openrouter_api_key",))],
)
def test_the_simulator_has_the_key_of_what_it_records_and_no_other(
    choices: Choices, secrets: tuple[str, ...]
) -> None:
    assert stack_of(SEVERAL, choices).service("simulator").secrets == secrets


@pytest.mark.parametrize(
    ("data", "choices", "gateway", "simulator"),
    [
        ({}, SIMULATOR, "upstream", "upstream"),
        ({}, RECORD, "upstream", "upstream internet"),
        (SEVERAL, RECORD, "upstream internet", "upstream internet"),
    ],
)
def test_only_what_calls_providers_reaches_the_internet(
    data: dict[str, Any], choices: Choices, gateway: str, simulator: str
) -> None:
    stack = stack_of(data, choices)
    outwards = {
        name: [a.network for a in stack.service(name).networks if a.network not in INSIDE]
        for name in ("gateway", "simulator")
    }
    assert outwards == {"gateway": gateway.split(), "simulator": simulator.split()}
    for name, networks in outwards.items():
        assert stack.service(name).reaches_host is ("internet" in networks)


@pytest.mark.parametrize(
    ("base", "origin"),
    [
        (None, "https://openrouter.ai"),
        ("http://host.docker.internal:8080/api/v1", "http://host.docker.internal:8080"),
        ("https://proxy.example.com/llm/api/v1/", "https://proxy.example.com/llm"),
    ],
)
def test_recorded_is_what_the_settings_call_openrouter(base: str | None, origin: str) -> None:
    data = {"providers": {"openrouter": {"api_base": base}}}
    assert stack_of(data, RECORD).service("simulator").command == ("record", origin)


@pytest.mark.parametrize(("choices", "read_only"), [(SIMULATOR, True), (RECORD, False)])
def test_only_a_recording_simulator_writes_recordings(choices: Choices, read_only: bool) -> None:
    mount = stack_of({}, choices).service("simulator").mounts[0]
    assert (mount.kind, mount.target) == ("volume", "/recordings")
    assert mount.read_only is read_only


@pytest.mark.parametrize(
    ("provider", "secret"),
    [
        ("openrouter", "provider_openrouter_api_key"),
        ("my-own.server", "provider_my_own_server_api_key"),
    ],
)
def test_secret_names_can_be_environment_variables(provider: str, secret: str) -> None:
    assert provider_secret(provider) == secret


@pytest.mark.parametrize(
    ("service", "provider", "variable"),
    [
        ("gateway", "real", "SSL_CERT_FILE"),
        ("gateway", "record", None),
        ("gateway", "simulator", None),
        ("simulator", "record", "NODE_EXTRA_CA_CERTS"),
        ("simulator", "simulator", None),
    ],
)
def test_only_what_calls_providers_trusts_the_ca_bundle(
    service: str, provider: Any, variable: str | None
) -> None:
    choices = Choices(provider=provider, ca_bundle="/etc/ssl/ca.pem")
    given = stack_of({}, choices).service(service)
    trusted = [m.target for m in given.mounts if m.source == "/etc/ssl/ca.pem" and m.read_only]
    set_to = [value for value in dict(given.environment).values() if value.endswith(".pem")]
    assert bool(trusted) is (variable is not None)
    assert set(set_to) == set(trusted)
    assert variable is None or dict(given.environment)[variable] == trusted[0]


@pytest.mark.parametrize(
    ("path", "kind", "target"), [(None, "volume", "/workspace"), ("/home/ada", "host", "/home/ada")]
)
def test_the_server_works_in_a_volume_or_in_a_directory(
    path: str | None, kind: str, target: str
) -> None:
    stack = stack_of({"workspace": {"path": path}})
    mount = stack.service("opencode").mounts[-1]
    assert (mount.kind, mount.target) == (kind, target)
    assert ("workspace" in stack.volumes) is (path is None)


def test_only_opencode_runs_as_the_owner_of_the_workspace() -> None:
    stack = stack_of({}, replace(SIMULATOR, owner="1000:1000"))
    owned = {service.name for service in stack.services if service.user != UNPRIVILEGED}
    assert owned == {"opencode"}


def test_the_workspace_is_a_pattern_that_is_not_started() -> None:
    assert stack_of({}).service("workspace").profile == "workspace"


def test_published_ports_come_from_the_settings() -> None:
    edge = stack_of({"network": {"gateway_port": 5000, "opencode_port": 5001}}).service("edge")
    assert [(p.published, p.port) for p in edge.published] == [(5000, 4000), (5001, 4096)]


def test_an_unknown_service_is_a_key_error() -> None:
    with pytest.raises(KeyError, match="postgres"):
        stack_of({}).service("postgres")


@pytest.mark.parametrize(
    ("memory", "argument", "limit"),
    [("256m", "256mb", "512m"), ("2g", "2gb", "3200m"), ("512k", "512kb", "129m")],
)
def test_the_cache_has_room_beyond_what_it_keeps(memory: str, argument: str, limit: str) -> None:
    data = {"routing": {"cache": {"enabled": True, "memory": memory}}}
    cache = stack_of(data).service("cache")
    assert cache.command[-1] == argument
    assert cache.resources.memory == limit
