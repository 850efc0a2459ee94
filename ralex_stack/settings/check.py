"""Checks across sections: names that name nothing, cycles, prices, ports, budgets."""

from __future__ import annotations

import graphlib
import ipaddress
import itertools
import re
from typing import TYPE_CHECKING

from ralex_stack.routing.rules import AUTO
from ralex_stack.settings import defaults, egress_check, routing_check
from ralex_stack.settings.problem import Path, Problem, nearest, shown

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from ralex_stack.settings.models import Model
    from ralex_stack.settings.root import Settings

# What LiteLLM keeps in the same table as the parameters of a call, and where it stands here.
_OWN_PARAMETERS = {
    "model": "upstream",
    "api_key": "api_key of the provider",
    "api_base": "api_base of the provider",
    "rpm": "limits",
    "tpm": "limits",
    "weight": "weight of the deployment",
    "max_budget": "budget.models",
    "budget_duration": "budget.models",
    "num_retries": "routing.retries",
    "input_cost_per_token": "price",
    "output_cost_per_token": "price",
    "cache_read_input_token_cost": "price",
    "cache_creation_input_token_cost": "price",
}
# Keys of OpenCode's configuration that are written from settings of their own.
_OWN_KEYS = {
    "model": "opencode.model",
    "small_model": "opencode.small_model",
    "permission": "opencode.permissions",
    "mcp": "opencode.mcp",
    "provider": "models",
    "enabled_providers": "models",
    "share": "the stack, which never shares sessions",
    "autoupdate": "the stack, which updates the image instead",
}
_KEYS = ("client", "sandbox")
# Agents that OpenCode brings along.
_BUILT_IN_AGENTS = ("build", "plan", "general", "explore")


def check(settings: Settings, broken: frozenset[Path] = frozenset()) -> list[Problem]:
    """Every problem that only shows when sections are seen together.

    `broken` are paths that were taken out of the settings because they are wrong themselves:
    nothing is said about them again, and what they name counts as being there.
    """
    checks = (
        _tiers,
        _fallbacks,
        _cycles,
        _models,
        _parameters,
        _providers,
        _budgets,
        _ledger,
        _recording,
        _opencode,
        _network,
        _egress,
        _auto,
    )
    found = (problem for one in checks for problem in one(settings, _Names(settings, broken)))
    return [problem for problem in found if not _touches(problem.at, broken)]


class _Names:
    """What may be named: what is valid, and what is there but has a problem of its own."""

    def __init__(self, settings: Settings, broken: frozenset[Path]) -> None:
        self.models = _names(("models",), settings.models, broken)
        self.providers = _names(("providers",), settings.providers, broken)
        # Where a model is broken, the tiers that would have been derived are not missing.
        derived = defaults.TIERS if any(path[0] == "models" for path in broken) else {}
        self.tiers = _names(("tiers",), {**settings.tiers, **derived}, broken)
        self.database_is_broken = _touches(("gateway", "database"), broken)
        self.agents = _names(("opencode", "agents"), settings.opencode.agents, broken)


def _names(table: Path, valid: Iterable[str], broken: frozenset[Path]) -> tuple[str, ...]:
    depth = len(table)
    ghosts = {str(path[depth]) for path in broken if path[:depth] == table and len(path) > depth}
    return (*valid, *sorted(ghosts - set(valid)))


def _touches(path: Path, broken: frozenset[Path]) -> bool:
    return any(path[: len(cut)] == cut or cut[: len(path)] == path for cut in broken)


def _unknown(path: Path, kind: str, name: str, names: Sequence[str], advice: str = "") -> Problem:
    message = f'"{shown(name)}" names no {kind}' + (f"; {advice}" if advice else "")
    return Problem(path, message, tuple(names), nearest(name, names))


def _tiers(settings: Settings, names: _Names) -> Iterator[Problem]:
    for tier, filled in settings.tiers.items():
        for index, model in enumerate(filled.models):
            path: Path = ("tiers", tier, "models", index)
            if model not in names.models:
                yield _unknown(path, "model", model, names.models)
            elif model in filled.models[:index]:
                yield Problem(path, f'"{model}" is named twice')
            elif _mode(settings, model) != "chat":
                yield Problem(path, f'"{model}" is no chat model')


def _mode(settings: Settings, model: str) -> str:
    return settings.models[model].mode if model in settings.models else "chat"


def _fallbacks(settings: Settings, names: _Names) -> Iterator[Problem]:
    for model, targets in settings.routing.fallbacks.items():
        path: Path = ("routing", "fallbacks", model)
        if model not in names.models:
            yield _unknown(path, "model", model, names.models)
        for index, target in enumerate(targets):
            if target not in names.models:
                yield _unknown((*path, index), "model", target, names.models)
            elif _mode(settings, target) != _mode(settings, model):
                yield Problem((*path, index), f'"{target}" is of another mode than "{model}"')


def _cycles(settings: Settings, names: _Names) -> Iterator[Problem]:
    cycle = _cycle(settings.routing.fallbacks)
    if cycle:
        path: Path = ("routing", "fallbacks", cycle[0])
        yield Problem(path, f"fallback cycle: {' → '.join(shown(name) for name in cycle)}")


def _cycle(graph: Mapping[str, Sequence[str]]) -> list[str]:
    """The first cycle, its start at both ends; empty where there is none."""
    try:
        graphlib.TopologicalSorter(graph).prepare()
    except graphlib.CycleError as error:
        backwards: list[str] = error.args[1]
        return backwards[::-1]
    return []


def _models(settings: Settings, names: _Names) -> Iterator[Problem]:
    for name, model in settings.models.items():
        yield from _deployments(settings, names, name, model)
        if model.mode == "chat" and model.output > model.context:
            message = f"the longest answer ({model.output}) exceeds the context ({model.context})"
            yield Problem(("models", name, "output"), message)


def _parameters(settings: Settings, names: _Names) -> Iterator[Problem]:
    for name, model in settings.models.items():
        for key in model.parameters.keys() & _OWN_PARAMETERS.keys():
            path: Path = ("models", name, "parameters", key)
            yield Problem(path, f"is no parameter of a call; use {_OWN_PARAMETERS[key]}")


def _deployments(settings: Settings, names: _Names, name: str, model: Model) -> Iterator[Problem]:
    for index, deployment in enumerate(model.all_deployments):
        path: Path = ("models", name)
        if model.deployments:
            path = (*path, "deployments", index)
        provider = settings.providers.get(deployment.provider)
        if deployment.provider not in names.providers:
            advice = f"write [providers.{shown(deployment.provider)}] for it"
            upstream = (*path, "upstream")
            yield _unknown(upstream, "provider", deployment.provider, names.providers, advice)
        elif provider and provider.paid and deployment.price is None:
            message = (
                f"prices are required, as provider {deployment.provider} is paid: "
                "{ input = USD, output = USD } per million tokens"
            )
            yield Problem((*path, "price"), message)


def _providers(settings: Settings, names: _Names) -> Iterator[Problem]:
    by_file: dict[str, str] = {}
    for name in settings.providers:
        twin = by_file.setdefault(re.sub(r"[.-]", "_", name), name)
        if twin != name:
            message = f'is too like "{twin}": dot, dash and underscore are one in names of secrets'
            yield Problem(("providers", name), message)


def _budgets(settings: Settings, names: _Names) -> Iterator[Problem]:
    scopes = {
        "providers": ("provider", names.providers),
        "models": ("model", names.models),
        "tiers": ("tier", names.tiers),
        "keys": ("key", _KEYS),
    }
    for scope, (kind, known) in scopes.items():
        for name in getattr(settings.budget, scope):
            if scope == "keys" and name.startswith("virtual:"):
                yield from _needs_database(("budget", scope, name), settings, names)
            elif name not in known:
                yield _unknown(("budget", scope, name), kind, name, known)


def _ledger(settings: Settings, names: _Names) -> Iterator[Problem]:
    if settings.gateway.ledger_home == "postgres":
        yield from _needs_database(("gateway", "ledger"), settings, names)


def _needs_database(path: Path, settings: Settings, names: _Names) -> Iterator[Problem]:
    if not settings.gateway.has_database and not names.database_is_broken:
        message = 'needs a database: set gateway.database to "postgres" or to the URL of one'
        yield Problem(path, message)


def _recording(settings: Settings, names: _Names) -> Iterator[Problem]:
    if settings.stack.provider != "record":
        return
    openrouter, path = defaults.OPENROUTER_NAME, defaults.OPENROUTER_PATH
    if openrouter not in settings.used_providers:
        message = f'"record" records provider {openrouter}, which serves none of the models'
        yield Problem(("stack", "provider"), message)
    base = settings.providers[openrouter].api_base
    if base and not base.rstrip("/").endswith(path):
        message = f'must end with "{path}" to be recorded'
        yield Problem(("providers", openrouter, "api_base"), message)


def _opencode(settings: Settings, names: _Names) -> Iterator[Problem]:
    opencode = settings.opencode
    wanted: list[tuple[Path, str | None]] = [
        (("opencode", "model"), opencode.model),
        (("opencode", "small_model"), opencode.small_model),
        *((("opencode", "agents", name, "model"), a.model) for name, a in opencode.agents.items()),
        *((("opencode", "commands", n, "model"), c.model) for n, c in opencode.commands.items()),
    ]
    for path, model in wanted:
        if model is not None:
            yield from _model_or_tier(settings, names, path, model)
    for key in opencode.extra.keys() & _OWN_KEYS.keys():
        yield Problem(("opencode", "extra", key), f"is decided by {_OWN_KEYS[key]}")
    agents = (*names.agents, *_BUILT_IN_AGENTS)
    for name, command in opencode.commands.items():
        if command.agent is not None and command.agent not in agents:
            yield _unknown(("opencode", "commands", name, "agent"), "agent", command.agent, agents)


def _model_or_tier(settings: Settings, names: _Names, path: Path, name: str) -> Iterator[Problem]:
    tiers = [f"tier:{tier}" for tier in names.tiers]
    auto = [] if settings.routing.auto.mode == "off" else [AUTO]
    if name not in (*names.models, *tiers, *auto):
        advice = "set routing.auto.mode to have it" if name == AUTO else ""
        yield _unknown(path, "model or tier", name, (*names.models, *tiers, *auto), advice)
    elif _mode(settings, name) != "chat":
        yield Problem(path, f'"{name}" is no chat model')


def _network(settings: Settings, names: _Names) -> Iterator[Problem]:
    network = settings.network
    for one, other in itertools.combinations(_published(settings), 2):
        if getattr(network, one) == getattr(network, other):
            if other in network.model_fields_set:
                one, other = other, one
            message = f"port {getattr(network, one)} is used twice, by network.{other} as well"
            yield Problem(("network", one), message)
    try:
        ipaddress.IPv4Address(network.bind)
    except ValueError:
        yield Problem(("network", "bind"), "is no IPv4 address")


def _published(settings: Settings) -> tuple[str, ...]:
    """Settings of the ports that are published."""
    admin = ("admin_port",) if settings.gateway.has_database else ()
    prometheus = ("prometheus_port",) if settings.metrics.enabled else ()
    return ("gateway_port", "opencode_port", *admin, *prometheus)


def _egress(settings: Settings, names: _Names) -> Iterator[Problem]:
    yield from egress_check.problems(settings)


def _auto(settings: Settings, names: _Names) -> Iterator[Problem]:
    yield from routing_check.problems(settings, names.tiers)
