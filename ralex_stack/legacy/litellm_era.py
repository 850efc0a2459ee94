"""Claims of LiteLLM's configuration: models, fallbacks, budgets and patterns."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from ralex_stack.legacy.claim import Claim, Dropped, slug, tier_of
from ralex_stack.legacy.first_era import per_million, regex_error
from ralex_stack.legacy.masking import has_mark
from ralex_stack.legacy.model_names import OPENROUTER, upstream_of
from ralex_stack.legacy.node import Node, leaves

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ralex_stack.legacy.claim import Source

TIERS = frozenset({"cheap", "standard", "medium", "premium", "smart", "yolo"})
"""Names of models that were roles: each becomes a tier, too."""

_PERIODS = {"1d": "daily", "24h": "daily", "7d": "weekly", "1w": "weekly", "30d": "monthly"}
_PERIODS["1mo"] = "monthly"
_SECTIONS: tuple[tuple[str, ...], ...] = (
    (),
    *((name,) for name in ("general_settings", "router_settings", "litellm_settings")),
)
"""Where old Ralex put keys of its own."""
_PARAMETERS = ("temperature", "top_p")
_COUNTS = {"max_tokens": "output", "max_input_tokens": "context"}
_REFERENCE = re.compile(r"^(?:os\.environ/|\$\{?)([A-Za-z_]\w*)\}?$")


def litellm(source: Source, root: Node) -> Iterator[Claim | Dropped]:
    """All that is said in LiteLLM's own terms, and what old Ralex put between."""
    models = root.at("model_list")
    for entry in models.elements if models else []:
        yield from _model(source, entry)
    yield from _fallbacks(source, root)
    yield from _budget(source, root)
    for path, rule in _rules(root):
        yield from _rule(source, path, rule)


def _model(source: Source, entry: Node) -> Iterator[Claim | Dropped]:
    key = "model_list.[]"
    parts = {path[-1]: (".".join((key, *path)), node) for path, node in leaves(entry) if path}
    named = parts.get("model_name")
    if named is None:
        return
    _, model = parts.get("model", named)
    upstream, provider = _upstream(model.text, parts)
    name = slug(named[1].text.rpartition("/")[2])
    if not upstream or not name:
        yield Dropped(model.place, key, model.value, "is no model's name, nor like one")
        return
    yield source.claim(("model", name, "upstream"), upstream, parts.get("model", named)[0], model)
    yield source.claim(("model", name, "named"), True, named[0], named[1])
    if name in TIERS:
        yield source.claim(("tier", tier_of(name)), [name], named[0], named[1])
    yield from _parameters(source, name, upstream, parts)
    yield from provider_claims(source, provider, parts)


def _upstream(text: str, parts: dict[str, tuple[str, Node]]) -> tuple[str, str]:
    """PROVIDER/MODEL, and the provider: LiteLLM's prefix, unless the address is OpenRouter's."""
    if has_mark(text):
        return "", ""
    base = parts["api_base"][1].text if "api_base" in parts else ""
    said = parts["litellm_provider"][1].text if "litellm_provider" in parts else ""
    if "openrouter.ai" in base or said == "openrouter" or text.startswith(OPENROUTER):
        return upstream_of(text), "openrouter"
    head, slash, rest = text.partition("/")
    if slash and rest and re.fullmatch(r"[a-z0-9_]+", head):
        return text, head
    return upstream_of(text), "openrouter"


def _parameters(
    source: Source, name: str, upstream: str, parts: dict[str, tuple[str, Node]]
) -> Iterator[Claim]:
    for part in _PARAMETERS:
        if part in parts and parts[part][1].number is not None:
            key, node = parts[part]
            yield source.claim(("model", name, part), _plain_number(node), key, node)
    for part, field in _COUNTS.items():
        if part in parts and (parts[part][1].number or 0) >= 1:
            key, node = parts[part]
            yield source.claim(("model", name, field), int(node.number or 0), key, node)
    if "mode" in parts and parts["mode"][1].text in ("chat", "embedding"):
        key, node = parts["mode"]
        yield source.claim(("model", name, "mode"), node.text, key, node)
    yield from _prices(source, upstream, parts)


def _prices(source: Source, upstream: str, parts: dict[str, tuple[str, Node]]) -> Iterator[Claim]:
    one = parts.get("cost_per_token")
    each = [parts.get("input_cost_per_token", one), parts.get("output_cost_per_token", one)]
    costs = [part for part in each if part and part[1].number is not None]
    if len(costs) == 2:
        usd = tuple(per_million(node.number or 0) for _, node in costs)
        nodes = [node for _, node in costs]
        yield source.claim(("price", upstream), usd, costs[0][0], *nodes)


def provider_claims(
    source: Source, provider: str, parts: dict[str, tuple[str, Node]]
) -> Iterator[Claim]:
    """The key of a provider, as a reference or a secret, and its address."""
    if "api_key" in parts:
        key, node = parts["api_key"]
        value = key_reference(source, node)
        if value:
            yield source.claim(("provider", provider, "api_key"), value, key, node)
    if "api_base" in parts and not has_mark(parts["api_base"][1].text):
        key, node = parts["api_base"]
        base = node.text.removesuffix("/").removesuffix("/chat/completions")
        if re.match(r"https?://\S+$", base):
            yield source.claim(("provider", provider, "api_base"), base, key, node)


def key_reference(source: Source, node: Node) -> dict[str, Any] | None:
    """`{"env": NAME}` for a reference, `{"secret": NUMBER}` for a key; none for neither."""
    found = _REFERENCE.match(node.text)
    if found:
        return {"env": found[1]}
    secret = source.masks.of(node.text)
    usable = secret and secret.stored and re.fullmatch(r"[!-~]+", secret.value)
    return {"secret": secret.number} if secret and usable else None


def _plain_number(node: Node) -> float | int:
    number = node.number or 0.0
    return int(number) if number.is_integer() else number


def _fallbacks(source: Source, root: Node) -> Iterator[Claim]:
    """`[[A, B]]`, which means A then B, or LiteLLM's own `[{A: [B]}]`."""
    for section in ("router_settings", "litellm_settings"):
        node = root.at(section, "fallbacks")
        key = f"{section}.fallbacks"
        for entry in node.elements if node else []:
            for first, others in _chains(entry):
                name = slug(first.text)
                rest = [slug(other.text) for other in others if slug(other.text)]
                if name and rest:
                    yield source.claim(("fallback", name), rest, key, first, *others)


def _chains(entry: Node) -> Iterator[tuple[Node, list[Node]]]:
    if len(entry.elements) > 1:
        yield entry.elements[0], entry.elements[1:]
    for model, others in entry.table.items():
        yield Node(model, others.place), others.elements


def _budget(source: Source, root: Node) -> Iterator[Claim]:
    limit = root.at("general_settings", "max_budget")
    duration = root.at("general_settings", "budget_duration")
    period = _PERIODS.get(duration.text if duration else "1d")
    if limit is not None and limit.number is not None and period:
        nodes = [limit, *([duration] if duration else [])]
        key = "general_settings.max_budget"
        yield source.claim(("budget", period), limit.number, key, *nodes)

    for path in _SECTIONS:
        alerts = root.at(*path, "budget_alerts")
        found = [alert.at("threshold") for alert in alerts.elements] if alerts else []
        given = [node for node in found if node is not None and node.number is not None]
        if given:
            key = ".".join((*path, "budget_alerts.[].threshold"))
            amounts = tuple(node.number for node in given)
            yield source.claim(("budget", "warn_at"), amounts, key, *given)


def _rules(root: Node) -> Iterator[tuple[str, Node]]:
    for path in _SECTIONS:
        node = root.at(*path, "routing_rules")
        for rule in node.elements if node else []:
            yield ".".join((*path, "routing_rules")), rule


def _rule(source: Source, path: str, rule: Node) -> Iterator[Claim | Dropped]:
    pattern, model = rule.at("pattern"), rule.at("model")
    if pattern is None or model is None or not slug(model.text):
        return
    key, tier = f"{path}.[].pattern", tier_of(model.text)
    if regex_error(pattern.text):
        yield Dropped(pattern.place, key, pattern.value, regex_error(pattern.text))
        return
    value = {"intent": tier, "pattern": pattern.text, "unless": "", "order": 0.0}
    slot = ("rule", str(pattern.place))
    yield source.claim(slot, value, key, pattern, model)
    yield source.claim(("route", tier), tier, f"{path}.[].model", model)
