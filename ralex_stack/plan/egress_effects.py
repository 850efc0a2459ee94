"""What a change of the way out of the sandbox means, read from the rendered files."""

from __future__ import annotations

from ipaddress import ip_network
from typing import TYPE_CHECKING

from ralex_stack.networks import opened_in
from ralex_stack.plan.model import Effect
from ralex_stack.render.egress import CLOSED_NETWORKS, HOSTS, WEB
from ralex_stack.topology.egress import OPEN_NETWORK, SERVICE

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ralex_stack.bundle import Bundle
    from ralex_stack.settings.egress import EgressMode

_MEANING: dict[EgressMode, str] = {
    "none": "OpenCode and what it runs reach nothing but the models",
    "allowlist": "OpenCode and what it runs reach listed hosts, through a proxy: {hosts}",
    "open": "OpenCode and whatever it runs reach all of the internet, ports of this machine and "
    "other machines on its network, and can send there whatever they can read",
}


def egress_effects(wanted: Bundle, applied: Bundle | None) -> Iterator[Effect]:
    """Effects on the way out. Going to mode `open` has to be agreed to."""
    new, old = mode_of(wanted), mode_of(applied) if applied else "none"
    hosts = _hosts(wanted)
    if new != old:
        meaning = _MEANING[new].format(hosts=", ".join(hosts) or "none")
        yield Effect("egress", f"egress: {old} → {new}: {meaning}", needs_yes=new == "open")
    elif applied is not None:
        yield from _list_change("hosts", _hosts(applied), hosts)
    before = _private_networks(applied) if applied else []
    yield from _list_change("private networks", before, _private_networks(wanted))


def mode_of(bundle: Bundle) -> EgressMode:
    """The mode that a bundle was rendered for."""
    services = bundle.services
    if SERVICE in services:
        return "allowlist"
    return "open" if OPEN_NETWORK in services.get("workspace", {}).get("networks", ()) else "none"


def _list_change(what: str, old: list[str], new: list[str]) -> Iterator[Effect]:
    changes = (
        ("allowed", [one for one in new if one not in old]),
        ("no longer allowed", [one for one in old if one not in new]),
    )
    for change, names in changes:
        if names:
            yield Effect("egress", f"egress: {what} {change}: {', '.join(names)}")


def _hosts(bundle: Bundle) -> list[str]:
    found = []
    for path, content in bundle.files_of(SERVICE).items():
        directory, _, name = path.partition("/")
        if directory == HOSTS:
            port = "" if name == WEB else f":{name}"
            found += [f"{host}{port}" for host in content.decode().split()]
    return sorted(found)


def _private_networks(bundle: Bundle) -> list[str]:
    content = bundle.files_of(SERVICE).get(CLOSED_NETWORKS)
    if content is None:
        return []
    return [str(network) for network in opened_in(map(ip_network, content.decode().split()))]
