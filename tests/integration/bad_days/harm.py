"""Harm that is done to containers and files from outside, each for as long as it is entered."""

from __future__ import annotations

import fcntl
import json
import os
import shutil
import subprocess
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

from harness import eventually, free_port, give

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from breakages import Break
    from harness import Stack

A_DAY = 24 * 3600
NOBODY = 65534


@contextmanager
def port_of_a_container(stack: Stack) -> Iterator[Mapping[str, str]]:
    port = free_port()
    holder = stack.client.containers.run(
        stack.container("gateway").attrs["Config"]["Image"],
        ["60"],
        entrypoint="sleep",
        name=f"{stack.name}-holder",
        ports={"8080/tcp": ("127.0.0.1", port)},
        detach=True,
    )
    try:
        yield {"RALEX_NETWORK__GATEWAY_PORT": str(port)}
    finally:
        holder.remove(force=True)


@contextmanager
def another_file(stack: Stack) -> Iterator[Mapping[str, str]]:
    """`other.toml` names the same stack."""
    shutil.copy(stack.file, stack.directory / "other.toml")
    yield {}


@contextmanager
def state_of_another_user(stack: Stack) -> Iterator[Mapping[str, str]]:
    give(stack, stack.state, NOBODY)
    try:
        yield {}
    finally:
        give(stack, stack.state, os.getuid())


@contextmanager
def settings_of_another_user(stack: Stack) -> Iterator[Mapping[str, str]]:
    give(stack, stack.file, NOBODY)
    stack.file.chmod(0o600)
    try:
        yield {}
    finally:
        give(stack, stack.file, os.getuid())


@contextmanager
def read_only_state(stack: Stack) -> Iterator[Mapping[str, str]]:
    """Only root can mount."""
    place = str(stack.state)
    subprocess.run(["mount", "--bind", place, place], check=True)
    try:
        subprocess.run(["mount", "-o", "remount,bind,ro", place], check=True)
        yield {}
    finally:
        subprocess.run(["umount", place], check=True)


@contextmanager
def settings_without_end(stack: Stack) -> Iterator[Mapping[str, str]]:
    """Somebody named the wrong file: it is sparse, and takes no room."""
    huge = stack.directory / "huge.toml"
    with huge.open("wb") as file:
        file.truncate(1 << 36)
    try:
        yield {}
    finally:
        huge.unlink()


@contextmanager
def held_from_tomorrow(stack: Stack) -> Iterator[Mapping[str, str]]:
    """By a command that began before the clock was put back."""
    holder = stack.state / "holder.json"
    with (stack.state / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        since = time.time() + A_DAY
        holder.write_text(json.dumps({"command": "up", "pid": os.getpid(), "since": since}))
        yield {}
    holder.unlink()


def crashed(service: str, times: int) -> Break:
    """Its main process is killed again and again, and the engine starts it anew."""

    @contextmanager
    def broken(stack: Stack) -> Iterator[Mapping[str, str]]:
        for _ in range(times):
            before = restarts(stack, service)
            kill_main_process(stack, service)
            eventually(lambda seen=before: restarts(stack, service) > seen)
            eventually(lambda: health(stack, service) == "healthy")
        yield {}

    return broken


def restarts(stack: Stack, service: str) -> int:
    return int(stack.container(service).attrs["RestartCount"])


def health(stack: Stack, service: str) -> str:
    return str(stack.container(service).attrs["State"]["Health"]["Status"])


def kill_main_process(stack: Stack, service: str) -> None:
    """As the kernel would: what `docker kill` ends is not started again."""
    container = stack.container(service)
    stack.client.containers.run(
        container.attrs["Config"]["Image"],
        ["-c", f"kill -9 {container.attrs['State']['Pid']}"],
        entrypoint="sh",
        user="0:0",
        pid_mode="host",
        remove=True,
    )


@contextmanager
def out_of_memory(stack: Stack) -> Iterator[Mapping[str, str]]:
    """Valkey is given more than it may use, and the kernel kills it."""
    container = stack.container("valkey")
    host = container.attrs["HostConfig"]
    before = restarts(stack, "valkey")
    container.update(mem_limit="24m", memswap_limit="24m")
    try:
        script = (
            'export REDISCLI_AUTH="$(cat /run/secrets/valkey_password)"; '
            'valkey-cli eval \'local big = string.rep("x", 1e6) '
            'for i = 1, 60 do server.call("set", i, big) end\' 0'
        )
        stack.inside("valkey", "sh", "-c", script, code=None)
        eventually(lambda: restarts(stack, "valkey") > before)
    finally:
        limits = {"mem_limit": host["Memory"], "memswap_limit": host["MemorySwap"]}
        stack.container("valkey").update(**limits)
    eventually(lambda: health(stack, "valkey") == "healthy")
    yield {}
