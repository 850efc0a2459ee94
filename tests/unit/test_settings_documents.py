"""What is generated from the models: schema, commented file, reference page."""

from __future__ import annotations

import re
import tomllib
from typing import TYPE_CHECKING, Any

import jsonschema
import pytest

from ralex_stack.settings import Settings
from ralex_stack.settings.fields import Field, Table, inline, tables
from ralex_stack.settings.load import effective, load
from ralex_stack.settings.migrations import migrate, version_of
from ralex_stack.settings.schema import json_schema
from ralex_stack.settings.template import template

if TYPE_CHECKING:
    from pathlib import Path

SCHEMA = json_schema()
TEMPLATE = template()
ALL_FIELDS = [(table, field) for table in tables() for field in table.fields]


def identifier(value: object) -> str:
    return ".".join(value.path) if isinstance(value, Table) else getattr(value, "name", "")


def test_the_schema_is_of_the_named_dialect() -> None:
    assert SCHEMA["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    jsonschema.Draft202012Validator.check_schema(SCHEMA)


def objects(node: Any) -> list[dict[str, Any]]:
    inner = node.values() if isinstance(node, dict) else node if isinstance(node, list) else ()
    own = [node] if isinstance(node, dict) and node.get("type") == "object" else []
    return own + [found for child in inner for found in objects(child)]


def test_the_schema_refuses_unknown_keys_everywhere_and_describes_all() -> None:
    found = [node for node in objects(SCHEMA) if "properties" in node]
    assert len(found) > 20
    for table in found:
        assert table["additionalProperties"] is False
        assert all(
            "description" in field or "$ref" in field for field in table["properties"].values()
        )


@pytest.mark.parametrize(
    ("text", "valid"),
    [
        ("", True),
        ("[network]\ngateway_port = 1", True),
        ("[network]\ngateway_port = 0", False),
        ("[network]\nport = 1", False),
        ("[models.a]\nupstream = 'x/y'", True),
        ("[models.a]\ntitle = 'x'", False),
        ("[models.A]\nupstream = 'x/y'", False),
        ("[providers.a]\napi_key = { env = 'X' }", True),
        ("[providers.a]\napi_key = 'x'", False),
        ("[providers.a]\napi_key = { env = 'X', file = 'y' }", False),
        ("[gateway]\nsandbox_limit_rpm = 0", True),
        ("[agent]", False),
    ],
)
def test_the_schema_accepts_what_loading_accepts(text: str, valid: bool) -> None:
    validator = jsonschema.Draft202012Validator(SCHEMA)
    assert validator.is_valid(tomllib.loads(text)) is valid


def test_the_schema_accepts_the_defaults() -> None:
    jsonschema.validate(effective(Settings()), SCHEMA)


def test_the_commented_file_is_valid_and_stands_for_the_defaults(tmp_path: Path) -> None:
    path = tmp_path / "ralex-stack.toml"
    path.write_text(TEMPLATE, encoding="utf-8")
    assert load(path, {}, ()).settings == Settings()
    assert TEMPLATE.startswith("#:schema ./ralex-stack.schema.json\n")


def test_switching_every_default_on_changes_nothing(tmp_path: Path) -> None:
    path = tmp_path / "ralex-stack.toml"
    text = re.sub(r"^#(?=[a-z\[])", "", TEMPLATE, flags=re.MULTILINE)
    path.write_text(text, encoding="utf-8")
    assert load(path, {}, ()).settings == Settings()
    assert set(tomllib.loads(text)) == set(Settings.model_fields)


@pytest.mark.parametrize(("table", "field"), ALL_FIELDS, ids=identifier)
def test_every_field_stands_in_the_commented_file(table: Table, field: Field) -> None:
    assert field.description.endswith(".")
    assert re.search(rf"^#.*\b{field.name} = ", TEMPLATE, re.MULTILINE)
    assert field.default is not None or field.example is not None


@pytest.mark.parametrize(
    ("table", "field"), [pair for pair in ALL_FIELDS if pair[1].example], ids=identifier
)
def test_every_example_is_valid_by_the_schema(table: Table, field: Field) -> None:
    name = {"NAME": "x"}
    node: Any = tomllib.loads(f"{field.name} = {field.example}")
    schema = SCHEMA
    target: Any = schema
    for part in table.path:
        target = resolve(schema, target)
        target = target["properties"].get(part) if part not in name else pattern(target)
    target = resolve(schema, target)
    field_schema = {**target["properties"][field.name], "$defs": schema["$defs"]}
    jsonschema.validate(node[field.name], field_schema)


def resolve(schema: dict[str, Any], node: dict[str, Any]) -> dict[str, Any]:
    node = node.get("items", node)
    if "$ref" not in node:
        return node
    definition: dict[str, Any] = schema["$defs"][node["$ref"].rpartition("/")[2]]
    return definition


def pattern(node: dict[str, Any]) -> Any:
    [values] = node["patternProperties"].values()
    return values


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ({"a": 1, "b.c": [1.0, 2.5]}, '{ a = 1, "b.c" = [1, 2.5] }'),
        ({}, "{}"),
        ('say "ä"\n', '"say \\"ä\\"\\n"'),
        (True, "true"),
    ],
)
def test_values_are_written_on_one_line(value: object, text: str) -> None:
    assert inline(value) == text
    assert tomllib.loads(f"v = {text}") == {"v": value}


def test_steps_lead_from_an_old_format_to_the_current_one() -> None:
    def first(data: dict[str, Any]) -> dict[str, Any]:
        return {**data, "ports": data["port_list"]}

    def second(data: dict[str, Any]) -> dict[str, Any]:
        return {**data, "network": {"gateway_port": data["ports"][0]}}

    old = {"stack": {"name": "x", "settings_version": 1}, "port_list": [7]}
    new = migrate(old, steps={1: first, 2: second}, current=3)
    assert new["network"] == {"gateway_port": 7}
    assert new["stack"] == {"name": "x", "settings_version": 3}
    assert old["stack"] == {"name": "x", "settings_version": 1}


@pytest.mark.parametrize("version", [3, 4, -1, "x", True])
def test_other_versions_are_left_as_they_are(version: object) -> None:
    data = {"stack": {"settings_version": version}}
    assert migrate(data, steps={1: dict, 2: dict}, current=3) == data


@pytest.mark.parametrize(
    ("data", "version"),
    [({}, 1), ({"stack": {}}, 1), ({"stack": 3}, None), ({"stack": {"settings_version": 2}}, 2)],
)
def test_the_version_of_a_file(data: dict[str, Any], version: int | None) -> None:
    assert version_of(data) == version
