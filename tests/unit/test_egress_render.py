"""The rendered proxy, what OpenCode's containers are told of it, and what a plan says of it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from samples import COMPOSE, SIMULATOR, facts_of, settings, state

from ralex_stack.plan import make_plan
from ralex_stack.render import egress, render_compose
from ralex_stack.settings.egress import parse_host
from ralex_stack.topology import Choices, build

TRUSTING = replace(SIMULATOR, ca_bundle="/etc/ssl/certs/ca-certificates.crt")
PROXY = "http://egress-inner:3128"


def data(mode: str, **values: Any) -> dict[str, Any]:
    return {"sandbox": {"egress": {"mode": mode, **values}}}


LISTS = {"hosts": ["example.org", ".example.com:8443"], "presets": ["python"]}
LISTED = data("allowlist", **LISTS)
OPENED = data("allowlist", **LISTS, private_networks=["10.1.0.0/16"])


def lists(given: dict[str, Any]) -> dict[str, list[str]]:
    files = egress.render(settings(given), COMPOSE)
    prefix = f"{egress.HOSTS}/"
    return {
        path.removeprefix(prefix): content.decode().split()
        for path, content in files.items()
        if path.startswith(prefix)
    }


def test_hosts_are_listed_by_port() -> None:
    assert lists(LISTED) == {
        "web": [".pypi.org", ".pythonhosted.org", "example.org"],
        "8443": [".example.com"],
    }


def test_what_a_domain_has_in_it_is_not_listed_again() -> None:
    names = [".example.org", "example.org", "www.example.org", ".a.example.org", "notexample.org"]
    hosts = [*map(parse_host, [*names, "www.example.org:81"])]
    assert egress.host_lists(hosts) == {
        "web": [".example.org", "notexample.org"],
        "81": ["www.example.org"],
    }


def test_remote_mcp_servers_are_allowed() -> None:
    servers = {
        "docs": {"url": "https://mcp.example.org/mcp"},
        "other": {"url": "http://mcp.example.com:8080/"},
        "own": {"url": "http://localhost:3000/"},
        "off": {"url": "https://off.example.org/", "enabled": False},
        "local": {"command": ["server"]},
    }
    given = {**data("allowlist"), "opencode": {"mcp": servers}}
    assert lists(given) == {"web": ["mcp.example.org"], "8080": ["mcp.example.com"]}


def test_a_list_may_be_empty() -> None:
    assert lists(data("allowlist")) == {"web": []}


def test_proxy_and_resolver_close_the_same_networks() -> None:
    files = egress.render(settings(data("allowlist")), COMPOSE)
    unbound = files["unbound.conf"].decode()
    for network in files[egress.CLOSED_NETWORKS].decode().split():
        assert f"response-ip: {network} redirect" in unbound
    assert "response-ip: ::ffff:0:0/96 redirect" in unbound


@pytest.mark.parametrize("service", ["opencode", "workspace"])
@pytest.mark.parametrize(
    ("mode", "networks"),
    [("none", ["sandbox"]), ("allowlist", ["sandbox"]), ("open", ["sandbox", "open"])],
)
def test_only_an_open_sandbox_has_a_network_that_leads_out(
    service: str, mode: str, networks: list[str]
) -> None:
    stack = build(settings(data(mode)), TRUSTING)
    attached = [attachment.network for attachment in stack.service(service).networks]
    assert attached == networks
    leading_out = {network.name for network in stack.networks if not network.internal}
    assert set(attached) & leading_out == ({"open"} if mode == "open" else set())


@pytest.mark.parametrize("service", ["opencode", "workspace"])
@pytest.mark.parametrize("mode", ["none", "allowlist", "open"])
@pytest.mark.parametrize("choices", [SIMULATOR, TRUSTING])
def test_what_tools_are_told(service: str, mode: str, choices: Choices) -> None:
    made = build(settings(data(mode)), choices).service(service)
    environment = dict(made.environment)
    names = ("HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy")
    proxies = [environment.get(name) for name in names]
    assert proxies == [PROXY if mode == "allowlist" else None] * 4
    if mode == "allowlist":
        assert environment["NO_PROXY"] == environment["no_proxy"]
        assert {"edge-inner", "localhost", "127.0.0.1"} <= set(environment["NO_PROXY"].split(","))
    trusting = mode != "none" and choices is TRUSTING
    sources = [mount.source for mount in made.mounts if mount.kind == "host" and mount.read_only]
    assert sources == ([TRUSTING.ca_bundle] if trusting else [])
    bundle = next((m.target for m in made.mounts if m.source == TRUSTING.ca_bundle), None)
    for name in ("SSL_CERT_FILE", "PIP_CERT", "NODE_EXTRA_CA_CERTS", "GIT_SSL_CAINFO"):
        assert environment.get(name) == bundle


@pytest.mark.parametrize("mode", ["none", "allowlist", "open"])
def test_the_proxy_is_there_where_it_is_needed(mode: str) -> None:
    stack = build(settings(data(mode)), TRUSTING)
    names = {service.name for service in stack.services}
    assert ("egress" in names) == (mode == "allowlist")
    if mode == "allowlist":
        proxy = stack.service("egress")
        internal = {network.name: network.internal for network in stack.networks}
        assert {a.network: internal[a.network] for a in proxy.networks} == {
            "sandbox": True,
            "egress": False,
        }
        assert (proxy.secrets, proxy.mounts, proxy.published) == ((), (), ())
        assert not proxy.reaches_host


def effects(before: dict[str, Any] | None, after: dict[str, Any]) -> list[tuple[str, bool]]:
    applied = None if before is None else state(before)
    plan = make_plan(state(after), applied, facts_of(applied) if applied else ())
    return [(e.text, e.needs_yes) for e in plan.effects if e.subject == "egress"]


@pytest.mark.parametrize("before", [None, data("none"), LISTED])
def test_opening_the_sandbox_needs_a_yes(before: dict[str, Any] | None) -> None:
    (text, needs_yes), *_ = effects(before, data("open"))
    assert needs_yes
    assert text.startswith(f"egress: {'allowlist' if before is LISTED else 'none'} → open: ")
    for given_up in ("internet", "this machine", "other machines", "whatever they can read"):
        assert given_up in text


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        (None, {}, []),
        ({}, {}, []),
        (LISTED, LISTED, []),
        (
            {},
            LISTED,
            [
                "egress: none → allowlist: OpenCode and what it runs reach listed hosts, through a "
                "proxy: .example.com:8443, .pypi.org, .pythonhosted.org, example.org"
            ],
        ),
        (
            data("open"),
            {},
            ["egress: open → none: OpenCode and what it runs reach nothing but the models"],
        ),
        (
            LISTED,
            data("allowlist", hosts=["example.org", "new.example.org"]),
            [
                "egress: hosts allowed: new.example.org",
                "egress: hosts no longer allowed: .example.com:8443, .pypi.org, .pythonhosted.org",
            ],
        ),
        (
            LISTED,
            OPENED,
            ["egress: private networks allowed: 10.1.0.0/16"],
        ),
    ],
)
def test_every_change_of_the_way_out_is_an_effect(
    before: dict[str, Any] | None, after: dict[str, Any], expected: list[str]
) -> None:
    assert effects(before, after) == [(text, False) for text in expected]


def test_other_services_are_not_touched_by_a_change_of_hosts() -> None:
    applied = state(LISTED)
    plan = make_plan(state(data("allowlist", hosts=["example.org"])), applied, facts_of(applied))
    assert plan.touched == {"egress"}


def test_no_proxy_is_rendered_without_a_list() -> None:
    for mode in ("none", "open"):
        bundle = render_compose(settings(data(mode)), SIMULATOR, COMPOSE)
        assert bundle.files_of("egress") == {}
