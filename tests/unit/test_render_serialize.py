"""Data to bytes."""

from __future__ import annotations

import json
from typing import Any

import pytest
import yaml
from hypothesis import example, given
from hypothesis import strategies as st

from ralex_stack.render.serialize import to_json, to_yaml, with_front_matter

PRINTABLE = st.text(st.characters(exclude_categories=["Cs"]))
DATA = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | PRINTABLE,
    lambda children: st.lists(children) | st.dictionaries(PRINTABLE, children),
    max_leaves=12,
)


@given(DATA)
def test_json_comes_back_as_it_was(data: Any) -> None:
    assert json.loads(to_json(data)) == data


@given(DATA)
@example("a\x85b")
@example("a\u2028b\n")
def test_yaml_comes_back_as_it_was(data: Any) -> None:
    assert yaml.safe_load(to_yaml(data)) == data


@pytest.mark.parametrize("write", [to_json, to_yaml])
@pytest.mark.parametrize(("one", "other"), [(600, 600.0), ([0], [0.0]), ({"a": 2}, {"a": 2.0})])
def test_equal_numbers_are_written_alike(write: Any, one: Any, other: Any) -> None:
    assert write(one) == write(other)


@pytest.mark.parametrize("write", [to_json, to_yaml])
def test_truth_is_no_number(write: Any) -> None:
    assert write([True, 1]) != write([1, 1])
    assert b"true" in write([True])


def test_keys_keep_their_order() -> None:
    data = {"b": 1, "a": 2}
    assert list(json.loads(to_json(data))) == list(yaml.safe_load(to_yaml(data))) == ["b", "a"]


def test_yaml_is_written_out_in_full() -> None:
    shared = ["x" * 300]
    text = to_yaml({"a": shared, "b": shared}).decode()
    assert "&" not in text
    assert text.count("x" * 300) == 2


def test_front_matter_stands_before_the_body() -> None:
    assert with_front_matter({"a": 1}, "\nbody\n") == b"---\na: 1\n---\nbody\n"
