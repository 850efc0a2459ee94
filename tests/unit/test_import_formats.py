"""Broken files: what is unambiguous is repaired, the rest is told with its place."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from ralex_stack.legacy.decoding import decoded
from ralex_stack.legacy.env_document import read_env
from ralex_stack.legacy.json_document import read_json
from ralex_stack.legacy.node import Document, Node, leaves, plain
from ralex_stack.legacy.shell_document import read_shell
from ralex_stack.legacy.yaml_document import read_yaml

if TYPE_CHECKING:
    from collections.abc import Callable


def value(document: Document) -> Any:
    return plain(document.root) if document.root else None


def told(document: Document) -> list[str]:
    return [f"{p.place}{' repaired' if p.repaired else ''}" for p in document.problems]


@pytest.mark.parametrize(
    ("text", "expected", "problems"),
    [
        ('{"a": [1, -2.5, true, null, "ä"]}', {"a": [1, -2.5, True, None, "ä"]}, []),
        ('{"a": 1,\n ""premium": [2]}', {"a": 1, "premium": [2]}, ["f:2:2 repaired"]),
        ('{"a": 1}\nEOF < /dev/null\n', {"a": 1}, ["f:2:1 repaired"]),
        ('{"a": 1}\nEOF', {"a": 1}, ["f:2:1 repaired"]),
        ('{"a": "EOF"}', {"a": "EOF"}, []),
        ('{"": 1, "a": ""}', {"": 1, "a": ""}, []),
        ('{"a": 1,}', {"a": 1}, ["f:1:8"]),
        ('{"a": 1\n "b": 2}', {"a": 1, "b": 2}, ["f:1:2"]),
        ('{"a": "open,\n "b": 2,\n "c": 3}', {"c": 3}, ["f:1:7", "f:2:3"]),
        ('{\n<<<<<<< HEAD\n "a": 1,\n=======\n "b": 2\n}', {"a": 1, "b": 2}, ["f:2:1", "f:4:1"]),
        ('{"a": 1, "a": 2}', {"a": 2}, ["f:1:10"]),
        ('{"a": 1} {"b": 2}', {"a": 1}, ["f:1:10"]),
        ("", None, ["f"]),
        ("[" * 60 + "]" * 60, ..., ["f:1:41"]),
        (r'{"a": "\ud83d\ude80 \ud83d"}', {"a": "🚀 �"}, []),
        ('{"a": ' + "9" * 5000 + ', "b": 1}', {"b": 1}, ["f:1:7"]),
    ],
)
def test_json(text: str, expected: Any, problems: list[str]) -> None:
    document = read_json(text, "f")
    assert told(document) == problems
    assert expected is ... or value(document) == expected


def test_values_of_json_have_their_places_in_characters() -> None:
    root = read_json('{\n "ä": {"key": "x"}\n}', "a b/f.json").root
    assert root is not None
    [(path, node)] = leaves(root)
    assert path == ("ä", "key")
    assert str(node.place) == "a b/f.json:2:15"


def test_nothing_whole_in_json_is_told_up_to_its_end() -> None:
    document = read_json('{"a": [1,\n "b": {"c": 3\n', "f")
    assert value(document) is None
    assert "up to line" in document.problems[0].message


@pytest.mark.parametrize(
    ("text", "expected", "problems"),
    [
        ("a: 1\nb: [x, 2.5, yes, ~]\n", {"a": 1, "b": ["x", 2.5, True, None]}, []),
        ("a: 1\nEOF < /dev/null\n", {"a": 1}, ["f:2:1 repaired"]),
        ("a: |\n  text\n  EOF\n", {"a": "text\nEOF\n"}, []),
        ("a: 1\nb: Simple: fixes\nc: 3\n", {"a": 1, "c": 3}, ["f:2:10"]),
        ('a: 1\nb: "open\nc: 3\n', {"a": 1, "c": 3}, ["f:2:4"]),
        ("- a: 'open\n  b: 1\n- c: 2\n", [{"c": 2}], ["f:1:6"]),
        ("a: 1\n\tb: 2\nc: 3\n", {"a": 1, "c": 3}, ["f:2:1"]),
        ("a: 1\na: 2\n", {"a": 2}, ["f:2:1"]),
        ("a: 1\n---\nb: 2\n", {"a": 1}, ["f:3:1"]),
        ("a: &x [1]\nb: *x\n", {"a": [1], "b": [1]}, []),
        ("a: 2025-07-01\nb: 1_000\n", {"a": "2025-07-01", "b": 1000}, []),
        ("a: !!python/object:os.system x\n", {"a": "x"}, []),
        ("? [1]\n: 2\na: 3\n", {"a": 3}, ["f:1:3"]),
        ("a: x\0y\n", {"a": "x\ufffdy"}, []),
        ("", None, ["f"]),
        ("a: &a [*a]\n", ..., ["f:1:4"]),
    ],
)
def test_yaml(text: str, expected: Any, problems: list[str]) -> None:
    document = read_yaml(text, "f")
    assert told(document) == problems
    assert expected is ... or value(document) == expected


def test_yaml_that_repeats_itself_beyond_measure_is_cut_off() -> None:
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 9)]
    document = read_yaml("\n".join(lines), "f")
    assert "repeated too often" in document.problems[0].message


def test_yaml_with_errors_everywhere_is_given_up() -> None:
    document = read_yaml("a: b: c\n" * 60, "f")
    assert document.root is None
    assert "more than 50 errors" in document.problems[-1].message


@pytest.mark.parametrize(
    ("text", "expected", "problems"),
    [
        ("A=1\nexport B='x y'\nC=\"a\\nb\" # why\n", {"A": "1", "B": "x y", "C": "a\nb"}, []),
        ("T=gpt-4,claude-3.5-sonnet  \t\n", {"T": "gpt-4,claude-3.5-sonnet"}, []),
        ("A=1\n\nno assignment\nB=2\n", {"A": "1", "B": "2"}, ["f:3:1"]),
        ('A="open\nB=2\n', {"B": "2"}, ["f:1:1"]),
        ("A=1\nEOF\n", {"A": "1"}, ["f:2:1 repaired"]),
        ("A=1\nA=2\n", {"A": "2"}, ["f:2:1"]),
        ("A\n", {}, ["f:1:1"]),
    ],
)
def test_environment(text: str, expected: Any, problems: list[str]) -> None:
    document = read_env(text, "f")
    assert told(document) == problems
    assert value(document) == expected


def test_shell_functions_and_aliases_name_models() -> None:
    text = (
        "one() {\n  # claude --model no/comment\n  claude --model 'a/b' \"$@\"\n}\n"
        "function two {\n  ANTHROPIC_MODEL=c/d claude\n}\n"
        "alias three='claude --model=e/f:free'\n"
        'four() {\n  claude --model "$1"\n}\nclaude --model g/h\n'
    )
    document = read_shell(text, "f")
    assert value(document) == {"one": "a/b", "two": "c/d", "three": "e/f:free"}


@pytest.mark.parametrize("read", [read_json, read_yaml, read_env, read_shell])
@pytest.mark.parametrize(
    "text", ["[" * 5000, "{" * 5000, "- " * 5000, '"' * 999, "\0", "\r", "\ufeff"]
)
def test_nothing_is_raised(read: Callable[[str, str], Document], text: str) -> None:
    document = read(text, "f")
    assert document.root is None or isinstance(document.root, Node)


@pytest.mark.parametrize(
    ("raw", "text", "told"),
    [
        (b"a\r\nb\rc", "a\nb\nc", ""),
        ("\ufeffä".encode(), "ä", ""),
        ("key=ä\r\n".encode("utf-16"), "key=ä\n", "is not UTF-8: read as UTF-16"),
        ("key=ä\n".encode("utf-16-le"), "key=ä\n", "is not UTF-8: read as UTF-16-LE"),
        ("key=ä\n".encode("utf-16-be"), "key=ä\n", "is not UTF-8: read as UTF-16-BE"),
        ("key=ä".encode("utf-32"), "key=ä", "is not UTF-8: read as UTF-32"),
        (b"caf\xe9 \x93x\x94", "café “x”", "is not UTF-8: read as WINDOWS-1252"),
        (b"caf\xe9 \x81", "café \x81", "is not UTF-8: read as LATIN-1"),
        (
            "ä 🚀\n".encode() + b"\xff",
            "ä 🚀\n\ufffd",
            "is not all UTF-8, first in line 2: characters that cannot be read are lost",
        ),
        (b"\xff\0\x80" * 9, "", "is binary: not read"),
        (b"\xff\xfex", "", "is binary: not read"),
        (b"", "", ""),
    ],
)
def test_text_in_whatever_encoding(raw: bytes, text: str, told: str) -> None:
    assert decoded(raw) == (text, told)
