"""Lines of TOML keys."""

from __future__ import annotations

import tomllib
from typing import Any

import pytest
import tomli_w
from hypothesis import given, settings
from hypothesis import strategies as st

from ralex_stack.settings.position import lines_of

DOCUMENT = '''\
# comment with [table] and = signs
top = 1
a.b."c.d" = "x # y" # e = 3

[ plain . "quoted ]" ]   # behind
key = """
[not.a.table]
key = \\""" still text"""
literal = \'\'\'
[neither]\'\'\'\'\'
list = [ # comment, with comma
  1, [2,
  3], { x = 1, y.z = "}" },
]
[[array]]
one = 1
[[array]]
two = 2
[array.inner]
three = 3
[[array.deep]]
four = 4
[[array]]
[array.inner]
five = 1979-05-27T07:32:00Z
'''

LINES = {
    ("top",): 2,
    ("a", "b", "c.d"): 3,
    ("plain", "quoted ]"): 5,
    ("plain", "quoted ]", "key"): 6,
    ("plain", "quoted ]", "literal"): 9,
    ("plain", "quoted ]", "list"): 11,
    ("plain", "quoted ]", "list", 0): 12,
    ("plain", "quoted ]", "list", 1, 0): 12,
    ("plain", "quoted ]", "list", 1, 1): 13,
    ("plain", "quoted ]", "list", 2, "x"): 13,
    ("plain", "quoted ]", "list", 2, "y", "z"): 13,
    ("array",): 15,
    ("array", 0, "one"): 16,
    ("array", 1): 17,
    ("array", 1, "two"): 18,
    ("array", 1, "inner"): 19,
    ("array", 1, "inner", "three"): 20,
    ("array", 1, "deep", 0, "four"): 22,
    ("array", 2): 23,
    ("array", 2, "inner", "five"): 25,
}


def test_the_document_of_this_test_is_toml() -> None:
    assert tomllib.loads(DOCUMENT)["array"][1]["deep"] == [{"four": 4}]


@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_lines_of_all_kinds_of_keys(end: str) -> None:
    found = lines_of(DOCUMENT.replace("\n", end))
    assert {path: found.get(path) for path in LINES} == LINES


def paths(data: Any, path: tuple[str | int, ...] = ()) -> set[tuple[str | int, ...]]:
    items: Any = ()
    if isinstance(data, dict):
        items = data.items()
    elif isinstance(data, list):
        items = enumerate(data)
    below = (paths(value, (*path, key)) for key, value in items)
    return set().union({path} if path else set(), *below)


values = st.recursive(
    st.integers(-9, 9) | st.text(max_size=8) | st.booleans(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner),
    max_leaves=8,
)


@settings(deadline=None)
@given(st.dictionaries(st.text(max_size=4), values, max_size=4))
def test_every_path_of_any_document_has_a_line(data: dict[str, Any]) -> None:
    text = tomli_w.dumps(data)
    found = lines_of(text)
    assert paths(tomllib.loads(text)) <= found.keys()
    assert all(1 <= line <= text.count("\n") + 1 for line in found.values())
