"""What the sandbox promises, tried from inside of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ralex_stack.doctor.facts import Probe
from ralex_stack.ports import EDGE_INNER

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ralex_stack.engines.compose import ComposeEngine

_CLOSED = "/key/list"

_PROMISES: Mapping[str, tuple[str, str]] = {
    "capabilities": ("0000000000000000", "no process has a capability"),
    "privileges": ("1", "no process can gain privileges"),
    "root": ("closed", "the root file system is read-only"),
    "route": ("none", "there is no way out of its network"),
    "names": ("none", "no other service is known by name"),
    "closed": ("403", f"the edge refuses {_CLOSED} of the gateway"),
    "open": ("200", "the edge passes /v1/models to the gateway"),
}

_SCRIPT = f"""
field() {{ awk -v name="$1:" '$1 == name {{ print $2 }}' /proc/self/status; }}
status() {{ curl -s -o /dev/null -m 10 -w '%{{http_code}}' "http://edge-inner:{EDGE_INNER}$1"; }}
echo "capabilities=$(field CapEff)"
echo "privileges=$(field NoNewPrivs)"
if (echo >/.probe) 2>/dev/null; then echo root=open; else echo root=closed; fi
echo "route=$(awk '$2 == "00000000" {{ print $1 }}' /proc/net/route | grep . || echo none)"
echo "names=$(getent hosts gateway valkey cache simulator | grep . || echo none)"
echo "closed=$(status {_CLOSED})"
echo "open=$(status /v1/models)"
"""


def probes(engine: ComposeEngine) -> tuple[Probe, ...]:
    """Each promise, and whether it is kept; none where the sandbox does not run."""
    result = engine.execute("opencode", ["sh", "-s"], check=False, stdin=_SCRIPT)
    return read(result.stdout) if result.code == 0 else ()


def read(text: str) -> tuple[Probe, ...]:
    """The probes from what the script printed."""
    found = dict(line.partition("=")[::2] for line in text.splitlines())
    return tuple(
        Probe(promise, found.get(name) == expected, found.get(name, "it could not be tried"))
        for name, (expected, promise) in _PROMISES.items()
    )
