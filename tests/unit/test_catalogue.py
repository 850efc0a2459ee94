"""Every code that is told has its entry in the catalogue, and every entry is told somewhere."""

from __future__ import annotations

import ast
import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from ralex_stack import answers, errors
from ralex_stack.catalogue import AREAS, BY_CODE, ENTRIES, Entry, find, similar
from ralex_stack.cli.main import COMMANDS
from ralex_stack.gateway import codes
from ralex_stack.settings.problem import InvalidSettingsError

if TYPE_CHECKING:
    from collections.abc import Iterator

PACKAGE = Path(errors.__file__).parent
MODULES = [p for p in PACKAGE.rglob("*.py") if "catalogue" not in p.parts]
TREES = {path: ast.parse(path.read_text()) for path in MODULES}
CONSTANTS = {
    *(value for name, value in vars(answers).items() if name.isupper()),
    *(value for name, value in vars(codes).items() if name.isupper() and isinstance(value, str)),
}
CLASSES: dict[str, type[errors.RalexError]] = {
    name: value
    for name, value in {**vars(errors), "InvalidSettingsError": InvalidSettingsError}.items()
    if isinstance(value, type) and issubclass(value, errors.RalexError)
}


def calls() -> Iterator[tuple[Path, ast.Call, str]]:
    for path, tree in TREES.items():
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
                yield path, node, node.func.id


def code_of(call: ast.Call) -> object:
    given = [k.value for k in call.keywords if k.arg == "code"]
    return ast.literal_eval(given[0]) if given and isinstance(given[0], ast.Constant) else None


def told() -> set[str]:
    """Codes in the program: those of errors by default or by name, of findings, of answers."""
    found = {cls.code for cls in CLASSES.values()} | CONSTANTS
    texts = {
        node.value
        for tree in TREES.values()
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    }
    return (found | {text for text in texts if text in BY_CODE}) - {""}


RAISED = [
    pytest.param(call, name, id=f"{path.relative_to(PACKAGE)}:{call.lineno}")
    for path, call, name in calls()
    # The gateway has exceptions of its own, since it is baked into another image.
    if name in CLASSES and "gateway" not in path.parts
]


@pytest.mark.parametrize(("call", "name"), RAISED)
def test_every_error_has_an_entry(call: ast.Call, name: str) -> None:
    code = code_of(call) or CLASSES[name].code
    assert code in BY_CODE


def test_every_finding_that_is_not_well_has_a_code() -> None:
    bare = [
        f"{path.name}:{call.lineno}"
        for path, call, name in calls()
        if name == "Finding"
        and not (isinstance(call.args[1], ast.Constant) and call.args[1].value == "ok")
        and len(call.args) < 5
    ]
    assert bare == []


def test_every_entry_is_told_somewhere() -> None:
    assert set(BY_CODE) == told()


@pytest.mark.parametrize("entry", ENTRIES, ids=lambda entry: entry.code)
def test_what_an_entry_says(entry: Entry) -> None:
    assert re.fullmatch(r"[a-z]+([-_][a-z]+)*", entry.code)
    assert entry.area in AREAS
    assert not entry.title.endswith(".")
    assert entry.meaning.endswith(".")
    assert entry.steps
    text = "\n".join((entry.meaning, *entry.steps))
    assert set(re.findall(r"`ralex-stack (?:--\S+ \S+ )?([a-z]+)", text)) <= set(COMMANDS)
    assert text.count("`") % 2 == 0


def test_codes_are_there_once() -> None:
    assert len(BY_CODE) == len(ENTRIES)


@pytest.mark.parametrize("text", ["path_closed", "path-closed", "PATH_CLOSED"])
def test_an_entry_is_found_however_its_words_are_joined(text: str) -> None:
    assert find(text) == BY_CODE["path_closed"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("port-takn", "port-taken"),
        ("budget", "budget-spent"),
        ("402", "budget-spent"),
        ("zzz", None),
    ],
)
def test_what_may_have_been_meant(text: str, expected: str | None) -> None:
    assert find(text) is None
    assert next(iter(similar(text)), None) == expected
