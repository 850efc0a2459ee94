"""The world outside of a stack, made by the tests: containers, certificates, ports of the host."""

from __future__ import annotations

import subprocess
import threading
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any

from containers import PROBES
from docker.types import EndpointConfig
from harness import eventually

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from docker import DockerClient
    from docker.models.containers import Container
    from docker.models.networks import Network

_API = "1.44"

_MAKE_CERTIFICATES = """
cd "$(mktemp -d)"
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 \
    -subj '/CN=Authority of the tests' -keyout ca.key -out ca.pem \
    -addext basicConstraints=critical,CA:TRUE -addext keyUsage=critical,keyCertSign 2>/dev/null
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 \
    -subj '/CN=world' -CA ca.pem -CAkey ca.key -keyout key.pem -out certificate.pem \
    -addext basicConstraints=critical,CA:FALSE -addext "subjectAltName=$1" 2>/dev/null
cat ca.pem; echo ,; cat certificate.pem; echo ,; cat key.pem
"""


@dataclass(frozen=True)
class Certificates:
    """An authority and a certificate by it, PEM."""

    authority: str
    certificate: str
    key: str


def make_certificates(client: DockerClient, image: str, names: Sequence[str]) -> Certificates:
    subjects = ",".join(f"DNS:{name}" for name in names)
    script = ["-c", _MAKE_CERTIFICATES, "sh", subjects]
    printed = client.containers.run(image, script, entrypoint="sh", remove=True).decode()
    return Certificates(*printed.split(",\n"))


def start_world(
    network: Network, image: str, names: Sequence[str], certificates: Certificates
) -> Container:
    """A container with all of probes/world.py, under these names of the network."""
    client: DockerClient = network.client
    world = client.containers.run(
        image,
        ["-c", (PROBES / "world.py").read_text()],
        entrypoint="python3",
        environment={"CERTIFICATE": certificates.certificate, "KEY": certificates.key},
        network=network.name,
        networking_config={str(network.name): EndpointConfig(_API, aliases=list(names))},
        detach=True,
    )
    eventually(lambda: b"serving" in world.logs())
    world.reload()
    return world


def address_in(container: Container, network: Network) -> str:
    """The container's IPv4 address there."""
    container.reload()
    attached: dict[str, Any] = container.attrs["NetworkSettings"]["Networks"]
    return str(attached[str(network.name)]["IPAddress"])


@contextmanager
def listener_on_the_host() -> Iterator[int]:
    """A web server of this machine, on all its addresses; gives its port."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("0.0.0.0", 0), Handler)  # noqa: S104 - all is the point
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield int(server.server_address[1])
    finally:
        server.shutdown()
        server.server_close()


def host_addresses(client: DockerClient) -> set[str]:
    """Every IPv4 address of this machine, and those that its bridges have or could have."""
    shown = subprocess.run(
        ["hostname", "--all-ip-addresses"], capture_output=True, text=True, check=True
    )
    gateways = {
        config["Gateway"]
        for network in client.networks.list()
        for config in (network.attrs["IPAM"]["Config"] or [])
        if "Gateway" in config
    }
    found = {*shown.stdout.split(), *gateways}
    return {address.partition("/")[0] for address in found if ":" not in address}
