"""Bundles of files and their digests."""

from __future__ import annotations

import pytest
from samples import state

from ralex_stack.bundle import PROJECT_FILE, Bundle, digest_of


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ({}, {"a": b""}),
        ({"a": b"1"}, {"a": b"2"}),
        ({"a": b"1"}, {"b": b"1"}),
        ({"a": b"1", "b": b""}, {"a": b"", "b": b"1"}),
        ({"a": b"b\x000\x00"}, {"a": b"", "b": b""}),
    ],
)
def test_digests_tell_files_apart(one: dict[str, bytes], other: dict[str, bytes]) -> None:
    assert digest_of(one) != digest_of(other)


def test_digests_do_not_depend_on_order() -> None:
    assert digest_of({"a": b"1", "b": b"2"}) == digest_of({"b": b"2", "a": b"1"})
    assert Bundle({"a": b"1", "b": b"2"}).digest == Bundle({"b": b"2", "a": b"1"}).digest


@pytest.mark.parametrize("files", [{}, {PROJECT_FILE: b""}, {PROJECT_FILE: b"[]"}])
def test_a_bundle_without_a_project_has_no_services(files: dict[str, bytes]) -> None:
    bundle = Bundle(files)
    assert bundle.services == {}
    assert bundle.config_directories == ()


def test_files_are_found_by_service() -> None:
    bundle = state().bundle
    assert set(bundle.files_of("gateway")) == {
        "litellm.yaml",
        "keys.json",
        "limits.json",
        "budgets.json",
    }
    assert set(bundle.files_of("edge")) == {"caddy.json"}
    assert bundle.files_of("opencode") == bundle.files_of("workspace")
    assert bundle.files_of("valkey") == {}


def test_config_directories_are_those_of_the_files() -> None:
    bundle = state().bundle
    directories = {"/".join(path.split("/")[:3]) for path in bundle.files if path != PROJECT_FILE}
    assert set(bundle.config_directories) == directories
    assert len(directories) == 4
