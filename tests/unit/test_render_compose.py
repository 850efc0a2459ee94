"""The Compose project."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from samples import COMPOSE, IMAGES, REAL, SEVERAL, SIMULATOR, settings

from ralex_stack.bundle import PROJECT_FILE, Bundle
from ralex_stack.render import render_compose
from ralex_stack.render.compose import CONFIG_LABEL, config_directory, project_name
from ralex_stack.target import ComposeTarget

if TYPE_CHECKING:
    from ralex_stack.topology import Choices

CASES = [
    pytest.param(data, choices, id=f"{name}-{choices.provider}")
    for name, data in {"empty": {}, "several": SEVERAL}.items()
    for choices in (SIMULATOR, REAL)
]


def bundle(data: dict[str, Any] | None = None, choices: Choices = SIMULATOR) -> Bundle:
    return render_compose(settings(data), choices, COMPOSE)


@pytest.mark.parametrize(("data", "choices"), CASES)
def test_every_container_is_hardened(data: dict[str, Any], choices: Choices) -> None:
    for name, service in bundle(data, choices).services.items():
        assert service["read_only"] is True, name
        assert service["cap_drop"] == ["ALL"], name
        assert service["security_opt"] == ["no-new-privileges:true"], name
        assert service["init"] is True, name
        assert service["mem_limit"] == service["memswap_limit"], name
        assert service["cpus"] > 0, name
        assert service["pids_limit"] > 0, name
        assert service["logging"]["options"] == {"max-size": "10m", "max-file": "3"}, name
        assert service["pull_policy"] == "never", name
        assert not {"privileged", "cap_add", "network_mode", "pid", "ipc"} & service.keys(), name


@pytest.mark.parametrize(("data", "choices"), CASES)
def test_every_service_that_is_started_has_a_health_check(
    data: dict[str, Any], choices: Choices
) -> None:
    services = bundle(data, choices).services
    without = {name for name, service in services.items() if "healthcheck" not in service}
    assert without == {"workspace"}
    assert services["workspace"]["profiles"] == ["workspace"]
    assert "restart" not in services["workspace"]


@pytest.mark.parametrize(("data", "choices"), CASES)
def test_ports_are_published_on_the_loopback_only(data: dict[str, Any], choices: Choices) -> None:
    for name, service in bundle(data, choices).services.items():
        ports = service.get("ports", [])
        assert all(port.startswith("127.0.0.1:") for port in ports), name
        assert bool(ports) is (name == "edge")


def test_ports_are_published_where_the_settings_say() -> None:
    data = {"network": {"bind": "192.0.2.1", "gateway_port": 1, "opencode_port": 2}}
    assert bundle(data).services["edge"]["ports"] == ["192.0.2.1:1:4000", "192.0.2.1:2:4096"]


@pytest.mark.parametrize(("data", "choices"), CASES)
def test_secrets_are_files_that_the_project_names(data: dict[str, Any], choices: Choices) -> None:
    project = bundle(data, choices).project
    used = {s for service in project["services"].values() for s in service.get("secrets", ())}
    assert project["secrets"] == {name: {"file": f"./secrets/{name}"} for name in used}


def test_internal_networks_hide_the_host() -> None:
    networks = bundle(choices=REAL).project["networks"]
    for name in ("sandbox", "backend", "state"):
        assert networks[name]["internal"] is True
        option = networks[name]["driver_opts"]["com.docker.network.bridge.inhibit_ipv4"]
        assert option == "true"
    assert networks["front"] == networks["internet"] == {}


def test_only_a_gateway_that_reaches_providers_knows_the_host() -> None:
    def knowing(choices: Choices) -> set[str]:
        return {n for n, s in bundle(choices=choices).services.items() if "extra_hosts" in s}

    assert knowing(SIMULATOR) == set()
    assert knowing(REAL) == {"gateway"}


@pytest.mark.parametrize("service", ["gateway", "edge", "opencode", "workspace"])
def test_configuration_is_mounted_read_only_by_its_digest(service: str) -> None:
    rendered = bundle()
    (volume,) = [
        v for v in rendered.services[service]["volumes"] if v["target"] == "/etc/ralex-stack"
    ]
    assert volume["read_only"] is True
    directory = volume["source"].removeprefix("./")
    files = {path for path in rendered.files if path.startswith(f"{directory}/")}
    assert len(files) == len(rendered.files_of(service)) > 0
    assert directory == config_directory(service, directory.rpartition("/")[2])


def test_a_changed_file_changes_the_label_of_its_service_only() -> None:
    before, after = bundle(), bundle({"gateway": {"client_limit_rpm": 5}})
    changed = {
        name
        for name, service in before.services.items()
        if service["labels"][CONFIG_LABEL] != after.services[name]["labels"][CONFIG_LABEL]
    }
    assert changed == {"gateway"}


def test_a_changed_image_changes_the_label() -> None:
    target = ComposeTarget({**COMPOSE.images, "edge": "other:1"})
    other = render_compose(settings(), SIMULATOR, target).services["edge"]
    label = bundle().services["edge"]["labels"][CONFIG_LABEL]
    assert other["image"] == "other:1"
    assert other["labels"][CONFIG_LABEL] != label


def test_images_come_from_the_target() -> None:
    whole: dict[str, Any] = {
        "sandbox": {"egress": {"mode": "allowlist"}},
        "routing": {"auto": {"mode": "intent"}},
        "metrics": {"enabled": True},
    }
    with_database = {**whole, "gateway": {"database": "postgres"}}
    stacks = [bundle(data).services.values() for data in (whole, with_database)]
    images = {service["image"] for services in stacks for service in services}
    assert images == {COMPOSE.images[image] for image in IMAGES}


@pytest.mark.parametrize(
    ("stack", "project"), [("ralex", "ralex"), ("team", "ralex-team"), ("ralex-2", "ralex-2")]
)
def test_projects_are_named_after_stacks(stack: str, project: str) -> None:
    assert project_name(stack) == project
    assert bundle({"stack": {"name": stack}}).project["name"] == project


def test_dollars_are_kept_from_the_callers_shell() -> None:
    data = {"workspace": {"path": "/home/$USER/a${B}"}}
    text = bundle(data).files[PROJECT_FILE].decode()
    assert text.count("/home/$$USER/a$${B}") == 2
    assert "/$U" not in text


def test_only_the_server_runs_as_the_owner() -> None:
    services = bundle(choices=replace(SIMULATOR, owner="0:0")).services
    assert {name for name, s in services.items() if s["user"] == "0:0"} == {"opencode"}
