"""What holds for any settings."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path
from typing import Any

import pytest
import tomli_w
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from ralex_stack.errors import SettingsError
from ralex_stack.settings import Settings
from ralex_stack.settings.fields import tables
from ralex_stack.settings.load import effective, load
from ralex_stack.settings.origin import leaves
from ralex_stack.settings.problem import InvalidSettingsError, dotted
from ralex_stack.settings.secret import looks_like_key

# How long an example takes is no property of the settings.
settings.register_profile("no deadline", deadline=None)
settings.load_profile("no deadline")

names = st.from_regex(r"[a-z][a-z0-9]{0,8}", fullmatch=True)
dotted_names = st.from_regex(r"[a-z0-9][a-z0-9._-]{0,12}", fullmatch=True).filter(
    lambda name: not looks_like_key(name)
)
texts = st.text("abcÄ ß\n\"'\\#=[]{}.,\t", min_size=1, max_size=20)
money = st.floats(0, 1e6, allow_nan=False)
ports = st.lists(st.integers(1, 65535), min_size=2, max_size=2, unique=True)
decisions = st.sampled_from(["allow", "ask", "deny"])
permissions = st.dictionaries(texts, decisions | st.dictionaries(texts, decisions), max_size=3)
free = st.recursive(
    st.integers(-(2**53), 2**53) | st.booleans() | texts,
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(names, inner, max_size=2),
    max_leaves=4,
)


def optional(fields: dict[str, st.SearchStrategy[Any]]) -> st.SearchStrategy[dict[str, Any]]:
    return st.fixed_dictionaries({}, optional=fields)


resources = optional({"memory": st.sampled_from(["512m", "3g"]), "pids": st.integers(16, 4096)})


@st.composite
def models(draw: st.DrawFn, providers: list[str]) -> dict[str, Any]:
    def deployment() -> dict[str, Any]:
        price = {"input": draw(money), "output": draw(money)}
        upstream = f"{draw(st.sampled_from(providers))}/{draw(dotted_names)}"
        return {"upstream": upstream, "price": price}

    model = deployment()
    if draw(st.booleans()):
        model = {"deployments": [deployment(), {**deployment(), "weight": draw(st.integers(1, 9))}]}
    context = draw(st.integers(1024, 10**7))
    extra = optional({"title": texts, "tool_call": st.booleans()})
    return {
        **model,
        **draw(extra),
        "context": context,
        "output": draw(st.integers(1, context)),
        "parameters": {"extra_body": draw(free)},
    }


@st.composite
def documents(draw: st.DrawFn) -> dict[str, Any]:
    """The data of a valid settings file that touches every section."""
    providers = ["openrouter", *draw(st.lists(names, max_size=2))]
    served = draw(st.lists(dotted_names, min_size=1, max_size=4, unique=True))
    one = st.sampled_from(served)
    order = st.lists(one, min_size=1, unique=True)
    gateway_port, opencode_port = draw(ports)
    return {
        "stack": {"name": draw(names), "provider": draw(st.sampled_from(["auto", "real"]))},
        "providers": {
            name: {"api_key": {"env": "SOME_KEY"}, "paid": draw(st.booleans())}
            for name in providers
        },
        "models": {name: draw(models(providers)) for name in served},
        "tiers": {name: {"models": draw(order)} for name in draw(st.lists(names, max_size=2))},
        # Only to models further down: no cycles.
        "routing": {
            "fallbacks": {name: served[place + 1 :] for place, name in enumerate(served)},
            **draw(optional({"retries": st.integers(0, 10), "timeout": st.integers(1, 999)})),
        },
        "budget": {
            **draw(optional({"daily": money, "monthly": money})),
            "models": {name: draw(optional({"weekly": money})) for name in served[:1]},
        },
        "gateway": {
            "resources": draw(resources),
            **draw(optional({"sandbox_limit_rpm": st.integers(0, 9)})),
        },
        "opencode": {
            "model": draw(one),
            "permissions": draw(permissions),
            "agents": {
                name: {"description": draw(texts), "prompt": draw(texts), "model": draw(one)}
                for name in draw(st.lists(names, max_size=2))
            },
            **draw(optional({"instructions": texts, "extra": st.just({"theme": "x"})})),
        },
        "workspace": draw(optional({"author_name": texts})),
        "sandbox": draw(optional({"setup": texts, "packages": st.just(["jq", "g++"])})),
        "network": {"gateway_port": gateway_port, "opencode_port": opencode_port},
    }


def load_text(text: str | bytes, environment: dict[str, str] | None = None, *flags: str) -> Any:
    raw = text.encode() if isinstance(text, str) else text
    with tempfile.TemporaryDirectory() as directory:
        path = Path(directory) / "ralex-stack.toml"
        path.write_bytes(raw)
        return load(path, environment or {}, flags)


@given(documents())
@settings(max_examples=60, suppress_health_check=[HealthCheck.too_slow])
def test_valid_settings_survive_toml_and_json(data: dict[str, Any]) -> None:
    loaded = load_text(tomli_w.dumps(data))
    whole = effective(loaded.settings)
    assert load_text(tomli_w.dumps(whole)).settings == loaded.settings
    assert Settings.model_validate_json(json.dumps(whole)) == loaded.settings
    assert loaded.origins.keys() == {dotted(path) for path, _ in leaves(whole)}


@given(documents())
@settings(max_examples=30, suppress_health_check=[HealthCheck.too_slow])
def test_the_environment_says_what_a_file_says(data: dict[str, Any]) -> None:
    variables = {f"RALEX_{section.upper()}": json.dumps(value) for section, value in data.items()}
    # Variables change the default models where the file has none; here it has one of its own.
    first = dict(list(data["models"].items())[:1])
    assume(first.keys() == data["models"].keys())
    file = tomli_w.dumps({"models": first})
    assert load_text(file, variables).settings == load_text(tomli_w.dumps(data)).settings


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("stack", "name"), "demo"),
        (("network", "gateway_port"), 5000),
        (("routing", "timeout"), 2.5),
        (("routing", "cache", "enabled"), True),
        (("budget", "daily"), 0.5),
        (("gateway", "sandbox_limit_rpm"), 0),
        (("sandbox", "packages"), ["jq", "golang"]),
        (("sandbox", "resources", "memory"), "2g"),
        (("opencode", "permissions"), {"bash": {"*": "ask"}}),
        (("providers", "x", "paid"), False),
        (("tiers", "smart", "models"), ["glm"]),
        (("routing", "fallbacks"), {"claude-sonnet": ["glm"]}),
    ],
)
def test_one_value_is_the_same_from_every_source(path: tuple[str, ...], value: Any) -> None:
    data = value
    for key in reversed(path):
        data = {key: data}
    plain = value if isinstance(value, str) else json.dumps(value)
    file = load_text(tomli_w.dumps(data)).settings
    toml = tomli_w.dumps({"v": value}).partition(" = ")[2].strip()
    flag = json.dumps(value) if isinstance(value, str) else toml
    if isinstance(value, dict):
        [(name, inner)] = value.items()
        flag, path_text = json.dumps(inner).replace(":", " ="), f"{'.'.join(path)}.{name}"
    else:
        path_text = ".".join(path)
    assert load(None, {f"RALEX_{'__'.join(path).upper()}": plain}, ()).settings == file
    assert load(None, {}, [f"{path_text}={flag}"]).settings == file


TABLES = [t for t in tables() if "NAME" not in t.path and t.shape != "array"]


@given(st.sampled_from(TABLES), st.text(min_size=1, max_size=12))
def test_unknown_keys_are_always_refused_with_their_path(table: Any, key: str) -> None:
    inner = {other.path[-1] for other in tables() if other.path[:-1] == table.path}
    known = {field.name for field in table.fields} | inner
    assume(key not in known)
    data: Any = {key: 1}
    for part in reversed(table.path):
        data = {part: data}
    with pytest.raises(InvalidSettingsError) as caught:
        load_text(tomli_w.dumps(data))
    assert [problem.at for problem in caught.value.problems] == [(*table.path, key)]


secrets = st.from_regex(r"sk-(or-v1-)?[A-Za-z0-9]{24,48}", fullmatch=True)
places = st.sampled_from(
    [
        "providers.openrouter.api_key",
        "providers.openrouter.api_key.env",
        "providers.openrouter.api_key.unknown",
        "providers.openrouter.paid",
        "models.glm.upstream",
        "models.glm.parameters.x",
        "models.glm.price",
        "tiers.smart.models",
        "network.gateway_port",
        "budget.models.glm.daily",
        "opencode.extra.deep.deeper",
        "opencode.model",
        "unknown.section",
        "stack.settings_version",
    ]
)


@given(places, secrets, st.sampled_from(["{}", "Bearer {}", "x={};", "['{}']", "{{ a = '{}' }}"]))
def test_no_problem_tells_a_secret(place: str, secret: str, form: str) -> None:
    with pytest.raises(InvalidSettingsError) as caught:
        load(None, {}, [f"{place}={form.format(secret)}", f"opencode.extra.{secret}=1"])
    told = str(caught.value) + json.dumps([problem.as_dict() for problem in caught.value.problems])
    assert secret not in told


NAMES = sorted({part for table in tables() for part in table.path} | {"openrouter", "glm"})
FIELDS = sorted({field.name for table in tables() for field in table.fields})
keys = st.sampled_from(NAMES + FIELDS) | st.text(max_size=4)
anything = st.recursive(
    st.integers() | st.text(max_size=6) | st.booleans() | st.floats() | st.dates() | names,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(keys, inner, max_size=4),
    max_leaves=12,
)
sections = st.dictionaries(st.sampled_from(list(Settings.model_fields)), anything, max_size=5)


def only_settings_errors(
    text: str | bytes, environment: dict[str, str] | None = None, *flags: str
) -> None:
    message = "valid"
    try:
        load_text(text, environment, *flags)
    except SettingsError as error:
        message = str(error)
    assert message.encode()


@given(sections)
@settings(max_examples=150)
def test_any_toml_gives_settings_or_a_settings_error(data: dict[str, Any]) -> None:
    only_settings_errors(tomli_w.dumps(data))


@given(st.binary() | st.text("[]{}=.\"'\\#\n x1", max_size=40).map(str.encode))
@settings(max_examples=150)
def test_any_file_gives_settings_or_a_settings_error(content: bytes) -> None:
    only_settings_errors(content)


variables = st.lists(keys, min_size=1, max_size=4).map("__".join).map(lambda name: f"RALEX_{name}")
values = st.text(max_size=12) | anything.map(lambda value: json.dumps(value, default=str))


@given(
    st.dictionaries(variables | st.text(), values, max_size=4),
    st.lists(st.text() | st.tuples(st.lists(keys).map(".".join), values).map("=".join), max_size=3),
)
@settings(max_examples=150)
def test_any_environment_gives_settings_or_a_settings_error(
    environment: dict[str, str], flags: list[str]
) -> None:
    only_settings_errors("", environment, *flags)
