"""From references to secrets."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest
from fakes import RecordingRunner
from hypothesis import given
from hypothesis import strategies as st

from ralex_stack.errors import SecretError
from ralex_stack.runner import SystemRunner
from ralex_stack.secrets.resolve import resolve
from ralex_stack.settings.secret import SecretReference

KEY = "sk-or-v1-0123456789"


def value_of(base: Path, environment: dict[str, str] | None = None, **reference: Any) -> str | None:
    return resolve(
        SecretReference(**reference),
        environment=environment or {},
        base=base,
        runner=SystemRunner(),
    )


@pytest.mark.parametrize(
    ("value", "found"), [(KEY, KEY), (f" {KEY}\n", KEY), ("", None), ("  \n", None), (None, None)]
)
def test_environment(tmp_path: Path, value: str | None, found: str | None) -> None:
    environment = {} if value is None else {"KEY": value}
    assert value_of(tmp_path, environment, env="KEY") == found


def test_a_relative_file_starts_from_the_settings(tmp_path: Path) -> None:
    (tmp_path / "keys").mkdir()
    (tmp_path / "keys" / "one").write_text(f"{KEY}\n")
    assert value_of(tmp_path, file="keys/one") == KEY


def test_an_absolute_file(tmp_path: Path) -> None:
    (tmp_path / "one").write_text(KEY)
    assert value_of(Path("/"), file=str(tmp_path / "one")) == KEY


def test_a_file_in_the_home_directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    (tmp_path / "key").write_text(KEY)
    assert value_of(Path("/"), file="~/key") == KEY


def test_a_file_of_an_unknown_users(tmp_path: Path) -> None:
    with pytest.raises(SecretError, match="cannot be read"):
        value_of(tmp_path, file="~nobody-of-that-name/key")


def test_a_file_that_is_not_there_yet(tmp_path: Path) -> None:
    assert value_of(tmp_path, file="none") is None


def test_a_directory_in_place_of_a_file(tmp_path: Path) -> None:
    (tmp_path / "keys").mkdir()
    with pytest.raises(SecretError, match="file keys cannot be read: Is a directory") as error:
        value_of(tmp_path, file="keys")
    assert "permissions" in error.value.hint


UNUSABLE = [b"", b"\n", b"one\ntwo", b"one two", b"k\xff\xfey", "schlüssel".encode(), b"a\x00b"]


@pytest.mark.parametrize("content", UNUSABLE)
def test_a_file_without_a_usable_secret(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "key").write_bytes(content)
    with pytest.raises(SecretError, match="file key gives no usable secret"):
        value_of(tmp_path, file="key")


@pytest.mark.parametrize("content", UNUSABLE)
def test_a_command_without_a_usable_secret(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "output").write_bytes(content)
    with pytest.raises(SecretError, match="gives no usable secret"):
        value_of(tmp_path, command="cat output")


def test_a_command_starts_from_the_settings_and_goes_through_a_shell(tmp_path: Path) -> None:
    (tmp_path / "key").write_text(f"x{KEY}")
    assert value_of(tmp_path, command="cut -c2- <key | tr -d '\"'") == KEY


def test_a_command_that_fails_is_told_with_what_it_said_but_not_with_the_secret(
    tmp_path: Path,
) -> None:
    command = f"echo {KEY}; echo 'locked: {KEY}' >&2; exit 3"
    with pytest.raises(SecretError) as error:
        resolve(
            SecretReference(command="vault"),
            environment={},
            base=tmp_path,
            runner=RecordingRunner().on(
                "sh", do=lambda _: SystemRunner().run(["sh", "-c", command], check=False)
            ),
        )
    assert "command `vault` ended with code 3: locked: …" in str(error.value)
    assert KEY not in repr(error.value) + str(error.value) + error.value.hint


def test_a_directory_with_odd_characters(tmp_path: Path) -> None:
    base = tmp_path / "a 'b' $(c)"
    base.mkdir()
    (base / "key").write_text(KEY)
    assert value_of(base, command="cat key") == KEY


@given(
    st.text(min_size=6, alphabet=st.characters(min_codepoint=33, max_codepoint=0x2FF)),
    st.sampled_from(["env", "command", "file"]),
)
def test_a_value_never_appears_in_an_error(value: str, kind: str) -> None:
    broken = f"{value} {value}"
    runner = RecordingRunner().on("sh", stdout=broken, stderr=f"said {value}", code=1)
    file = Path(os.devnull)
    reference = SecretReference(**{kind: "KEY" if kind == "env" else str(file)})
    with pytest.raises(SecretError) as error:
        resolve(reference, environment={"KEY": broken}, base=Path("/"), runner=runner)
    assert value not in str(error.value)
    assert value not in repr(error.value)
