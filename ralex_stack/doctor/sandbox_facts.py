"""What the sandbox promises, tried from inside of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ralex_stack.doctor.facts import Probe
from ralex_stack.ports import EDGE_INNER, EGRESS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ralex_stack.engines.compose import ComposeEngine
    from ralex_stack.settings.egress import EgressMode

_CLOSED = "/key/list"

_PROMISES: Mapping[str, tuple[str, str]] = {
    "capabilities": ("0000000000000000", "no process has a capability"),
    "privileges": ("1", "no process can gain privileges"),
    "root": ("closed", "the root file system is read-only"),
    "names": ("none", "no other service is known by name"),
    "closed": ("403", f"the edge refuses {_CLOSED} of the gateway"),
    "open": ("200", "the edge passes /v1/models to the gateway"),
}

_SEALED: Mapping[str, tuple[str, str]] = {
    "route": ("none", "there is no way out of its network"),
    "address": ("closed", "no address outside can be connected to"),
    "resolved": ("none", "no outside name is resolved"),
}

_PROXIED: Mapping[str, tuple[str, str]] = {
    "refused": ("403", "the proxy refuses a host that is not in the list"),
    "literal": ("403", "the proxy refuses an address"),
}

_OF_EGRESS: Mapping[EgressMode, Mapping[str, tuple[str, str]]] = {
    "none": _SEALED,
    "allowlist": {**_SEALED, **_PROXIED},
    "open": {},
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
if timeout 3 bash -c 'echo >/dev/tcp/1.1.1.1/443' 2>/dev/null; then echo address=open
else echo address=closed; fi
echo "resolved=$(timeout 5 getent hosts example.com one.one.one.one | grep . || echo none)"
"""

_PROXY_SCRIPT = f"""
proxied() {{
    curl -s -o /dev/null -m 10 -w '%{{http_code}}' -x http://egress-inner:{EGRESS} "$1"
}}
echo "refused=$(proxied http://refused.invalid/)"
echo "literal=$(proxied http://169.254.169.254/)"
"""


def probes(engine: ComposeEngine, mode: EgressMode) -> tuple[Probe, ...]:
    """Each promise, and whether it is kept; none where the sandbox does not run."""
    script = _SCRIPT + (_PROXY_SCRIPT if mode == "allowlist" else "")
    result = engine.execute("opencode", ["sh", "-s"], check=False, stdin=script)
    return read(result.stdout, mode) if result.code == 0 else ()


def read(text: str, mode: EgressMode) -> tuple[Probe, ...]:
    """The probes from what the script printed."""
    found = dict(line.partition("=")[::2] for line in text.splitlines())
    return tuple(
        Probe(promise, found.get(name) == expected, found.get(name, "it could not be tried"))
        for name, (expected, promise) in {**_PROMISES, **_OF_EGRESS[mode]}.items()
    )
