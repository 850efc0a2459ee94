"""Egress: what OpenCode and all that it runs may reach outside of the stack."""

from __future__ import annotations

import re
from ipaddress import ip_address, ip_network
from typing import Annotated, Literal, NamedTuple

from pydantic import AfterValidator, Field, WithJsonSchema

from ralex_stack.networks import METADATA, PRIVATE, Network
from ralex_stack.settings.base import Section
from ralex_stack.settings.egress_presets import PRESETS

EgressMode = Literal["none", "allowlist", "open"]

_LABEL = "[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?"
# The last label has a letter first: what has none is an address, in one of its spellings.
HOST_PATTERN = rf"^\.?({_LABEL}\.)+[a-z]([a-z0-9-]{{0,61}}[a-z0-9])?(:[1-9][0-9]{{0,4}})?$"
_HOST = re.compile(HOST_PATTERN)


class AllowedHost(NamedTuple):
    """An entry of the list: a host, or with a leading dot a domain with its subdomains."""

    name: str
    port: int | None
    """None: 443 and 80."""


def parse_host(text: str) -> AllowedHost:
    """The entry that a text stands for. Raises ValueError with what is wrong, and what to write."""
    text = text.lower()
    if "/" in text or "@" in text:
        raise ValueError(
            'is a URL; name the host alone, as "example.org" or "example.org:8443": what follows '
            "it cannot be seen in encrypted calls"
        )
    if "*" in text:
        raise ValueError('has a wildcard; ".example.org" is a domain with all its subdomains')
    if _is_address(text):
        raise ValueError(
            "is an address; only names can be allowed. Give it a name in your DNS, and its network "
            "in private_networks where it is a private one"
        )
    name, _, port = text.partition(":")
    if "." not in name.strip("."):
        raise ValueError(
            "is no full name; write the host with its domain, as registry.example.org"
            if not name.startswith(".")
            else "is a whole top-level domain; name the domains below it that are needed"
        )
    if not _HOST.fullmatch(text) or len(name) > 253:
        raise ValueError(
            'is no host name; write "example.org", ".example.org" for a domain with all its '
            'subdomains, or "example.org:8443"; international names in their xn-- form'
        )
    if port and int(port) > 65535:
        raise ValueError("has a port above 65535")
    return AllowedHost(name, int(port) if port else None)


def _is_address(text: str) -> bool:
    """An IPv4 or IPv6 address, with or without brackets and port."""
    host = text.strip("[]") if text.count(":") != 1 else text.partition(":")[0]
    try:
        ip_address(host.partition("]")[0])
    except ValueError:
        return False
    return True


def _host(text: str) -> str:
    parse_host(text)
    return text.lower()


def _private_network(text: str) -> str:
    try:
        network: Network = ip_network(text)
    except ValueError:
        raise ValueError(
            'is no network; write it as "10.20.0.0/16", with zeros after its prefix'
        ) from None
    if not any(_is_part(network, private) for private in PRIVATE):
        raise ValueError(
            "is no part of a private network; only those can be opened: "
            + ", ".join(map(str, PRIVATE))
        )
    if network in METADATA:
        raise ValueError("is a cloud's metadata service, which stays closed")
    return str(network)


def _is_part(network: Network, other: Network) -> bool:
    return network.version == other.version and network.subnet_of(other)  # type: ignore[arg-type]


Preset = Annotated[str, WithJsonSchema({"type": "string", "enum": list(PRESETS)})]
"""Name of a list in PRESETS; checked with the other names, for the nearest one to be told."""

EgressHost = Annotated[
    str, AfterValidator(_host), WithJsonSchema({"type": "string", "pattern": HOST_PATTERN})
]
"""`example.org`, `.example.org`, either with `:PORT`."""

PrivateNetwork = Annotated[str, AfterValidator(_private_network)]
"""A network in CIDR notation."""


class EgressSettings(Section):
    """What OpenCode and all that it runs may reach outside of the stack, beside the models."""

    mode: EgressMode = Field(
        "none",
        description="`none`: nothing. `allowlist`: listed hosts over HTTP and HTTPS, through a "
        "proxy. `open`: the internet, this machine and its network; asks first.",
    )
    presets: tuple[Preset, ...] = Field(
        (),
        description="Lists of hosts to allow: of package registries and of places with code.",
        examples=[["python", "node", "github"]],
    )
    hosts: tuple[EgressHost, ...] = Field(
        (),
        description="Further hosts to allow. `example.org` is that host, `.example.org` the domain "
        "with all its subdomains; ports are 443 and 80, or the one of `example.org:8443`.",
        examples=[["docs.example.org", ".example.com"]],
    )
    private_networks: tuple[PrivateNetwork, ...] = Field(
        (),
        description="Private networks that allowed names may lead to, as that of a company's "
        "registry.",
        examples=[["10.20.0.0/16"]],
    )
