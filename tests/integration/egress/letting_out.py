"""A stack whose sandbox is let out to listed hosts, and the world that it can and cannot reach."""

from __future__ import annotations

import subprocess
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from harness import Stack
from outside import address_in, make_certificates, start_world

if TYPE_CHECKING:
    from collections.abc import Iterator

    from docker import DockerClient
    from docker.models.containers import Container
    from docker.models.networks import Network

ALLOWED = "allowed.example.org"
FORBIDDEN = "forbidden.example.org"
BELOW_A_DOMAIN = "deep.wild.example.org"
IN_A_CLOSED_NETWORK = "closed.example.org"
IN_THE_SANDBOX = "insider.example.org"

_SYSTEM_BUNDLE = Path("/etc/ssl/certs/ca-certificates.crt")
_HOSTS = [ALLOWED, f"{ALLOWED}:8080", ".wild.example.org", IN_A_CLOSED_NETWORK, IN_THE_SANDBOX]


@dataclass(frozen=True)
class LettingOut:
    """The stack, and three servers: all of them listen on the same ports."""

    stack: Stack
    outer: Network
    """The network of the proxy that leads out."""
    world: Container
    """There, as ALLOWED, FORBIDDEN and BELOW_A_DOMAIN; its address is opened."""
    closed: Container
    """There, as IN_A_CLOSED_NETWORK, which is listed; its address is not opened."""
    insider: Container
    """In the sandbox's network, as IN_THE_SANDBOX; listed, and its network is opened."""
    workspace: Container
    """A container as those of `run`."""

    @property
    def places(self) -> dict[str, Container]:
        """Where what OpenCode starts runs."""
        return {"opencode": self.stack.container("opencode"), "workspace": self.workspace}

    def address(self, server: Container) -> str:
        """IPv4 address of a server in the network that leads out."""
        return address_in(server, self.outer)


def egress(mode: str, **values: Any) -> dict[str, Any]:
    """The section of the settings."""
    return {"sandbox": {"egress": {"mode": mode, **values}}}


@contextmanager
def letting_out(directory: Path, client: DockerClient) -> Iterator[LettingOut]:
    """All of it."""
    stack = Stack(directory, client, egress("allowlist", hosts=_HOSTS))
    with ExitStack() as started:
        started.callback(stack.remove)
        stack.up()
        image = stack.container("opencode").attrs["Config"]["Image"]
        names = [ALLOWED, FORBIDDEN, BELOW_A_DOMAIN]
        certificates = make_certificates(client, image, [*names, IN_A_CLOSED_NETWORK])
        outer = client.networks.get(f"{stack.project}_egress")
        sandbox = client.networks.get(f"{stack.project}_sandbox")
        servers = []
        for network, own_names in (
            (outer, names),
            (outer, [IN_A_CLOSED_NETWORK]),
            (sandbox, [IN_THE_SANDBOX]),
        ):
            servers.append(start_world(network, image, own_names, certificates))
            started.callback(servers[-1].remove, force=True)
        bundle = directory / "authorities.pem"
        bundle.write_text(_own_authorities() + certificates.authority)
        opened = [address_in(servers[0], outer), sandbox.attrs["IPAM"]["Config"][0]["Subnet"]]
        settings = egress("allowlist", hosts=_HOSTS, private_networks=opened)
        stack.configure({"images": {"ca": str(bundle)}, **settings})
        stack.up()
        yield LettingOut(stack, outer, *servers, start_workspace(stack))


def _own_authorities() -> str:
    """This machine's: images may have to be built with the bundle."""
    return _SYSTEM_BUNDLE.read_text() if _SYSTEM_BUNDLE.is_file() else ""


def start_workspace(stack: Stack) -> Container:
    """A container of the service `workspace` that waits; it goes with the stack."""
    project = stack.state / "project"
    files = ["--project-directory", str(project), "--file", str(project / "compose.yaml")]
    # Without the volume that `run` mounts for sessions.
    places = ["--env", "XDG_DATA_HOME=/tmp/share", "--env", "XDG_STATE_HOME=/tmp/state"]
    command = ["run", "--detach", "--no-deps", *places, "workspace", "sleep", "infinity"]
    done = subprocess.run(
        ["docker", "compose", *files, *command], capture_output=True, text=True, check=True
    )
    return stack.client.containers.get(done.stdout.split()[-1])
