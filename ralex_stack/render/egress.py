"""The configuration of the way out: squid, and the resolver that it asks, unbound.

Squid looks a name up when it decides and again when it connects, and nothing makes both give the
same addresses. So what a name must not lead to is taken out where squid gets its addresses from:
the resolver puts MARKER_* in the place of every answer with a closed address, and squid refuses
these. Options of squid: https://www.squid-cache.org/Doc/config/, of unbound: unbound.conf(5).
"""

from __future__ import annotations

from ipaddress import IPv4Network, ip_network
from typing import TYPE_CHECKING

from ralex_stack import ports
from ralex_stack.networks import MAPPED, closed
from ralex_stack.settings.egress import AllowedHost, parse_host
from ralex_stack.settings.egress_check import host_of
from ralex_stack.settings.egress_presets import PRESETS

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from ralex_stack.networks import Network
    from ralex_stack.settings import Settings
    from ralex_stack.target import Target

HOSTS = "hosts"
"""Directory of the lists of names, each in a file named by its port, or WEB."""

WEB = "web"
"""The list whose names are reached at 443 and 80."""

CLOSED_NETWORKS = "closed-networks"
"""File with the networks that names must not lead to, one a line."""

OWN_DIRECTORY = "/tmp/own"  # noqa: S108 - the entry point makes it in the container
"""What the container closes itself when it starts: see stack/egress/entrypoint."""

MARKER_IPV4 = "192.0.2.1"
MARKER_IPV6 = "2001:db8::1"
"""Addresses for documentation, which lead nowhere, and are closed."""

REFUSALS: Mapping[str, str] = {
    "protocol": "ERR_REFUSED_PROTOCOL",
    "address": "ERR_REFUSED_ADDRESS",
    "host": "ERR_REFUSED_HOST",
    "port": "ERR_REFUSED_PORT",
    "network": "ERR_REFUSED_NETWORK",
}
"""Why a request is refused, as the log has it → the page in stack/egress/errors that says so."""

_DOCKER_RESOLVER = "127.0.0.11"
_RESOLVER = "127.0.0.1"


def render(settings: Settings, target: Target) -> dict[str, bytes]:
    """Files of the proxy's configuration directory."""
    lists = host_lists(allowed_hosts(settings))
    networks = closed(map(ip_network, settings.sandbox.egress.private_networks))
    files = {
        "squid.conf": _squid(lists, target),
        "unbound.conf": _unbound(networks),
        CLOSED_NETWORKS: map(str, networks),
        **{f"{HOSTS}/{name}": names for name, names in lists.items()},
    }
    return {path: "".join(f"{line}\n" for line in lines).encode() for path, lines in files.items()}


def allowed_hosts(settings: Settings) -> tuple[AllowedHost, ...]:
    """What presets, hosts and remote MCP servers allow, sorted."""
    egress = settings.sandbox.egress
    listed = {*egress.hosts, *(name for preset in egress.presets for name in PRESETS[preset])}
    servers = settings.opencode.mcp.values()
    urls = [server.url for server in servers if server.enabled and server.url]
    derived = [found for found in map(host_of, urls) if found]
    return tuple(sorted({*map(parse_host, listed), *derived}, key=lambda h: (h.name, h.port or 0)))


def host_lists(hosts: Iterable[AllowedHost]) -> dict[str, list[str]]:
    """Port or WEB → names, without those that a domain of the same list has in it."""
    lists: dict[str, list[str]] = {WEB: []}
    for host in hosts:
        lists.setdefault(str(host.port or WEB), []).append(host.name)
    return {name: [n for n in names if not _covered(n, names)] for name, names in lists.items()}


def _covered(name: str, names: list[str]) -> bool:
    return any(
        domain != name and domain.startswith(".") and f".{name.lstrip('.')}".endswith(domain)
        for domain in names
    )


def _squid(lists: Mapping[str, list[str]], target: Target) -> Iterator[str]:
    directory = target.config("egress")
    yield f"http_port {target.address('egress-inner')}"
    yield f"http_port 127.0.0.1:{ports.EGRESS_HEALTH} name=health"
    yield from _SQUID_OPTIONS
    yield "acl health myportname health"
    yield "access_log stdio:/dev/stdout logformat=egress !health"
    yield "acl plain proto HTTP"
    yield r"acl is_address dstdom_regex -n -i : ^[0-9.]+$ ^0x"
    yield f'acl closed dst "{directory}/{CLOSED_NETWORKS}" "{OWN_DIRECTORY}/networks"'
    for reason, page in REFUSALS.items():
        yield f"acl refused_{reason} annotate_transaction refused={reason}"
        yield f"deny_info {page} refused_{reason}"
    yield from _lists(lists, directory)
    yield "deny_info 200:READY health"
    yield "http_access deny health"
    yield "http_access deny manager refused_protocol"
    yield "http_access deny !CONNECT !plain refused_protocol"
    yield "http_access deny is_address refused_address"
    yield "http_access deny !listed refused_host"
    yield "http_access deny !at_its_port refused_port"
    yield "http_access deny closed refused_network"
    yield "http_access allow all"


_SQUID_OPTIONS = (
    # It only passes on: nothing is kept, nobody else is asked.
    "cache deny all",
    "cache_mem 0",
    "icp_port 0",
    "snmp_port 0",
    "pinger_enable off",
    "always_direct allow all",
    # Names are the resolver's, and none of this container.
    f"dns_nameservers {_RESOLVER}",
    "hosts_file none",
    "negative_dns_ttl 5 seconds",
    "positive_dns_ttl 60 seconds",
    # Squid sets aside memory for each file that it might open.
    "max_filedescriptors 4096",
    "connect_timeout 20 seconds",
    "shutdown_lifetime 1 seconds",
    "pid_filename none",
    "coredump_dir none",
    "cache_log /dev/stderr",
    "debug_options ALL,0",
    # Host and port only: paths and queries can hold credentials.
    'logformat egress {"time":"%{%Y-%m-%dT%H:%M:%SZ}tg","method":"%#rm","host":"%#>rd",'
    '"port":"%>rP","status":"%>Hs","refused":"%{refused}note"}',
    "error_directory /usr/share/squid/errors/templates",
    "visible_hostname egress",
    "httpd_suppress_version_string on",
    "via off",
    "forwarded_for delete",
)


def _lists(lists: Mapping[str, list[str]], directory: str) -> Iterator[str]:
    """What is listed, and at its ports; Node puts plain HTTP into tunnels as well."""
    for name in lists:
        yield f'acl hosts_{name} dstdomain -n "{directory}/{HOSTS}/{name}"'
        yield f"acl ports_{name} port {_WEB_PORTS if name == WEB else name}"
        yield f"acl whole_{name} all-of hosts_{name} ports_{name}"
    yield f"acl listed any-of {' '.join(f'hosts_{name}' for name in lists)}"
    yield f"acl at_its_port any-of {' '.join(f'whole_{name}' for name in lists)}"


_WEB_PORTS = "443 80"


def _unbound(networks: Iterable[Network]) -> Iterator[str]:
    yield "server:"
    for option in (
        f"interface: {_RESOLVER}",
        "do-daemonize: no",
        "use-syslog: no",
        'chroot: ""',
        'username: ""',
        'directory: "/tmp"',
        'pidfile: ""',
        "num-threads: 1",
        'module-config: "respip iterator"',
        "do-not-query-localhost: no",
        "qname-minimisation: no",
        'local-zone: "localhost." always_nxdomain',
        'local-zone: "test." nodefault',
        'local-zone: "home.arpa." nodefault',
        *_closing([*networks, MAPPED]),
        f'include: "{OWN_DIRECTORY}/unbound.conf"',
    ):
        yield f"  {option}"
    yield "forward-zone:"
    yield '  name: "."'
    yield f"  forward-addr: {_DOCKER_RESOLVER}"


def _closing(networks: Iterable[Network]) -> Iterator[str]:
    for network in networks:
        is_ipv4 = isinstance(network, IPv4Network)
        marker = f"A {MARKER_IPV4}" if is_ipv4 else f"AAAA {MARKER_IPV6}"
        yield f"response-ip: {network} redirect"
        yield f'response-ip-data: {network} "{marker}"'
