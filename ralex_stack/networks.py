"""Networks that are not the internet: what a name that is allowed must not lead to.

From IANA's registries of special-purpose addresses (RFC 6890) and of IPv6 unicast space.
"""

from __future__ import annotations

from ipaddress import IPv4Network, IPv6Network, ip_network
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

Network = IPv4Network | IPv6Network
OneKind = TypeVar("OneKind", IPv4Network, IPv6Network)

PRIVATE: tuple[Network, ...] = tuple(
    ip_network(text)
    for text in (
        "10.0.0.0/8",
        "100.64.0.0/10",
        "172.16.0.0/12",
        "192.168.0.0/16",
        "198.18.0.0/15",
        "198.51.100.0/24",
        "203.0.113.0/24",
        "fc00::/7",
    )
)
"""What organisations, carriers, VPNs and mirrors use inside; parts of it can be opened."""

METADATA: tuple[Network, ...] = tuple(
    ip_network(text)
    for text in ("100.100.100.200", "168.63.129.16", "fd00:ec2::254", "fd20:ce::254")
)
"""Addresses of clouds' metadata services that are not link-local: that of Azure is public."""

MAPPED = IPv6Network("::ffff:0:0/96")
"""IPv4 written as IPv6."""

_NEVER: tuple[Network, ...] = tuple(
    ip_network(text)
    for text in (
        "0.0.0.0/8",
        "127.0.0.0/8",
        "169.254.0.0/16",
        "192.0.0.0/24",
        "192.0.2.0/24",
        "192.88.99.0/24",
        "224.0.0.0/3",
        # The loopback, IPv4 written as IPv6 in other ways (compatible, NAT64, 6to4, Teredo), …
        "::/96",
        "64:ff9b::/96",
        "64:ff9b:1::/48",
        "2001::/23",
        "2001:db8::/32",
        "2002::/16",
        "3fff::/20",
        # … and all but the global unicast addresses, 2000::/3.
        "100::/8",
        "200::/7",
        "400::/6",
        "800::/5",
        "1000::/4",
        "4000::/2",
        "8000::/2",
        "c000::/3",
        "e000::/4",
        "f000::/5",
        "f800::/6",
        "fe00::/7",
    )
)


def closed(opened: Iterable[Network] = ()) -> tuple[Network, ...]:
    """All networks that are closed where those private ones are opened, in a fixed order."""
    holes = tuple(opened)
    kept = [rest for network in PRIVATE for rest in _without(network, holes)]
    return (*_NEVER, *kept, *(one for one in METADATA if not any(map(one.overlaps, kept))))


def opened_in(closed_networks: Iterable[Network]) -> tuple[Network, ...]:
    """The private networks that a list as of `closed` leaves open."""
    holes = tuple(network for network in closed_networks if network not in METADATA)
    return tuple(rest for network in PRIVATE for rest in _without(network, holes))


def _without(network: Network, holes: tuple[Network, ...]) -> Iterator[Network]:
    """What is left of a network without others."""
    if isinstance(network, IPv4Network):
        yield from _rest(network, [hole for hole in holes if isinstance(hole, IPv4Network)])
    else:
        yield from _rest(network, [hole for hole in holes if isinstance(hole, IPv6Network)])


def _rest(network: OneKind, holes: list[OneKind]) -> Iterator[OneKind]:
    hole = next((hole for hole in holes if hole.overlaps(network)), None)
    if hole is None:
        yield network
    elif not network.subnet_of(hole):
        for part in sorted(network.address_exclude(hole)):
            yield from _rest(part, holes)
