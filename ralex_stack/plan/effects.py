"""What a change of the stack means for its users, read from the rendered files."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ralex_stack import ports
from ralex_stack.plan.differences import parse
from ralex_stack.plan.egress_effects import egress_effects
from ralex_stack.plan.model import Effect

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from ralex_stack.plan.model import State, Subject

_PRICES = {
    "input price": "input_cost_per_token",
    "output price": "output_cost_per_token",
    "cache read price": "cache_read_input_token_cost",
    "cache write price": "cache_creation_input_token_cost",
}

_PROVIDERS = {
    "simulator": "the bundled simulator answers; nothing is charged",
    "record": "calls go to the real providers and cost money; what OpenRouter answers is recorded",
    "real": "calls go to the real providers and cost money",
}

Table = dict[str, dict[str, str]]
"""What is there → its properties, as text."""


def effects_of(wanted: State, applied: State | None) -> tuple[Effect, ...]:
    """Effects of going from what was applied to what is wanted."""
    egress = egress_effects(wanted.bundle, applied.bundle if applied else None)
    return (*_provider(wanted, applied), *egress, *_tables(wanted, applied))


def _provider(wanted: State, applied: State | None) -> Iterator[Effect]:
    new = wanted.choices.provider
    if applied is None:
        yield Effect("provider", f"provider: {new}: {_PROVIDERS[new]}")
    elif applied.choices.provider != new:
        text = f"provider: {applied.choices.provider} → {new}: {_PROVIDERS[new]}"
        yield Effect("provider", text, needs_yes=True)


def _tables(wanted: State, applied: State | None) -> Iterator[Effect]:
    readers: dict[Subject, Callable[[Mapping[str, Any]], Table]] = {
        "model": _models,
        "tier": _tiers,
        "fallbacks": _fallbacks,
    }
    old, new = _gateway(applied), _gateway(wanted)
    for subject, read in readers.items():
        yield from _compare(subject, read(old), read(new))
    yield from _compare("budget", _budgets(applied), _budgets(wanted))
    yield from _compare("port", _ports(applied), _ports(wanted))


def _compare(subject: Subject, old: Table, new: Table) -> Iterator[Effect]:
    for name in [*new, *(name for name in old if name not in new)]:
        what = f"{subject} {name}"
        if name not in new:
            yield Effect(subject, f"{what}: removed")
        elif name not in old:
            properties = ", ".join(f"{key} {value}".strip() for key, value in new[name].items())
            yield Effect(subject, f"{what}: added: {properties}")
        else:
            for line in _changed(old[name], new[name]):
                yield Effect(subject, f"{what}: {line}")


def _changed(old: dict[str, str], new: dict[str, str]) -> Iterator[str]:
    for key in [*new, *(key for key in old if key not in new)]:
        before, after = old.get(key, "none"), new.get(key, "none")
        if before != after:
            yield f"{key} {before} → {after}".strip()


def _gateway(state: State | None) -> Mapping[str, Any]:
    """LiteLLM's configuration."""
    return _file(state, "litellm.yaml")


def _file(state: State | None, name: str) -> Mapping[str, Any]:
    """A file of the gateway; an empty one where there is none or it is damaged."""
    files = state.bundle.files_of("gateway") if state else {}
    data = parse(name, files.get(name, b"{}"))
    return data if isinstance(data, dict) else {}


def _models(gateway: Mapping[str, Any]) -> Table:
    table: Table = {}
    for deployment in gateway.get("model_list", ()):
        name = deployment["model_name"]
        if ":" in name:
            # No name in the settings has a colon: a model that only the stack itself calls.
            continue
        if name in table:
            name = f"{name} ({deployment['model_info']['id']})"
        # A price stands in either of the two.
        table[name] = _model({**deployment.get("model_info", {}), **deployment["litellm_params"]})
    return table


def _model(parameters: Mapping[str, Any]) -> dict[str, str]:
    prices = {
        label: f"${parameters[key] * 1_000_000:g}/M tokens"
        for label, key in _PRICES.items()
        if key in parameters
    }
    return {"upstream": str(parameters["model"]), **prices}


def _budgets(state: State | None) -> Table:
    """Whose budget → window → limit."""
    table: Table = {}
    for limit in _file(state, "budgets.json").get("limits", ()):
        scope, name = limit["scope"], limit["name"]
        whose = f"the {scope}" if scope == name else f"{scope} {name}"
        table.setdefault(f"of {whose}", {})[limit["window"]] = f"${limit['usd']:g}"
    return table


def _chains(gateway: Mapping[str, Any]) -> dict[str, list[str]]:
    pairs = gateway.get("litellm_settings", {}).get("fallbacks", ())
    return {name: models for pair in pairs for name, models in pair.items()}


def _tiers(gateway: Mapping[str, Any]) -> Table:
    aliases = gateway.get("router_settings", {}).get("model_group_alias", {})
    chains = _chains(gateway)
    return {
        alias.removeprefix("tier:"): {"": ", ".join([model, *chains.get(alias, ())])}
        for alias, model in aliases.items()
    }


def _fallbacks(gateway: Mapping[str, Any]) -> Table:
    return {
        f"of {name}": {"": ", ".join(models)}
        for name, models in _chains(gateway).items()
        if not name.startswith("tier:")
    }


def _ports(state: State | None) -> Table:
    services = state.bundle.services if state else {}
    table: Table = {}
    for definition in services.values():
        for published in definition.get("ports", ()):
            address, _, port = str(published).rpartition(":")
            table[f"of {ports.PUBLISHED.get(int(port), port)}"] = {"": _reachable(address)}
    return table


def _reachable(address: str) -> str:
    """HOST:PORT, with a word of warning where others than this machine can connect."""
    if address.startswith("127."):
        return address
    return f"{address} (open to the network, without TLS)"
