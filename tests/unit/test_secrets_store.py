"""The files in which a stack keeps its secrets."""

from __future__ import annotations

import os
import stat
import tempfile
from pathlib import Path

import bcrypt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ralex_stack.secrets.store import GENERATED, PASSWORD, PASSWORD_HASH, SecretStore, keyed_digest

values = st.text(min_size=1, max_size=40)


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


@pytest.mark.parametrize("umask", [0o000, 0o022, 0o077])
def test_only_the_directory_keeps_others_out(tmp_path: Path, umask: int) -> None:
    before = os.umask(umask)
    try:
        store = SecretStore(tmp_path / "project" / "secrets")
        store.set("one", "value")
    finally:
        os.umask(before)
    assert mode(store.directory) == 0o700
    assert mode(store.directory / "one") == 0o444


def test_a_directory_that_was_opened_is_closed_again(tmp_path: Path) -> None:
    store = SecretStore(tmp_path)
    tmp_path.chmod(0o755)
    store.set("one", "value")
    assert mode(tmp_path) == 0o700


def test_the_same_value_is_not_written_again(tmp_path: Path) -> None:
    store = SecretStore(tmp_path)
    store.set("one", "value")
    before = (tmp_path / "one").stat()
    store.set("one", "value")
    assert (tmp_path / "one").stat() == before
    store.set("one", "another")
    assert store.get("one") == "another"


def test_what_is_not_there(tmp_path: Path) -> None:
    store = SecretStore(tmp_path / "none")
    assert store.get("one") is None
    assert store.digests(b"key", ["one"]) == {}
    assert not store.directory.exists()


def test_credentials_are_made_once_and_differ(tmp_path: Path) -> None:
    store = SecretStore(tmp_path)
    store.generate()
    first = {name: store.get(name) for name in (*GENERATED, PASSWORD_HASH)}
    store.generate()
    assert {name: store.get(name) for name in first} == first
    assert len(set(first.values())) == len(first)
    for name, prefix in GENERATED.items():
        assert (first[name] or "").startswith(prefix)
        assert len(first[name] or "") >= len(prefix) + 43


def test_the_hash_follows_the_password(tmp_path: Path) -> None:
    store = SecretStore(tmp_path)
    store.generate()
    store.set(PASSWORD, "another")
    store.generate()
    assert bcrypt.checkpw(b"another", (store.get(PASSWORD_HASH) or "").encode())


def test_a_credential_that_was_removed_is_made_anew(tmp_path: Path) -> None:
    store = SecretStore(tmp_path)
    store.generate()
    old = store.digests(b"key", GENERATED)
    (tmp_path / "valkey_password").unlink()
    store.generate()
    new = store.digests(b"key", GENERATED)
    assert {name for name in GENERATED if old[name] != new[name]} == {"valkey_password"}


@given(st.binary(min_size=1), values, values)
def test_digests_differ_where_and_only_where_values_do(key: bytes, one: str, two: str) -> None:
    assert (keyed_digest(key, one) == keyed_digest(key, two)) == (one == two)


@given(values)
def test_digests_tell_nothing_without_the_key(value: str) -> None:
    assert keyed_digest(b"one", value) != keyed_digest(b"two", value)


@given(st.text(min_size=8, max_size=40, alphabet=st.characters(categories=["L", "N"])))
def test_a_value_is_kept_as_it_is_and_told_nowhere_else(value: str) -> None:
    with tempfile.TemporaryDirectory() as directory:
        store = SecretStore(Path(directory) / "secrets")
        store.set("one", value)
        assert store.get("one") == value
        assert value not in repr(store)
        assert value not in repr(store.digests(b"key", ["one"]))
