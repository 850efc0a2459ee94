"""What breaks on bad days, each for as long as it is entered: gives variables for the command."""

from __future__ import annotations

import shutil
import socket
import subprocess
import tempfile
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from contextlib import AbstractContextManager

    from harness import Stack

    Break = Callable[[Stack], AbstractContextManager[Mapping[str, str]]]


@contextmanager
def nothing(stack: Stack) -> Iterator[Mapping[str, str]]:
    """The command itself asks for what goes wrong."""
    yield {}


def asking(model: str) -> Break:
    """The call by which the controller tests the chain asks this model."""

    @contextmanager
    def broken(stack: Stack) -> Iterator[Mapping[str, str]]:
        yield {"RALEX_OPENCODE__SMALL_MODEL": model}

    return broken


@contextmanager
def no_docker_program(stack: Stack) -> Iterator[Mapping[str, str]]:
    with tempfile.TemporaryDirectory() as empty:
        yield {"PATH": empty}


@contextmanager
def no_socket(stack: Stack) -> Iterator[Mapping[str, str]]:
    yield {"DOCKER_HOST": f"unix://{stack.directory}/none.sock"}


@contextmanager
def nothing_listens(stack: Stack) -> Iterator[Mapping[str, str]]:
    with tempfile.TemporaryDirectory() as place, socket.socket(socket.AF_UNIX) as dead:
        dead.bind(f"{place}/docker.sock")
        yield {"DOCKER_HOST": f"unix://{place}/docker.sock"}


@contextmanager
def hanging_engine(stack: Stack) -> Iterator[Mapping[str, str]]:
    with tempfile.TemporaryDirectory() as place, socket.socket(socket.AF_UNIX) as silent:
        silent.bind(f"{place}/docker.sock")
        silent.listen(64)
        yield {"DOCKER_HOST": f"unix://{place}/docker.sock"}


@contextmanager
def full_disk(stack: Stack) -> Iterator[Mapping[str, str]]:
    """The state's file system has no room; only root can mount one that small."""
    with tempfile.TemporaryDirectory() as place:
        mount = ["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", place]
        subprocess.run(mount, check=True)
        try:
            with suppress(OSError), (Path(place) / "all").open("wb", buffering=0) as filler:
                while filler.write(bytes(4096)):
                    pass
            # Under a name of its own: the state of a stack that runs is elsewhere.
            yield {"XDG_STATE_HOME": place, "RALEX_STACK__NAME": f"{stack.name}-full"}
        finally:
            subprocess.run(["umount", place], check=True)


@contextmanager
def port_of_a_process(stack: Stack) -> Iterator[Mapping[str, str]]:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        yield {"RALEX_NETWORK__GATEWAY_PORT": str(taken.getsockname()[1])}


def paused(service: str) -> Break:
    @contextmanager
    def broken(stack: Stack) -> Iterator[Mapping[str, str]]:
        stack.container(service).pause()
        yield {}

    return broken


def killed(service: str) -> Break:
    @contextmanager
    def broken(stack: Stack) -> Iterator[Mapping[str, str]]:
        stack.container(service).kill()
        yield {}

    return broken


def settings(more: bytes) -> Break:
    """Added to the file, which goes on naming this stack and no other."""

    @contextmanager
    def broken(stack: Stack) -> Iterator[Mapping[str, str]]:
        whole = stack.file.read_bytes()
        stack.file.write_bytes(whole + b"\n" + more)
        try:
            yield {}
        finally:
            stack.file.write_bytes(whole)

    return broken


@contextmanager
def settings_directory(stack: Stack) -> Iterator[Mapping[str, str]]:
    aside = stack.file.rename(stack.file.with_suffix(".aside"))
    stack.file.mkdir()
    try:
        yield {}
    finally:
        stack.file.rmdir()
        aside.rename(stack.file)


def damaged(name: str, content: bytes | None) -> Break:
    """A file of the state that holds something else; None: a directory in its place.

    Put back afterwards, as the message asks for what is damaged to be moved away.
    """

    @contextmanager
    def broken(stack: Stack) -> Iterator[Mapping[str, str]]:
        file = stack.state / name
        aside = file.rename(file.with_name(f"{file.name}.aside"))
        file.mkdir() if content is None else file.write_bytes(content)
        try:
            yield {}
        finally:
            shutil.rmtree(file) if file.is_dir() else file.unlink(missing_ok=True)
            aside.rename(file)

    return broken


def left(name: str, content: bytes | None = None) -> Break:
    """A file that a crash cut off or took away, and that nobody puts back."""

    @contextmanager
    def broken(stack: Stack) -> Iterator[Mapping[str, str]]:
        file = stack.state / name
        file.unlink(missing_ok=True)
        if content is not None:
            file.write_bytes(content)
        yield {}

    return broken
