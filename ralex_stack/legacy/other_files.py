"""Claims of the environment, routers, rotations, aliases and MCP servers."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from ralex_stack.legacy.claim import Claim, Dropped, slug, tier_of
from ralex_stack.legacy.litellm_era import key_reference, provider_claims
from ralex_stack.legacy.masking import has_mark, is_secret_name
from ralex_stack.legacy.model_names import upstream_of
from ralex_stack.legacy.node import Node

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from ralex_stack.legacy.claim import Source

_TIER_VARIABLE = "COST_TIER_"
_KEY_VARIABLE = "_API_KEY"


def environment(source: Source, root: Node) -> Iterator[Claim | Dropped]:
    """Lists of models by tier, and keys of providers."""
    for variable, node in root.table.items():
        if variable.startswith(_TIER_VARIABLE):
            names = [text.strip() for text in node.text.split(",") if text.strip()]
            listed = Node([Node(name, node.place) for name in names], node.place)
            tier = tier_of(variable.removeprefix(_TIER_VARIABLE))
            yield from _tier(source, tier, variable, listed)
        elif variable.endswith(_KEY_VARIABLE):
            provider = slug(variable.removesuffix(_KEY_VARIABLE))
            value = key_reference(source, node)
            if value and provider:
                yield source.claim(("provider", provider, "api_key"), value, variable, node)
    yield from _fallback(source, root)


def _fallback(source: Source, root: Node) -> Iterator[Claim | Dropped]:
    default, fallback = root.at("DEFAULT_MODEL"), root.at("FALLBACK_MODEL")
    if default is None or fallback is None:
        return
    first, _ = source.model("DEFAULT_MODEL", default, default.text)
    second, claimed = source.model("FALLBACK_MODEL", fallback, fallback.text)
    yield claimed
    if first and second and first != second:
        yield source.claim(("fallback", first), [second], "FALLBACK_MODEL", fallback)


def _tier(source: Source, tier: str, key: str, listed: Node) -> Iterator[Claim | Dropped]:
    names, found = source.models(key, listed.elements)
    yield from found
    if tier and names:
        yield source.claim(("tier", tier), names, key, listed)


def intelligence(source: Source, root: Node) -> Iterator[Claim | Dropped]:
    """Lists of models by tier."""
    tiers = root.at("model_tiers")
    for name, listed in tiers.table.items() if tiers else ():
        yield from _tier(source, tier_of(name), f"model_tiers.{name}", listed)


def router(source: Source, root: Node) -> Iterator[Claim | Dropped]:
    """Providers with their models, and what each use of a model is given."""
    providers = root.at("Providers")
    for entry in providers.elements if providers else []:
        yield from _provider(source, entry)
    uses = root.at("Router")
    for use, node in uses.table.items() if uses else ():
        if use not in ("default", "background"):
            yield from _alias(source, f"Router.{use}", use, node)


def _provider(source: Source, entry: Node) -> Iterator[Claim | Dropped]:
    key, named = "Providers.[]", entry.at("name")
    provider = slug(named.text) if named else ""
    if named is None or not provider:
        return
    yield source.claim(("provider", provider, "named"), True, f"{key}.name", named)
    parts = {"api_key": entry.at("api_key"), "api_base": entry.at("api_base_url")}
    given = {part: (f"{key}.{part}", node) for part, node in parts.items() if node}
    yield from provider_claims(source, provider, given)
    models = entry.at("models")
    for node in models.elements if models else []:
        if provider == "openrouter":
            yield source.model(f"{key}.models.[]", node, node.text)[1]
        elif re.fullmatch(r"[A-Za-z0-9][\w./:-]*", node.text):
            name = slug(node.text.rpartition("/")[2].replace(":", "-"))
            slot = ("model", name, "upstream")
            yield source.claim(slot, f"{provider}/{node.text}", f"{key}.models.[]", node)


def _alias(source: Source, key: str, alias: str, node: Node) -> Iterator[Claim | Dropped]:
    """A model that is served by the name of the alias."""
    upstream, name = upstream_of(node.text), slug(alias)
    if has_mark(node.text) or not upstream or not name:
        if isinstance(node.value, str):
            yield Dropped(node.place, key, node.value, "is no model's name, nor like one")
        return
    yield source.claim(("model", name, "upstream"), upstream, key, node)
    yield source.claim(("model", name, "named"), True, key, node)


def aliases(source: Source, root: Node) -> Iterator[Claim | Dropped]:
    """Shell functions that call a model."""
    for alias, node in root.table.items():
        yield from _alias(source, alias, alias, node)


def rotation(source: Source, root: Node) -> Iterator[Claim | Dropped]:
    """Models in turn: the first serves, the others are its fallbacks."""
    listed = root.at("models", "rotation")
    nodes = listed.elements if listed else []
    names, found = source.models("models.rotation.[]", nodes)
    yield from found
    if len(names) > 1:
        slot = ("fallback", names[0])
        yield source.claim(slot, names[1:], "models.rotation.[]", *nodes)
    models = root.at("models")
    for name, node in models.table.items() if models else ():
        if name not in ("rotation", "default"):
            yield from _alias(source, f"models.{name}", name, node)


def mcp_servers(source: Source, root: Node) -> Iterator[Claim | Dropped]:
    """Programs or addresses, by name."""
    servers = root.at("mcpServers")
    for name, server in servers.table.items() if servers else ():
        yield from _mcp_server(source, f"mcpServers.{name}", slug(name), server)


def _mcp_server(source: Source, key: str, name: str, server: Node) -> Iterator[Claim | Dropped]:
    command, url, args = (server.at(part) for part in ("command", "url", "args"))
    words = [node for node in [command, *(args.elements if args else [])] if node]
    first = command or url
    if first is None or not first.text or not name:
        return
    if any(has_mark(node.text) for node in [*words, *([url] if url else [])]):
        why = "a secret stands in it: write it anew, with the secret elsewhere"
        yield Dropped(first.place, key, "", why)
        return
    value: dict[str, Any] = {"command": [str(node.value) for node in words]}
    if not command:
        value = {"url": first.text}
    kept = list(_variables(server))
    if command and kept:
        value["environment"] = {variable: node.text for variable, node in kept}
    nodes = words or [first]
    slot = ("mcp", name)
    yield source.claim(slot, value, key, *nodes, *(node for _, node in kept if command))
    yield from _left_out(key, server, kept)


def _variables(server: Node) -> Iterable[tuple[str, Node]]:
    environment = server.at("env")
    for variable, node in environment.table.items() if environment else ():
        if node.text and not has_mark(node.text) and not is_secret_name(variable):
            yield variable, node


def _left_out(key: str, server: Node, kept: list[tuple[str, Node]]) -> Iterator[Dropped]:
    environment = server.at("env")
    for variable, node in environment.table.items() if environment else ():
        if variable not in dict(kept):
            why = "a secret has no place in the settings: give it to the server another way"
            yield Dropped(node.place, f"{key}.env.{variable}", node.value, why)
