"""The table of old keys: what it says is what happens."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from old_checkouts import ERAS, encoded

from ralex_stack.legacy.importing import import_files
from ralex_stack.legacy.kinds import KINDS, kind_of
from ralex_stack.legacy.table import Row, fits, table
from ralex_stack.settings.fields import tables

if TYPE_CHECKING:
    from collections.abc import Iterator

FILES = {
    "env": ".env",
    "litellm": "litellm.yaml",
    "intelligence": ".ralex/intelligence-config.yaml",
    "router": "ccr.json",
    "k83": ".k83/config.yaml",
    "settings": "config/settings.json",
}
SAMPLES: dict[str, Any] = {
    "amount": 3.5,
    "threshold": 0.5,
    "number": 0.5,
    "count": 7,
    "model": "z-ai/glm-4.6",
    "text": "least-busy",
}
ALONE = [row for row in table() if row.slot and not row.slot.startswith("default.")]


def settings_paths() -> Iterator[str]:
    for section in tables():
        yield ".".join(section.path)
        yield from (".".join((*section.path, field.name)) for field in section.fields)


def key(row: Row) -> str:
    return f"{row.kind}:{row.key}"


@pytest.mark.parametrize("row", table(), ids=key)
def test_a_key_becomes_a_setting_or_is_dropped_for_a_reason(row: Row) -> None:
    assert row.kind in {kind.name for kind in KINDS}
    assert bool(row.dropped) is not bool(row.becomes)
    assert row.dropped or row.becomes in set(settings_paths())


@pytest.mark.parametrize("row", ALONE, ids=key)
def test_a_value_alone_goes_where_the_table_says(row: Row) -> None:
    path = [part for part in row.key.split(".") if part != "**"]
    value: Any = SAMPLES[row.take]
    for part in reversed(path):
        value = {part: value}
    kind = row.kind
    text = f"{path[0]}={SAMPLES[row.take]}" if kind == "env" else json.dumps(value)
    report = import_files({FILES[kind]: text.encode()}, "/secrets").report
    assert row.becomes in {entry.setting for entry in report.taken}
    assert report.dropped == []


def test_rows_of_the_table_are_those_of_real_files() -> None:
    """Every key of the made-up checkouts, which follow real ones, is known but those made up."""
    report = import_files(encoded(ERAS["all"]), "/secrets").report
    unknown = [d.said.key for d in report.dropped if "no such key" in d.why]
    assert unknown == []


@pytest.mark.parametrize(
    ("pattern", "path", "fitting"),
    [
        ("a.b", "a.b", True),
        ("a.b", "a", False),
        ("a.*", "a.b", True),
        ("a.*", "a.b.c", False),
        ("a.**", "a.b.c", True),
        ("**.c", "a.b.c", True),
        ("**.c", "c", True),
        ("A_*", "A_B", True),
        ("*_callback.**", "success_callback.[]", True),
        ("A_*", "B_A", False),
    ],
)
def test_patterns_of_keys(pattern: str, path: str, fitting: bool) -> None:
    assert fits(tuple(pattern.split(".")), tuple(path.split("."))) is fitting


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        (".env", "env"),
        ("Old Ralex/.env.local", "env"),
        (".env.production", "env"),
        (".env.example", "env-example"),
        (".envrc", None),
        ("ralex-v2-minimal/litellm_config.yaml", "litellm"),
        ("litellm.config.yaml", "litellm"),
        (".khamel83/model-routing/litellm-config.yaml", "litellm"),
        ("config/ccr.config.template.json", "router"),
        ("Old Ralex/config/router-config.json", "router"),
        ("config/settings.json", "settings"),
        (".vscode/settings.json", None),
        (".agent-os/standards/a.md", "agent-os"),
        ("agent_os/standards/a.md", "agent_os"),
        (".env.template", "env-example"),
        ("package.json", None),
    ],
)
def test_kinds_of_files(path: str, kind: str | None) -> None:
    found = kind_of(path)
    assert (found.name if found else None) == kind
