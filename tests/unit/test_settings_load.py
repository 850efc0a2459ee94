"""Sources of settings: precedence, provenance, and files that cannot be read."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from ralex_stack.errors import SettingsError
from ralex_stack.settings import Settings, defaults
from ralex_stack.settings.load import Loaded, load
from ralex_stack.settings.problem import InvalidSettingsError
from ralex_stack.settings.sources import variable_names

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "ralex-stack.toml"


def loaded(file: Path, text: str, environment: dict[str, str] | None = None, *flags: str) -> Loaded:
    file.write_text(text, encoding="utf-8")
    return load(file, environment or {}, flags)


def test_an_empty_file_is_the_default_stack(file: Path) -> None:
    assert loaded(file, "").settings == Settings()


def test_no_file_is_the_default_stack() -> None:
    result = load(None, {}, ())
    assert result.settings == Settings()
    assert result.path is None
    assert {str(origin) for origin in result.origins.values()} == {"default"}


def test_later_sources_go_over_earlier_ones(file: Path) -> None:
    text = "[network]\ngateway_port = 1001\nopencode_port = 1002\nbind = '127.0.0.2'\n"
    environment = {"RALEX_NETWORK__GATEWAY_PORT": "2001", "RALEX_NETWORK__OPENCODE_PORT": "2002"}
    network = loaded(file, text, environment, "network.gateway_port=3001").settings.network
    assert (network.bind, network.opencode_port, network.gateway_port) == ("127.0.0.2", 2002, 3001)


def test_every_value_has_its_origin(file: Path) -> None:
    text = "[network]\n# a comment\ngateway_port = 1001\n[models.a]\nupstream = 'openrouter/x'\n"
    text += "price = { input = 1, output = 2 }\n"
    environment = {"RALEX_NETWORK__OPENCODE_PORT": "2002"}
    origins = loaded(file, text, environment, "stack.name=demo").origins
    shown = {
        "network.gateway_port": f"{file}:3",
        "network.opencode_port": "environment variable RALEX_NETWORK__OPENCODE_PORT",
        "network.bind": "default",
        "stack.name": "flag --set stack.name",
        "models.a.upstream": f"{file}:5",
        "models.a.price.output": f"{file}:6",
        "models.a.mode": "default",
        "tiers.smart.models": "derived",
    }
    assert {path: str(origins[path]) for path in shown} == shown


def test_a_section_may_be_given_as_json(file: Path) -> None:
    environment = {"RALEX_NETWORK": json.dumps({"gateway_port": 2001, "opencode_port": 2002})}
    environment["RALEX_NETWORK__OPENCODE_PORT"] = "2003"
    network = loaded(file, "", environment).settings.network
    assert (network.gateway_port, network.opencode_port) == (2001, 2003)


@pytest.mark.parametrize(
    ("flag", "path", "value"),
    [
        ("stack.name=demo", ("stack", "name"), "demo"),
        ('stack.name="demo"', ("stack", "name"), "demo"),
        ("workspace.author_name=Ada = Lovelace", ("workspace", "author_name"), "Ada = Lovelace"),
        ("sandbox.packages=['jq', 'golang']", ("sandbox", "packages"), ("jq", "golang")),
        ("gateway.expose_admin=true", ("gateway", "expose_admin"), True),
        ("gateway.sandbox_limit_rpm=0", ("gateway", "sandbox_limit_rpm"), None),
        ("network.bind=0.0.0.0", ("network", "bind"), "0.0.0.0"),  # noqa: S104
    ],
)
def test_flags_are_toml_or_text(flag: str, path: tuple[str, str], value: object) -> None:
    settings = load(None, {}, [flag]).settings
    assert getattr(getattr(settings, path[0]), path[1]) == value


def test_a_name_with_dots_stands_in_quotes() -> None:
    flag = "models.\"gpt-4.1\"={upstream='openrouter/gpt', price={input=1, output=1}}"
    assert load(None, {}, [flag]).settings.models["gpt-4.1"].upstream == "openrouter/gpt"


@pytest.mark.parametrize("flag", ["", "x", "=1", "[stack]=1", "a b=1", "stack.name\n=1", "#=1"])
def test_a_flag_that_is_none_is_refused_without_its_value(flag: str) -> None:
    with pytest.raises(InvalidSettingsError, match="flag --set") as caught:
        load(None, {}, [flag])
    assert caught.value.exit_code == 2


def test_a_variable_changes_a_default_model() -> None:
    settings = load(None, {"RALEX_MODELS__GLM__PRICE__INPUT": "9"}, ()).settings
    assert settings.models["glm"].price is not None
    assert settings.models["glm"].price.input == 9
    assert settings.models.keys() == defaults.MODELS.keys()
    assert settings.tiers == defaults.TIERS


def test_models_of_the_file_replace_the_default_ones(file: Path) -> None:
    text = "[models.local]\nupstream='l/x'\n[providers.l]\npaid=false\n"
    settings = loaded(file, text).settings
    assert set(settings.models) == {"local"}
    assert {tier.models for tier in settings.tiers.values()} == {("local",)}


def test_one_given_tier_leaves_the_others(file: Path) -> None:
    settings = loaded(file, "[tiers.smart]\nmodels = ['glm']\n").settings
    assert settings.tiers["smart"].models == ("glm",)
    assert settings.tiers["cheap"] == defaults.TIERS["cheap"]


def test_openrouter_keeps_its_key_when_only_its_address_is_given(file: Path) -> None:
    settings = loaded(
        file, "[providers.openrouter]\napi_base = 'http://127.0.0.1:1/api/v1'\n"
    ).settings
    assert settings.providers["openrouter"].api_key == defaults.OPENROUTER.api_key


def test_a_table_given_in_part_keeps_the_rest_of_its_defaults(file: Path) -> None:
    resources = loaded(file, "[sandbox.resources]\ncpus = 8\n").settings.sandbox.resources
    assert (resources.cpus, resources.memory, resources.pids) == (8, "4g", 1024)


def test_what_is_missing_is_missing_where_the_rest_was_given() -> None:
    with pytest.raises(InvalidSettingsError) as caught:
        load(None, {"RALEX_MODELS__X__UPSTREAM": "openrouter/x"}, ())
    [problem] = caught.value.problems
    assert problem.path == "models.x.price"
    assert problem.origin == "environment variable RALEX_MODELS__X__UPSTREAM"


def test_a_table_with_a_dash_in_its_name_is_given_as_json() -> None:
    environment = {"RALEX_TIERS": '{"my-tier": {"models": ["glm"]}}'}
    assert load(None, environment, ()).settings.tiers["my-tier"].models == ("glm",)


@pytest.mark.parametrize(
    ("name", "near"),
    [("RALEX_NETWRK__PORT", "network"), ("RALEX_MODLES__A__UPSTREAM", "models")],
)
def test_a_misspelled_variable_is_an_error(name: str, near: str) -> None:
    with pytest.raises(InvalidSettingsError) as caught:
        load(None, {name: "1"}, ())
    [problem] = caught.value.problems
    assert problem.nearest == near
    assert problem.origin == f"environment variable {name}"


def test_a_misspelled_key_of_a_variable_is_an_error() -> None:
    with pytest.raises(InvalidSettingsError) as caught:
        load(None, {"RALEX_NETWORK__GATWAY_PORT": "1"}, ())
    [problem] = caught.value.problems
    assert (problem.path, problem.nearest) == ("network.gatway_port", "gateway_port")


@pytest.mark.parametrize(
    ("name", "near"),
    [
        ("RALEX_NETWRK", "RALEX_NETWORK"),
        ("RALEX_NETWORK_GATEWAY_PORT", "RALEX_NETWORK__GATEWAY_PORT"),
    ],
)
def test_a_variable_of_another_shape_only_warns(name: str, near: str) -> None:
    [warning] = load(None, {name: "1", "RALEX_SETTINGS": "x", "HOME": "/"}, ()).warnings
    assert f"{name} is no setting" in warning
    assert f"did you mean {near}?" in warning


def test_every_setting_has_its_variable() -> None:
    assert "RALEX_ROUTING__CACHE__TTL" in variable_names()
    for name in variable_names():
        section = name.removeprefix("RALEX_").lower().split("__")[0]
        assert section in Settings.model_fields


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"[stack]\nname = \n", ["not valid TOML", ":2", "column 8"]),
        (b"[stack]\nname = 'x'\nname = 'y'\n", ["not valid TOML", ":3"]),
        (b'[stack]\nname = """x\n', ["not valid TOML", ":3"]),
        (b"# \xff\n", ["UTF-8", ":1"]),
        (b"\n\n[stack]\nname = '\xe4'\n", ["UTF-8", ":4"]),
        (b"x = " + b"[" * 5000, ["nested too deeply"]),
        (b"x = " + b"[" * 40 + b"]" * 40, ["nested too deeply"]),
        (b"x = 1" + b"0" * 5000, ["digits"]),
    ],
)
def test_a_file_that_is_no_toml_is_told_with_its_line(
    file: Path, content: bytes, words: list[str]
) -> None:
    file.write_bytes(content)
    with pytest.raises(SettingsError) as caught:
        load(file, {}, ())
    for word in [str(file), *words]:
        assert word in str(caught.value)


def test_a_missing_file_is_told_with_what_to_do(file: Path) -> None:
    with pytest.raises(SettingsError, match="no such settings file") as caught:
        load(file, {}, ())
    assert "ralex-stack init" in caught.value.hint


def test_a_directory_is_no_settings_file(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="is a directory"):
        load(tmp_path, {}, ())


def test_a_path_through_a_file_cannot_be_read(file: Path) -> None:
    file.write_text("", encoding="utf-8")
    with pytest.raises(SettingsError, match="cannot be read"):
        load(file / "inner.toml", {}, ())


def test_a_newer_file_asks_for_a_newer_program(file: Path) -> None:
    with pytest.raises(InvalidSettingsError, match="upgrade ralex-stack") as caught:
        loaded(file, "[stack]\nsettings_version = 2\n[future]\n")
    [problem] = caught.value.problems
    assert (problem.path, problem.line) == ("stack.settings_version", 2)


@pytest.mark.parametrize("section", ["agent", "deploy", "backup"])
def test_sections_of_later_versions_are_refused_by_name(file: Path, section: str) -> None:
    with pytest.raises(InvalidSettingsError) as caught:
        loaded(file, f"[{section}]\nx = 1\n", {f"RALEX_{section.upper()}__Y": "1"})
    [problem] = caught.value.problems
    assert problem.path == section
    assert "not available in this version" in problem.message
