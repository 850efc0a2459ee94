"""Hypothesis strategies: valid settings that touch everything that is rendered."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from ralex_stack.settings import Settings
from ralex_stack.settings.secret import looks_like_key

NAMES = st.from_regex(r"[a-z0-9][a-z0-9._-]{0,10}", fullmatch=True)
TEXTS = (
    st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=20)
    .filter(str.strip)
    # What looks like a key is refused where it matters, and no text that people write.
    .filter(lambda text: not looks_like_key(text))
)
MONEY = st.sampled_from([0, 0.02, 0.1, 1, 1.25, 3, 15, 75.5])
REFERENCES = st.sampled_from(
    [{"env": "SOME_KEY"}, {"file": "keys/private"}, {"command": "pass show private"}]
)
DECISIONS = st.sampled_from(["allow", "ask", "deny"])
PERMISSIONS = st.dictionaries(
    TEXTS, DECISIONS | st.dictionaries(TEXTS, DECISIONS, max_size=2), max_size=2
)


def _some(**fields: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    """Any of these keys."""
    return st.fixed_dictionaries({}, optional=fields)


def _all(**fields: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    return st.fixed_dictionaries(fields)


ALLOWANCES = dict.fromkeys(("hourly", "daily", "weekly", "monthly"), MONEY)
LIMITS = _some(rpm=st.integers(1, 9999), tpm=st.integers(1, 10**6))
RESOURCES = _some(
    memory=st.sampled_from(["512m", "2g", "8g"]),
    cpus=st.sampled_from([0.5, 1, 4]),
    pids=st.integers(16, 4096),
)
PRICES = st.fixed_dictionaries(
    {"input": MONEY, "output": MONEY}, optional={"cache_read": MONEY, "cache_write": MONEY}
)


def _providers(names: list[str]) -> st.SearchStrategy[dict[str, Any]]:
    provider = _some(
        api_key=REFERENCES,
        api_base=st.just("http://host.docker.internal:8000/v1"),
        paid=st.booleans(),
    )
    return st.fixed_dictionaries(dict.fromkeys(names, provider))


@st.composite
def _models(draw: st.DrawFn, providers: list[str]) -> dict[str, Any]:
    def upstream() -> str:
        return f"{draw(st.sampled_from(providers))}/{draw(NAMES)}"

    model: dict[str, Any] = {"upstream": upstream(), "price": draw(PRICES)}
    if draw(st.booleans()):
        one, two = {"upstream": upstream()}, {"upstream": upstream(), "price": draw(PRICES)}
        second = {**two, "limits": draw(LIMITS), "weight": draw(st.integers(1, 9))}
        model = {"deployments": [one, second], "price": draw(PRICES)}
    extra = _some(
        title=TEXTS,
        reasoning=st.booleans(),
        tool_call=st.booleans(),
        context=st.integers(8192, 10**6),
        limits=LIMITS,
        # Whole numbers as JSON has them: more digits would look like a key.
        parameters=st.dictionaries(
            NAMES, TEXTS | st.booleans() | st.integers(-(2**53), 2**53), max_size=2
        ),
    )
    return {**model, **draw(extra)}


def _routing(served: list[str]) -> st.SearchStrategy[dict[str, Any]]:
    # Only to models further down: there are no cycles.
    fallbacks = {name: tuple(served[n + 1 :]) for n, name in enumerate(served[:-1])}
    return _some(
        fallbacks=st.sampled_from([{}, fallbacks]),
        retries=st.integers(0, 10),
        timeout=st.integers(1, 999) | st.floats(0.5, 900),
        strategy=st.sampled_from(["simple-shuffle", "least-busy", "latency-based-routing"]),
        auto=_some(
            mode=st.sampled_from(["off", "complexity", "intent", "patterns"]),
            default_tier=st.sampled_from(["cheap", "standard", "smart"]),
            threshold=st.sampled_from([0, 0.5, 5]),
        ),
        cache=_some(
            enabled=st.booleans(),
            ttl=st.integers(1, 10**5),
            memory=st.sampled_from(["512k", "64m", "1g"]),
        ),
    )


def _budget(providers: list[str], served: list[str]) -> st.SearchStrategy[dict[str, Any]]:
    def of(names: list[str]) -> st.SearchStrategy[dict[str, Any]]:
        return st.dictionaries(st.sampled_from(names), _some(**ALLOWANCES), max_size=2)

    return _some(
        **ALLOWANCES,
        providers=of(providers),
        models=of(served),
        tiers=of(["cheap", "smart"]),
        keys=of(["client", "sandbox"]),
        at_limit=st.sampled_from(["refuse", "downgrade"]),
        warn_at=st.lists(st.floats(0.1, 1), max_size=3),
        time_zone=st.sampled_from(["UTC", "Europe/Berlin", "Asia/Kathmandu"]),
    )


def _tiers(served: list[str]) -> st.SearchStrategy[dict[str, Any]]:
    # In the order of the fallbacks, for the same reason.
    chains = st.sets(st.sampled_from(served), min_size=1).map(
        lambda chosen: {"models": [name for name in served if name in chosen]}
    )
    names = st.sampled_from(["cheap", "standard", "smart"]) | NAMES
    return st.dictionaries(names, chains, max_size=3)


def _opencode(served: list[str]) -> st.SearchStrategy[dict[str, Any]]:
    model = st.sampled_from([*served, "tier:cheap", "tier:smart"])
    agent = _all(description=TEXTS, prompt=TEXTS, model=model, permissions=PERMISSIONS)
    command = _all(description=TEXTS, template=TEXTS)
    server = _all(url=st.just("https://mcp.example.com/mcp")) | _all(
        command=st.lists(TEXTS, min_size=1, max_size=3)
    )
    return _some(
        model=model,
        small_model=model,
        permissions=PERMISSIONS,
        agents=st.dictionaries(NAMES, agent, max_size=2),
        commands=st.dictionaries(NAMES, command, max_size=2),
        mcp=st.dictionaries(NAMES, server, max_size=2),
        instructions=TEXTS,
        project_config=st.booleans(),
        extra=st.sampled_from([{}, {"theme": "nord"}]),
    )


@st.composite
def documents(draw: st.DrawFn) -> dict[str, Any]:
    """What a valid settings file may hold."""
    providers = ["openrouter", *draw(st.lists(NAMES, max_size=2))]
    served = draw(st.lists(NAMES, min_size=1, max_size=4, unique=True))
    port = draw(st.integers(1, 65000))
    return {
        "stack": draw(_some(name=st.sampled_from(["a", "team"]), profiles=st.just([]))),
        "providers": draw(_providers(providers)),
        "models": {name: draw(_models(providers)) for name in served},
        "tiers": draw(_tiers(served)),
        "routing": draw(_routing(served)),
        "budget": draw(_budget(providers, served)),
        "gateway": draw(
            _some(
                expose_admin=st.booleans(),
                database=st.sampled_from(["none", "postgres"]) | REFERENCES,
                log_level=st.sampled_from(["ERROR", "DEBUG"]),
                client_limit_rpm=st.integers(1, 999),
                sandbox_limit_rpm=st.integers(1, 999),
                resources=RESOURCES,
            )
        ),
        "opencode": draw(_opencode(served)),
        "workspace": draw(_some(path=st.sampled_from(["/home/ada/project", "/srv/$HOME/a b"]))),
        "sandbox": draw(_some(resources=RESOURCES, setup=TEXTS)),
        "network": {
            "gateway_port": port,
            "opencode_port": port + 1,
            "admin_port": port + 2,
            "prometheus_port": port + 3,
        },
        "metrics": draw(
            _some(
                enabled=st.booleans(),
                interval=st.integers(1, 300),
                retention_size=st.sampled_from(["512m", "2g"]),
                alerts=_some(
                    alertmanager=st.just("alerts.example.org:9093"), after=st.integers(1, 999)
                ),
                otlp=st.just({}) | _all(endpoint=st.just("http://c:4318"), headers=REFERENCES),
            )
        ),
    }


def all_settings() -> st.SearchStrategy[Settings]:
    """Valid settings."""
    return documents().map(Settings.model_validate)
