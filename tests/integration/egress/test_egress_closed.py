"""What stays closed to the sandbox, directly and through the proxy, without a list and with one."""

from __future__ import annotations

from ipaddress import IPv4Address
from typing import TYPE_CHECKING, Any

import pytest
from containers import inside, probe
from letting_out import (
    ALLOWED,
    FORBIDDEN,
    IN_A_CLOSED_NETWORK,
    IN_THE_SANDBOX,
    start_workspace,
)
from outside import host_addresses, listener_on_the_host

from ralex_stack.render.egress import OWN_DIRECTORY

if TYPE_CHECKING:
    from collections.abc import Iterator

    from docker.models.containers import Container
    from harness import Stack
    from letting_out import LettingOut

NAMES = [ALLOWED, FORBIDDEN, IN_A_CLOSED_NETWORK]
METADATA = "169.254.169.254"
RESOLVERS = ["1.1.1.1", "8.8.8.8", "9.9.9.9"]
LISTENING = {"gateway": 4000, "valkey": 6379, "simulator": 4010, "edge": 8080, "opencode": 4096}


@pytest.fixture(scope="module")
def sealed_workspace(stack: Stack) -> Iterator[Container]:
    """A container as those of `run`, in a stack without a way out."""
    made = start_workspace(stack)
    yield made
    made.remove(force=True)


@pytest.fixture(
    params=["none-opencode", "none-workspace", "allowlist-opencode", "allowlist-workspace"]
)
def place(request: pytest.FixtureRequest, stack: Stack, let_out: LettingOut) -> Container:
    """A container in which OpenCode works, in mode `none` and in mode `allowlist`."""
    mode, _, name = str(request.param).partition("-")
    if mode == "allowlist":
        return let_out.places[name]
    if name == "opencode":
        return stack.container("opencode")
    found: Container = request.getfixturevalue("sealed_workspace")
    return found


def services(stack: Stack) -> list[str]:
    """HOST:PORT of a stack's services, in each of their networks."""
    return [
        f"{network['IPAddress']}:{LISTENING[service]}"
        for service, container in stack.containers().items()
        if service in LISTENING
        for network in container.attrs["NetworkSettings"]["Networks"].values()
    ]


def own_addresses(container: Container) -> set[str]:
    container.reload()
    attached: dict[str, Any] = container.attrs["NetworkSettings"]["Networks"]
    return {network["IPAddress"] for network in attached.values()}


def proxy_addresses(let_out: LettingOut) -> set[str]:
    return own_addresses(let_out.stack.container("egress"))


def test_no_address_is_reached_directly(
    place: Container, stack: Stack, let_out: LettingOut
) -> None:
    world, closed = let_out.address(let_out.world), let_out.address(let_out.closed)
    servers = [f"{address}:{port}" for address in (world, closed) for port in (80, 443, 8080)]
    proxies = [f"{a}:{port}" for a in proxy_addresses(let_out) for port in (53, 3128, 3129)]
    with listener_on_the_host() as port:
        hosts = [f"{address}:{port}" for address in host_addresses(stack.client)]
        hosts += [f"{a}:{p}" for a in host_addresses(stack.client) for p in stack.ports]
        internet = [f"{address}:{port}" for address in RESOLVERS for port in (53, 443, 853)]
        everywhere = [*servers, *proxies, *hosts, *internet, f"{METADATA}:80"]
        everywhere += [*services(stack), *services(let_out.stack), "edge-inner:8080"]

        reached = set(probe(place, "connect", data={"addresses": everywhere})["addresses"])

        gateway = let_out.outer.attrs["IPAM"]["Config"][0]["Gateway"]
        there = [*servers, f"{gateway}:{port}"]
        control = probe(let_out.closed, "connect", data={"addresses": there})["addresses"]
    assert reached <= allowed_directly(place, let_out), "the sandbox reaches what it should not"
    assert "edge-inner:8080" in reached
    assert control == there, "the servers were not there at all"


def allowed_directly(place: Container, let_out: LettingOut) -> set[str]:
    """The doors that are there for the sandbox, and itself and its like."""
    place.reload()
    sandbox = next(
        name for name in place.attrs["NetworkSettings"]["Networks"] if name.endswith("_sandbox")
    )
    members = {
        container.labels.get("com.docker.compose.service"): address
        for container in let_out.stack.client.networks.get(sandbox).containers
        for address in [container.attrs["NetworkSettings"]["Networks"][sandbox]["IPAddress"]]
    }
    doors = {"edge-inner:8080", f"{members['edge']}:8080"}
    if "egress" in members:
        doors.add(f"{members['egress']}:3128")
    return doors | {f"{members['opencode']}:4096"}


def test_no_datagram_is_answered(place: Container, let_out: LettingOut) -> None:
    world = let_out.address(let_out.world)
    everywhere = [f"{address}:{port}" for address in (world, *RESOLVERS) for port in (53, 5300)]

    assert probe(place, "datagrams", data=everywhere) == []

    own = [f"{world}:53", f"{world}:5300"]
    assert probe(let_out.closed, "datagrams", data=own) == own, "the servers were not there at all"


def test_no_outside_name_is_resolved(place: Container, let_out: LettingOut) -> None:
    """Docker's resolver in the container would pass on what names carry, were it let."""
    tunnelled = f"{'d' * 60}.{FORBIDDEN}"
    outside = [*NAMES, tunnelled, "example.com", "one.one.one.one", "host.docker.internal"]

    assert probe(place, "connect", data={"names": [*outside, "localhost"]})["names"] == [
        "localhost"
    ]

    control = probe(let_out.closed, "connect", data={"names": outside})["names"]
    assert set(NAMES) <= set(control), "the names were not there at all"


@pytest.fixture(scope="module")
def spellings(let_out: LettingOut) -> list[str]:
    """HOST:PORT of all that has to stay closed, in ways in which a name list could be cheated."""
    world = IPv4Address(let_out.address(let_out.world))
    mapped = f"[::ffff:{world}]"
    hexadecimal = ".".join(f"0x{part:x}" for part in world.packed)
    octal = ".".join(f"0{part:o}" for part in world.packed)
    addresses = [str(world), str(int(world)), f"0x{int(world):x}", hexadecimal, octal, mapped]
    own = [
        "127.0.0.1",
        "127.1",
        "2130706433",
        "0x7f000001",
        "0177.0.0.1",
        "localhost",
        "localhost.localdomain",
        str(IPv4Address(0)),
        "[::1]",
        "[::]",
        "[::ffff:127.0.0.1]",
        *proxy_addresses(let_out),
    ]
    metadata = [METADATA, "2852039166", "0xa9fea9fe", "[fd00:ec2::254]", "[::ffff:a9fe:a9fe]"]
    metadata += ["metadata.google.internal", f"{METADATA}.nip.io"]
    services_by_name = [f"{name}:{port}" for name, port in LISTENING.items()]
    services_by_name += ["edge-inner:8080", "egress-inner:3128", "egress-inner:3129"]
    return [
        *(f"{address}:{port}" for address in [*addresses, *metadata] for port in (80, 443)),
        *(f"{address}:{port}" for address in own for port in (53, 80, 443, 3128, 3129)),
        *services_by_name,
        *services(let_out.stack),
        f"{FORBIDDEN}:443",
        f"{FORBIDDEN}:80",
        f"x{ALLOWED}:443",
        f"{ALLOWED}.{FORBIDDEN}:443",
        f"{ALLOWED}:22",
        f"{ALLOWED}:81",
        f"{IN_A_CLOSED_NETWORK}:443",
        f"{IN_THE_SANDBOX}:443",
    ]


def requests_for(address: str) -> list[str]:
    return [f"CONNECT {address}", f"GET http://{address}/word"]


def through_the_proxy(place: Container, requests: list[str]) -> dict[str, tuple[int, str]]:
    answers = probe(place, "proxied", "egress-inner", "3128", data=requests)
    return {request: tuple(answer) for request, answer in zip(requests, answers, strict=True)}


OTHER_FORMS = [
    f"GET https://{ALLOWED}/word",
    f"GET ftp://{ALLOWED}/word",
    f"GET urn:{ALLOWED}",
    f"GET http://{ALLOWED}@{FORBIDDEN}/word",
    f"GET http://{FORBIDDEN}%2f@{ALLOWED}%00.example.org/word",
    "GET cache_object://localhost/info",
    "GET http://egress-inner:3128/squid-internal-mgr/info",
    "GET /squid-internal-mgr/info",
    "PURGE http://egress-inner/",
    f"CONNECT http://{FORBIDDEN}:443",
]


@pytest.mark.parametrize("name", ["opencode", "workspace"])
def test_the_proxy_leads_to_nothing_that_is_not_listed(
    let_out: LettingOut, spellings: list[str], name: str
) -> None:
    with listener_on_the_host() as port:
        hosts = [f"{address}:{port}" for address in host_addresses(let_out.stack.client)]
        hosts += [f"host.docker.internal:{port}"]
        closed = [request for each in [*spellings, *hosts] for request in requests_for(each)]
        closed += OTHER_FORMS
        allowed = [f"GET http://{ALLOWED}/word", f"CONNECT {ALLOWED}:443"]

        answers = through_the_proxy(let_out.places[name], [*closed, *allowed])

    passed = {request: answers[request] for request in closed if answers[request][0] < 400}
    assert passed == {}
    assert [answers[request][0] for request in allowed] == [200, 200]
    by_host = answers[f"CONNECT {FORBIDDEN}:443"], answers[f"CONNECT {IN_A_CLOSED_NETWORK}:443"]
    assert ["private_networks" in body for _, body in by_host] == [False, True]


def test_why_it_was_refused_is_in_the_log(let_out: LettingOut) -> None:
    expected = {
        f"GET http://{FORBIDDEN}/": "host",
        f"GET http://{ALLOWED}:81/": "port",
        f"GET http://{METADATA}/": "address",
        "GET http://2130706433/": "address",
        f"GET http://{IN_A_CLOSED_NETWORK}/": "network",
        f"GET http://{IN_THE_SANDBOX}/": "network",
        f"GET ftp://{ALLOWED}/": "protocol",
    }
    answers = through_the_proxy(let_out.workspace, list(expected))
    assert {status for status, _ in answers.values()} == {403}
    found = {
        (entry["host"], entry["reason"])
        for entry in let_out.stack.json("logs", "--egress")["refused"]
    }
    assert {
        (FORBIDDEN, "host"),
        (ALLOWED, "port"),
        (METADATA, "address"),
        ("127.0.0.1", "address"),
        (IN_A_CLOSED_NETWORK, "network"),
        (IN_THE_SANDBOX, "network"),
        (ALLOWED, "protocol"),
    } <= found


def test_the_resolver_takes_out_what_names_must_not_lead_to(let_out: LettingOut) -> None:
    """So that squid connects to no other address than it has checked, whatever answers change."""
    image = let_out.workspace.attrs["Config"]["Image"]
    program = (
        "import json, socket, sys\n"
        "def ask(name):\n"
        "    query = b'\\0\\1\\1\\0\\0\\1\\0\\0\\0\\0\\0\\0'\n"
        "    query += b''.join(bytes([len(p)]) + p.encode() for p in name.split('.'))\n"
        "    own = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); own.settimeout(10)\n"
        "    own.sendto(query + b'\\0\\0\\1\\0\\1', ('127.0.0.1', 53))\n"
        "    return socket.inet_ntoa(own.recv(4096)[-4:])\n"
        "print(json.dumps([ask(name) for name in sys.argv[1:]]))\n"
    )
    beside = let_out.stack.client.containers.run(
        image,
        ["-c", program, ALLOWED, IN_A_CLOSED_NETWORK, IN_THE_SANDBOX],
        entrypoint="python3",
        network_mode=f"container:{let_out.stack.container('egress').id}",
        remove=True,
    )
    world = let_out.address(let_out.world)
    assert beside.decode().strip() == f'["{world}", "192.0.2.1", "192.0.2.1"]'


def test_the_proxys_own_networks_and_the_machine_are_closed(let_out: LettingOut) -> None:
    outer = let_out.outer.attrs["IPAM"]["Config"][0]["Gateway"]
    sandbox = let_out.stack.client.networks.get(f"{let_out.stack.project}_sandbox")
    expected = {f"{outer}/32", sandbox.attrs["IPAM"]["Config"][0]["Subnet"]}
    expected |= {f"{address}/32" for address in proxy_addresses(let_out)}
    proxy = let_out.stack.container("egress")
    assert set(inside(proxy, "cat", f"{OWN_DIRECTORY}/networks").stdout.split()) == expected


def test_another_stack_does_not_reach_the_proxy(stack: Stack, let_out: LettingOut) -> None:
    """By what it says: on some networks a router accepts each connection, whomever it is for."""

    def answering(place: Container) -> list[str]:
        asked = [f"GET http://{FORBIDDEN}/"]
        return [
            address
            for address in sorted(proxy_addresses(let_out))
            for _, body in probe(place, "proxied", address, "3128", data=asked)
            if "Refused" in body
        ]

    assert answering(stack.container("opencode")) == []
    assert answering(let_out.closed) == []
    assert len(answering(let_out.workspace)) == 1, "the proxy was not there at all"
