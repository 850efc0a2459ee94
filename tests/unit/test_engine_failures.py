"""What is made of an engine that cannot be asked, and of builds that fail."""

from __future__ import annotations

import errno
from pathlib import Path

import pytest
from fakes import RecordingRunner

from ralex_stack.engines.docker import DockerFacts
from ralex_stack.engines.failures import build_failed, refused, unreachable
from ralex_stack.errors import EngineError

HOST = "unix:///run/docker.sock"


def held(*errors: Exception) -> Exception:
    """Errors that hold each other, as those of requests do."""
    outer = Exception("Connection aborted.", *errors)
    return Exception(f"Error while fetching server API version: {outer}", outer)


@pytest.mark.parametrize(
    ("error", "why", "hint"),
    [
        (held(FileNotFoundError(errno.ENOENT, "none")), "there is no such socket", "make setup"),
        (held(ConnectionRefusedError(errno.ECONNREFUSED, "no")), "nothing listens", "make setup"),
        (held(PermissionError(errno.EACCES, "no")), "you may not use it", "usermod"),
        (held(TimeoutError("Read timed out.")), "does not answer", "restart it"),
        (held(ValueError("odd")), "odd", "doctor"),
    ],
)
def test_an_engine_that_cannot_be_asked(error: Exception, why: str, hint: str) -> None:
    told = unreachable(HOST, error)
    assert str(told).startswith(f"the Docker engine does not answer at {HOST}: ")
    assert why in str(told)
    assert hint in told.hint


@pytest.mark.parametrize(
    ("end", "hint"),
    [
        ("E: Temporary failure resolving 'mirror.example.org'", "proxy"),
        ("npm error code ETIMEDOUT", "proxy"),
        ("SSL: CERTIFICATE_VERIFY_FAILED certificate verify failed", "images.ca"),
        ("write /x: no space left on device", "docker builder prune"),
        ("E: no such package", "mend the cause"),
    ],
)
def test_a_build_that_failed(end: str, hint: str) -> None:
    told = build_failed(f"step\n{end}", Path("/state/build.log"), lambda: None)
    assert end in str(told)
    assert hint in told.hint


def test_an_engine_that_fails_meanwhile_hides_nothing() -> None:
    def ask() -> Path | None:
        raise EngineError("gone")

    assert "no space left" in str(build_failed("no space left on device", Path("/log"), ask))


def test_an_engine_without_addresses_for_networks() -> None:
    said = (
        " Network x_state  Error\nfailed to create network x_state: Error response from daemon: "
        "could not find an available, non-overlapping IPv4 address pool among the defaults"
    )
    told = refused(said, DockerFacts(RecordingRunner(), "x"))
    assert told is not None
    assert told.code == "networks-exhausted"
    assert "failed to create network x_state" in str(told)
    assert "docker network prune" in told.hint
