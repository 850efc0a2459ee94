"""The JSON schema of the settings file, for editors and for what is generated from it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from pydantic.json_schema import GenerateJsonSchema

from ralex_stack.settings.root import Settings

if TYPE_CHECKING:
    from pydantic.json_schema import JsonSchemaValue
    from pydantic_core import core_schema

DIALECT = "https://json-schema.org/draft/2020-12/schema"


class _TomlSchema(GenerateJsonSchema):
    """As pydantic's, but without null, which TOML does not have, and without derived titles."""

    def nullable_schema(self, schema: core_schema.NullableSchema) -> JsonSchemaValue:
        return self.generate_inner(schema["schema"])

    def field_title_should_be_set(self, schema: Any) -> bool:
        return False


def json_schema() -> dict[str, Any]:
    """The schema of the settings file (JSON Schema, draft 2020-12)."""
    schema = Settings.model_json_schema(schema_generator=_TomlSchema)
    return {"$schema": DIALECT, **_tidy(schema), "title": "Settings of ralex-stack"}


def schema_text() -> str:
    """The schema as the file beside the settings has it."""
    return json.dumps(json_schema(), indent=2, ensure_ascii=False) + "\n"


def _tidy(node: Any) -> Any:
    """Leave out what is null, and refuse the names that a table's pattern does not allow."""
    if isinstance(node, list):
        return [_tidy(item) for item in node]
    if not isinstance(node, dict):
        return node
    closed = {"additionalProperties": False} if "patternProperties" in node else {}
    return {**{key: _tidy(value) for key, value in node.items() if value is not None}, **closed}
