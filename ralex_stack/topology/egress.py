"""The way out of the sandbox: networks, proxy, and what tools in the sandbox are told of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ralex_stack.ports import EGRESS, EGRESS_HEALTH
from ralex_stack.settings.base import Resources
from ralex_stack.topology.authorities import CA_BUNDLE, ca_mounts
from ralex_stack.topology.model import Attachment, Network, Probe, Service

if TYPE_CHECKING:
    from ralex_stack.settings import Settings
    from ralex_stack.settings.egress import EgressMode
    from ralex_stack.topology.model import Choices, Mount

Environment = tuple[tuple[str, str], ...]

SERVICE = "egress"

OPEN_NETWORK = "open"
"""The network with which the sandbox has the world without a proxy."""

_OUTER_NETWORK = "egress"

# Each is read by some tool and by no other: curl and git only know http_proxy in lower case, …
_PROXY_VARIABLES = ("HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy")
_NO_PROXY_VARIABLES = ("NO_PROXY", "no_proxy")
_DIRECT = "edge-inner,localhost,127.0.0.1,::1"
_CA_VARIABLES = (
    "SSL_CERT_FILE",
    "CURL_CA_BUNDLE",
    "GIT_SSL_CAINFO",
    "PIP_CERT",
    "REQUESTS_CA_BUNDLE",
    "NODE_EXTRA_CA_CERTS",
    "CARGO_HTTP_CAINFO",
    "DENO_CERT",
    "AWS_CA_BUNDLE",
)


def egress() -> Service:
    """The proxy, between the sandbox's network and one that leads out."""
    return Service(
        name=SERVICE,
        image="egress",
        resources=Resources(memory="256m", cpus=1, pids=64),
        networks=(Attachment("sandbox", ("egress-inner",)), Attachment(_OUTER_NETWORK)),
        probe=Probe(("http-probe", str(EGRESS_HEALTH), "http://ready/")),
    )


def egress_networks(mode: EgressMode) -> tuple[Network, ...]:
    """The network that leads out; two names, since Compose changes none that exists."""
    names = {"none": (), "allowlist": (_OUTER_NETWORK,), "open": (OPEN_NETWORK,)}[mode]
    return tuple(Network(name, internal=False) for name in names)


def sandbox_networks(mode: EgressMode) -> tuple[Attachment, ...]:
    """The networks of OpenCode's containers."""
    outer = (Attachment(OPEN_NETWORK),) if mode == "open" else ()
    return (Attachment("sandbox"), *outer)


def sandbox_environment(settings: Settings, choices: Choices) -> Environment:
    """What tells the tools in the sandbox of proxy and certificate authorities."""
    mode = settings.sandbox.egress.mode
    return (_PROXIED if mode == "allowlist" else ()) + (
        _authorities(choices) if mode != "none" else ()
    )


_PROXIED: Environment = (
    *((name, f"http://egress-inner:{EGRESS}") for name in _PROXY_VARIABLES),
    *((name, _DIRECT) for name in _NO_PROXY_VARIABLES),
    ("NODE_USE_ENV_PROXY", "1"),
)


def _authorities(choices: Choices) -> Environment:
    if choices.ca_bundle is None:
        return ()
    return (*((name, CA_BUNDLE) for name in _CA_VARIABLES), ("UV_NATIVE_TLS", "1"))


def sandbox_authorities(settings: Settings, choices: Choices) -> tuple[Mount, ...]:
    """The machine's certificate authorities, where the sandbox has a way out."""
    return ca_mounts(choices) if settings.sandbox.egress.mode != "none" else ()
