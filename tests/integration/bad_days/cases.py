"""The bad days of the controller: what is broken, what is asked, what must be said."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import breakages as b
import harm as h

if TYPE_CHECKING:
    from breakages import Break

UP = ("up", "--yes")


@dataclass(frozen=True)
class Case:
    """`said` are regular expressions over all that the command prints."""

    name: str
    broken: Break
    command: tuple[str, ...]
    said: tuple[str, ...] = ()
    code: int = 1
    before: tuple[str, ...] = ()
    """What stands before the command, and runs it."""

    @property
    def long(self) -> bool:
        """Whether it says little more than another one, and is left to the long form."""
        return self.name in LONG


LONG = frozenset(
    {
        *("no-socket-status", "dead-socket", "hanging-down", "hanging-doctor", "paused-down"),
        *("settings-key", "settings-encoding", "state-empty", "state-newer", "secret-missing"),
        *("digest-key-cut-off", "state-missing", "killed-up", "no-docker-doctor"),
        *("hanging-provider-up", "hanging-provider-doctor", "unreachable-run"),
        *("unknown-host-up", "unknown-host-doctor", "unknown-host-run"),
        *("unknown-model-up", "unknown-model-doctor", "clock-ahead-status"),
        *("clock-behind-status", "crashed-doctor", "settings-of-another"),
        *("paused-run", "killed-run", "unreachable-up", "secret-empty"),
    }
)


def turn(model: str) -> tuple[str, ...]:
    return ("run", "say hello", "--dir", "work", "--model", model)


def clock(seconds: int) -> tuple[str, ...]:
    return (sys.executable, str(Path(__file__).with_name("at_another_time.py")), str(seconds))


AN_HOUR, A_DAY, YEARS = 3600, 24 * 3600, 3 * 10**8
# Root may read and write everything but for this capability.
UNPRIVILEGED = ("setpriv", "--bounding-set", "-dac_override,-dac_read_search")
WITH_FILE = ("--settings", "other.toml", *UP)
WITH_HUGE = ("--settings", "huge.toml", *UP)
WORKS = ("went through the whole chain",)
NO_ACCESS = ("Permission denied", "next: .*who owns it")
NO_COMPLETION = "a test call of `.*` got no completion"
REFUSED = ("the provider refuses the key", r"next: .*api_key")
AWAY = ("the provider cannot be reached", r"next: check the network.*providers\.\w+\.api_base")
HANGS = ("no answer", "next: ")
UNKNOWN = ("the provider does not know the model", r"next: correct `models.unknown.upstream`")
STATE_AWAY = r"next: .*move it away"
NEW = b'{"version": 99}'
KEY = "project/secrets/gateway_key_client"

CASES = (
    Case("no-docker-up", b.no_docker_program, UP, ("`docker` was not found", "next: .*make setup")),
    Case("no-docker-doctor", b.no_docker_program, ("doctor",), ("no `docker` program", "next: ")),
    Case("no-socket-up", b.no_socket, UP, ("none.sock: there is no such socket", "next: start")),
    Case("no-socket-status", b.no_socket, ("status",), ("there is no such socket", "next: ")),
    Case("dead-socket", b.nothing_listens, UP, ("nothing listens there", "next: start it")),
    Case("hanging-up", b.hanging_engine, UP, ("does not answer", "next: restart it")),
    Case("hanging-down", b.hanging_engine, ("down",), ("does not answer", "next: restart it")),
    Case("hanging-doctor", b.hanging_engine, ("doctor",), ("does not answer", "next: restart it")),
    Case("full-disk", b.full_disk, UP, ("No space left", "MiB are free at", "next: make room")),
    Case(
        "port-of-a-process",
        b.port_of_a_process,
        UP,
        (r"a port is taken, by process \d+ \(", "next: .*network.gateway_port"),
    ),
    Case("paused-status", b.paused("valkey"), ("status",), ("paused",)),
    Case("paused-run", b.paused("edge"), ("run", "hello"), ("edge is paused", "next: .*up` mends")),
    Case("paused-up", b.paused("gateway"), UP, ("gateway", "its container is paused"), 0),
    Case("paused-down", b.paused("valkey"), ("down",), ("is down",), 0),
    Case("killed-run", b.killed("gateway"), ("run", "hello"), ("gateway is exited", "next: ")),
    Case("killed-up", b.killed("valkey"), UP, ("its container is exited",), 0),
    Case("settings-syntax", b.settings(b"[stack\n"), UP, (r"toml:\d+: ", "next: "), 2),
    Case(
        "settings-type",
        b.settings(b"[opencode]\nproject_config = 'many'\n"),
        UP,
        ("project_config",),
        2,
    ),
    Case("settings-key", b.settings(b"[netwrok]\n"), UP, ("netwrok", "network"), 2),
    Case("settings-encoding", b.settings(b"# \xff\n"), UP, ("not UTF-8",), 2),
    Case("settings-directory", b.settings_directory, UP, ("is a directory", "next: "), 2),
    Case("state-truncated", b.damaged("state.json", b'{"vers'), UP, ("is damaged", STATE_AWAY)),
    Case("state-empty", b.damaged("state.json", b""), UP, ("is damaged", STATE_AWAY)),
    Case("state-directory", b.damaged("state.json", None), UP, ("cannot be read", STATE_AWAY)),
    Case("state-newer", b.damaged("state.json", NEW), UP, ("version 99", "next: use the version")),
    Case("project-truncated", b.damaged("project/compose.yaml", b"name: [x"), UP, ("is damaged",)),
    Case("state-missing", b.left("state.json"), UP, (), 0),
    Case("project-missing", b.left("project/compose.yaml"), UP, (), 0),
    Case("digest-key-cut-off", b.left("digest.key", b"short"), UP, ("other secrets|changed",), 0),
    Case("half-files", b.left("state.json.new", b"half"), UP, (), 0),
    Case("stale-holder", b.left("holder.json", b'{"pid": 1, "since": 9e99}'), UP, (), 0),
    Case("refused-key-up", b.asking("status-401"), UP, (NO_COMPLETION, *REFUSED)),
    Case("refused-key-doctor", b.asking("status-401"), ("doctor",), REFUSED),
    Case("refused-key-run", b.nothing, turn("status-401"), REFUSED),
    Case("unreachable-up", b.asking("refused"), UP, (NO_COMPLETION, *AWAY)),
    Case("unreachable-doctor", b.asking("refused"), ("doctor",), AWAY),
    Case("unreachable-run", b.nothing, turn("refused"), AWAY),
    Case("unknown-host-up", b.asking("unknown-host"), UP, (NO_COMPLETION, *AWAY)),
    Case("unknown-host-doctor", b.asking("unknown-host"), ("doctor",), AWAY),
    Case("unknown-host-run", b.nothing, turn("unknown-host"), AWAY),
    Case("hanging-provider-up", b.asking("hangs"), UP, (NO_COMPLETION, *HANGS)),
    Case("hanging-provider-doctor", b.asking("hangs"), ("doctor",), HANGS),
    Case("hanging-provider-run", b.nothing, turn("hangs"), HANGS),
    Case("unknown-model-up", b.asking("unknown"), UP, (NO_COMPLETION, *UNKNOWN)),
    Case("unknown-model-doctor", b.asking("unknown"), ("doctor",), UNKNOWN),
    Case("unknown-model-run", b.nothing, turn("unknown"), UNKNOWN),
    Case("wrong-model-run", b.nothing, turn("goood"), ("there is no model `goood`", "good")),
    Case("wrong-model-up", b.asking("goood"), UP, ("goood", "good"), 2),
    Case("clock-behind-up", b.nothing, UP, WORKS, 0, clock(-AN_HOUR)),
    Case("clock-ahead-up", b.nothing, UP, WORKS, 0, clock(A_DAY)),
    Case("clock-behind-status", b.nothing, ("status",), ("running healthy",), 0, clock(-AN_HOUR)),
    Case("clock-ahead-status", b.nothing, ("status",), ("running healthy",), 0, clock(A_DAY)),
    Case(
        "clock-behind-doctor",
        b.nothing,
        ("doctor",),
        ("clock .* behind the newest file", "next: set it"),
        1,
        clock(-YEARS),
    ),
    Case(
        "clock-ahead-doctor",
        b.nothing,
        ("doctor",),
        (r"clock .* differ by 86\d\d\d s", "next: "),
        0,
        clock(A_DAY),
    ),
    Case("clock-holder", h.held_from_tomorrow, UP, (r"held by `ralex-stack up` \(p", "next: wait")),
    Case(
        "port-of-a-container",
        h.port_of_a_container,
        UP,
        ("a port is taken, by container .*-holder", "next: .*network.gateway_port"),
    ),
    Case("state-foreign", h.another_file, WITH_FILE, ("belongs to .*, not to", "next: give")),
    Case("state-of-another", h.state_of_another_user, UP, NO_ACCESS, 1, UNPRIVILEGED),
    Case("state-read-only", h.read_only_state, UP, ("Read-only", "next: .*XDG_STATE_HOME")),
    Case("settings-of-another", h.settings_of_another_user, UP, ("ermission",), 2, UNPRIVILEGED),
    Case("settings-huge", h.settings_without_end, WITH_HUGE, ("this is no settings file",), 2),
    Case("crashed-doctor", h.crashed("edge", 2), ("doctor",), ("edge .* restarted", "next: "), 0),
    Case("out-of-memory", h.out_of_memory, ("doctor",), ("valkey .* restarted", "next: "), 0),
    Case("secret-missing", b.left(KEY), UP, ("gateway_key_client changed",), 0),
    Case("secret-empty", b.left(KEY, b""), UP, ("gateway_key_client changed",), 0),
)
