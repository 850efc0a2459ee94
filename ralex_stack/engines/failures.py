"""What the engine and Compose say when they fail, as errors with the way out."""

from __future__ import annotations

import errno
import re
from typing import TYPE_CHECKING, TypeVar

from ralex_stack.errors import EngineError, UnhealthyError
from ralex_stack.files import free_space
from ralex_stack.listeners import listener

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path

    from ralex_stack.engines.docker import DockerFacts
    from ralex_stack.errors import CommandError

Known = TypeVar("Known")

_PORT_TAKEN = re.compile(r"port is already allocated|address already in use")
_PORT = re.compile(r"[\d.]{7,}:(\d+)")
_DISK_FULL = re.compile(r"no space left on device|disk quota exceeded", re.IGNORECASE)
_NO_ADDRESSES = re.compile(r"non-overlapping IPv4 address pool|no available network", re.IGNORECASE)
_NO_NETWORK = re.compile(
    r"could not resolve|temporary failure in name resolution|temporary failure resolving|"
    r"connection refused|network is unreachable|connection timed out|ETIMEDOUT|EAI_AGAIN|"
    r"certificate verify failed|self.signed certificate|dns error",
    re.IGNORECASE,
)
_START = "start it, or run `make setup`, which obtains one; `ralex-stack doctor` tells more"
_UNREACHABLE: Mapping[int | None, tuple[str, str]] = {
    errno.ENOENT: ("there is no such socket", _START),
    errno.ECONNREFUSED: ("nothing listens there", _START),
    errno.EACCES: (
        "you may not use it",
        "as root: `usermod -aG docker $USER`, then log in again",
    ),
}
_SHOWN_OF_LOGS = 12
"""Lines, of all services that are not healthy."""
_HANGS = "it takes connections and does not answer"
_RESTART = "restart it, e.g. `systemctl restart docker`; `ralex-stack doctor` tells more"


def unreachable(host: str, error: Exception) -> EngineError:
    """Of an engine that could not be asked: where it should be, and why not."""
    if "timed out" in str(error).lower():
        why, hint = _HANGS, _RESTART
    else:
        number = next(_system_errors(error), None)
        why, hint = _UNREACHABLE.get(number, (str(error), _START))
    return EngineError(
        f"the Docker engine does not answer at {host}: {why}", hint=hint, code="engine-unreachable"
    )


def _system_errors(error: BaseException) -> Iterator[int]:
    """Numbers of the system's errors below one of requests, which only hold each other."""
    if isinstance(error, OSError) and error.errno is not None:
        yield error.errno
    inner = [arg for arg in error.args if isinstance(arg, BaseException)]
    for cause in (*inner, error.__cause__, error.__context__):
        if cause is not None:
            yield from _system_errors(cause)


def explained(error: CommandError, facts: DockerFacts, within: float) -> EngineError:
    """What a failure of Compose comes from, as far as that can be seen.

    `within`: seconds that services had to become healthy. Raises EngineError where the engine does
    not answer by now.
    """
    if known := refused(error.stderr, facts):
        return known
    bad = [state for state in facts.containers() if not (state.one_off or state.well)]
    if not bad:
        return EngineError(
            f"docker compose failed: {error}",
            hint="`ralex-stack doctor` checks what the stack stands on",
            code="compose-failed",
        )
    lines = max(_SHOWN_OF_LOGS // len(bad), 3)
    details = "\n".join(
        f"{s.service}: {s.state} {s.health}\n{_indented(facts.log_tail(s.name, lines))}"
        for s in bad
    )
    services = list(dict.fromkeys(state.service for state in bad))
    each = " and ".join(f"`ralex-stack logs {service}`" for service in services[:2])
    return UnhealthyError(
        f"not healthy within {within:g} s: {', '.join(services)}\n{details}",
        hint=f"{each} shows all of it; `ralex-stack up` tries again",
    )


def _indented(text: str) -> str:
    return "\n".join(f"    {line}" for line in text.splitlines())


def refused(said: str, facts: DockerFacts) -> EngineError | None:
    """What is in the way, where Compose or the engine says so; None for anything else."""
    if _DISK_FULL.search(said):
        return disk_full(said, _known(facts.data_root))
    if _PORT_TAKEN.search(said):
        return _port_taken(said, facts)
    if _NO_ADDRESSES.search(said):
        return _no_addresses(said)
    return None


def disk_full(said: str, data_root: Path | None) -> EngineError:
    """Of an engine without room."""
    where = f" ({free_space(data_root)})" if data_root else ""
    return EngineError(
        f"the Docker engine has no space left{where}: {_line(_DISK_FULL, said)}",
        hint="make room, then run the command again: `docker system df` tells what uses it, "
        "`docker builder prune` and `docker image prune` remove what nothing uses",
        code="disk-full",
    )


def _port_taken(said: str, facts: DockerFacts) -> EngineError:
    line = _line(_PORT_TAKEN, said)
    found = _PORT.search(line)
    holder = holder_of(int(found[1]), facts) if found else ""
    return EngineError(
        f"a port is taken{f', by {holder}' if holder else ''}: {line}",
        hint="choose others, e.g. `--set network.gateway_port=4400 "
        "--set network.opencode_port=4496`, or end what listens there",
        code="port-taken",
    )


def _no_addresses(said: str) -> EngineError:
    return EngineError(
        "the Docker engine has no addresses left for another network: "
        + _line(_NO_ADDRESSES, said),
        hint="end a stack that you do not need (`docker network ls` shows whose networks there "
        "are), `docker network prune` removes those that nothing uses; or give the engine smaller "
        "ones: `default-address-pools` in its daemon.json",
        code="networks-exhausted",
    )


def holder_of(port: int, facts: DockerFacts) -> str:
    """The container or the process that listens on a port of this machine, as far as is known."""
    container = _known(lambda: facts.publisher(port))
    return f"container {container}" if container else listener(port)


def _known(ask: Callable[[], Known]) -> Known | None:
    """What the engine says, unless it fails by now: then the first failure is the one to tell."""
    try:
        return ask()
    except EngineError:
        return None


def build_failed(end: str, log: Path, data_root: Callable[[], Path | None]) -> EngineError:
    """Of a build, whose output ended so."""
    if _DISK_FULL.search(end):
        return disk_full(end, _known(data_root))
    hint = "mend the cause and run `ralex-stack up` again; finished steps are kept"
    if _NO_NETWORK.search(end):
        hint = (
            "it got no connection: check the network, a proxy (HTTPS_PROXY) and the authorities "
            "that builds trust (`images.ca`), then run `ralex-stack up` again; finished steps are "
            "kept"
        )
    return EngineError(
        f"building images failed; the end of {log}:\n{end}", hint=hint, code="build-failed"
    )


def _line(pattern: re.Pattern[str], said: str) -> str:
    """The last line that has the pattern."""
    return [line for line in said.splitlines() if pattern.search(line)][-1].strip()
