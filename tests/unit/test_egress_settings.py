"""What settings of the way out are taken, and what is said of the others."""

from __future__ import annotations

import re
from ipaddress import ip_address, ip_network
from typing import TYPE_CHECKING

import pytest
from samples import settings

from ralex_stack.networks import METADATA, closed, opened_in
from ralex_stack.settings.egress import HOST_PATTERN, AllowedHost, parse_host
from ralex_stack.settings.egress_presets import PRESETS
from ralex_stack.settings.load import load
from ralex_stack.settings.problem import InvalidSettingsError, Problem

if TYPE_CHECKING:
    from pathlib import Path


def written(tmp_path: Path, text: str) -> Path:
    file = tmp_path / "ralex-stack.toml"
    file.write_text(text, encoding="utf-8")
    return file


def problem(tmp_path: Path, text: str) -> Problem:
    with pytest.raises(InvalidSettingsError) as caught:
        load(written(tmp_path, text), {}, ())
    (only,) = caught.value.problems
    return only


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("example.org", AllowedHost("example.org", None)),
        (".example.org", AllowedHost(".example.org", None)),
        ("Registry.Example.ORG:8443", AllowedHost("registry.example.org", 8443)),
        (".xn--bcher-kva.example:80", AllowedHost(".xn--bcher-kva.example", 80)),
        ("_acme.a-b.c_d.example", AllowedHost("_acme.a-b.c_d.example", None)),
    ],
)
def test_a_host_that_can_be_allowed(text: str, expected: AllowedHost) -> None:
    assert parse_host(text) == expected
    assert re.search(HOST_PATTERN, text.lower())


@pytest.mark.parametrize(
    ("host", "words"),
    [
        ("https://example.org", "is a URL"),
        ("example.org/simple", "is a URL"),
        ("ada@example.org", "is a URL"),
        ("*.example.org", '".example.org" is a domain'),
        ("10.1.2.3", "is an address"),
        ("10.1.2.3:443", "is an address"),
        ("::1", "is an address"),
        ("[::1]:443", "is an address"),
        ("registry", "is no full name"),
        (".com", "whole top-level domain"),
        ("example.org:0", "is no host name"),
        ("example.org:65536", "above 65535"),
        ("example.org:https", "is no host name"),
        ("0x7f.1", "is no host name"),
        ("127.1", "is no host name"),
        ("bücher.example", "xn--"),
        ("exa mple.org", "is no host name"),
        ("example..org", "is no host name"),
        ("example.org\ninjected.example", "is no host name"),
        (f"{'a.' * 130}example.org", "is no host name"),
        ("", "is no full name"),
    ],
)
def test_a_host_that_cannot_be_allowed(tmp_path: Path, host: str, words: str) -> None:
    text = host.replace("\n", "\\n")
    found = problem(tmp_path, f'[sandbox.egress]\nmode = "allowlist"\nhosts = ["{text}"]')
    assert (found.path, found.line) == ("sandbox.egress.hosts.0", 3)
    assert words in found.message


def test_an_unknown_preset_is_told_with_the_nearest(tmp_path: Path) -> None:
    text = '[sandbox.egress]\nmode = "allowlist"\npresets = ["python", "npm", "githup"]'
    with pytest.raises(InvalidSettingsError) as caught:
        load(written(tmp_path, text), {}, ())
    npm, githup = sorted(caught.value.problems, key=lambda found: found.path)
    assert (npm.path, npm.nearest) == ("sandbox.egress.presets.1", None)
    assert (githup.path, githup.nearest) == ("sandbox.egress.presets.2", "github")
    assert githup.allowed == tuple(PRESETS)


@pytest.mark.parametrize("preset", PRESETS)
def test_presets_name_whole_domains(preset: str) -> None:
    assert re.fullmatch("[a-z]+", preset)
    assert PRESETS[preset]
    assert list(PRESETS[preset]) == sorted(set(PRESETS[preset]))
    for domain in PRESETS[preset]:
        assert parse_host(domain) == AllowedHost(domain, None)
        assert domain.startswith(".")


@pytest.mark.parametrize(
    ("network", "words"),
    [
        ("10.0.0.1/8", "with zeros after its prefix"),
        ("intranet", "is no network"),
        ("0.0.0.0/0", "no part of a private network"),
        ("127.0.0.0/8", "no part of a private network"),
        ("169.254.0.0/16", "no part of a private network"),
        ("8.8.8.0/24", "no part of a private network"),
        ("::/0", "no part of a private network"),
        ("fe80::/10", "no part of a private network"),
        ("fd00:ec2::254", "metadata"),
    ],
)
def test_a_network_that_cannot_be_opened(tmp_path: Path, network: str, words: str) -> None:
    text = f'[sandbox.egress]\nmode = "allowlist"\nprivate_networks = ["{network}"]'
    found = problem(tmp_path, text)
    assert found.path == "sandbox.egress.private_networks.0"
    assert words in found.message


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('presets = ["python"]', ["presets allow nothing", '"none"']),
        (
            'mode = "open"\nhosts = ["example.org"]\nprivate_networks = ["10.0.0.0/8"]',
            ["hosts and private_networks restrict nothing", '"open"'],
        ),
        ('mode = "allowlist"', ["nothing is listed"]),
        ('mode = "allowlist"\npresets = ["go"]', []),
        ('mode = "none"', []),
    ],
)
def test_lists_without_effect_are_told(tmp_path: Path, text: str, words: list[str]) -> None:
    warnings = load(written(tmp_path, f"[sandbox.egress]\n{text}"), {}, ()).warnings
    assert len(warnings) == bool(words)
    assert all(word in warning for word in words for warning in warnings)


@pytest.mark.parametrize(
    ("mode", "url", "refused"),
    [
        ("allowlist", "http://10.0.0.5/mcp", True),
        ("allowlist", "https://mcp/", True),
        ("allowlist", "http://localhost:3000/mcp", False),
        ("allowlist", "https://mcp.example.org/mcp", False),
        ("none", "http://10.0.0.5/mcp", False),
    ],
)
def test_a_remote_mcp_server_that_cannot_be_allowed(
    tmp_path: Path, mode: str, url: str, refused: bool
) -> None:
    text = (
        f'[sandbox.egress]\nmode = "{mode}"\nhosts = ["example.org"]\n'
        if mode == "allowlist"
        else ""
    ) + f'[opencode.mcp.docs]\nurl = "{url}"'
    if refused:
        found = problem(tmp_path, text)
        assert found.path == "opencode.mcp.docs.url"
        assert "full names" in found.message
    else:
        assert load(written(tmp_path, text), {}, ()).settings.opencode.mcp["docs"].url == url


def test_nothing_is_let_out_by_default() -> None:
    assert settings().sandbox.egress.mode == "none"


CLOSED_ADDRESSES = [
    "0.0.0.1",
    "10.255.255.255",
    "100.64.0.1",
    "100.100.100.200",
    "127.0.0.1",
    "168.63.129.16",
    "169.254.169.254",
    "172.31.0.1",
    "192.0.0.192",
    "192.168.1.1",
    "198.18.0.1",
    "224.0.0.251",
    "255.255.255.255",
    "::",
    "::1",
    "::a9fe:a9fe",
    "64:ff9b::a9fe:a9fe",
    "2001:0:a9fe:a9fe::1",
    "2002:a9fe:a9fe::1",
    "fd00:ec2::254",
    "fe80::1",
    "fec0::1",
    "ff02::1",
]


@pytest.mark.parametrize("address", CLOSED_ADDRESSES)
def test_an_address_that_is_not_the_internet_is_closed(address: str) -> None:
    assert any(ip_address(address) in network for network in closed())


@pytest.mark.parametrize("address", ["1.1.1.1", "151.101.0.223", "172.32.0.1", "2606:4700::1111"])
def test_an_address_of_the_internet_is_not_closed(address: str) -> None:
    assert not any(ip_address(address) in network for network in closed())


@pytest.mark.parametrize(
    "opened", [[], ["10.20.0.0/16"], ["100.64.0.0/10", "fc00::/7"], ["172.16.0.0/12", "10.1.2.3"]]
)
def test_only_what_is_opened_is_open_and_no_metadata(opened: list[str]) -> None:
    wanted = [ip_network(text) for text in opened]
    found = closed(iter(wanted))
    assert sorted(map(str, opened_in(found))) == sorted(map(str, wanted))
    for address in [*CLOSED_ADDRESSES, "10.20.0.1", "10.19.255.255", "10.1.2.3"]:
        one = ip_address(address)
        metadata = any(one in network for network in METADATA)
        is_open = any(one in network for network in wanted) and not metadata
        assert any(one in network for network in found) != is_open
