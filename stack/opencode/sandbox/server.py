"""`opencode serve` such that nothing it starts can find a secret.

Shells, MCP servers and language servers run as the same user as the server. What keeps secrets
from them:
- The clients' password is not in the container, only its bcrypt hash: a Caddy in front checks it.
- OpenCode itself listens on the loopback with a token that is made at each start. It reads the
  token from its environment, from which a plugin then removes it (guard/), before the first
  project is opened and before anybody is let in; that this held is checked each time.
- The programs are unreadable files (mode 0111) and this process says so of itself, so the kernel
  keeps /proc/PID/{environ,mem,fd,…} of all three closed.
"""

from __future__ import annotations

import ctypes
import json
import os
import secrets
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import door
from client import Client, RefusedError

if TYPE_CHECKING:
    from types import FrameType

HASH_FILE = Path("/run/secrets/opencode_server_password_hash")
METRICS_HASH_FILE = Path("/run/secrets/metrics_token_hash")
"""Mounted where Prometheus reads the stack."""
HERE = Path(__file__).resolve().parent
PORT = 4097
START_SECONDS = 60
STOP_SECONDS = 10
PR_SET_DUMPABLE = 4


class StartError(Exception):
    """The server cannot be started safely."""


def serve() -> int:
    """Run OpenCode and its door until one of them ends; the exit code for the container."""
    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
    close_proc()
    try:
        return run_guarded(read_hash(HASH_FILE), secrets.token_urlsafe(32))
    except StartError as error:
        print(f"opencode: {error}", file=sys.stderr)
        return 1


def run_guarded(password_hash: str, token: str) -> int:
    """Start OpenCode, open the door once OpenCode keeps its token to itself, and wait."""
    opencode = start_opencode(token)
    try:
        wait_until_guarded(opencode, Client(PORT, door.USER, token), token)
    except BaseException:
        end(opencode)
        raise
    return supervise({"OpenCode": opencode, "its door": start_door(password_hash, token)})


def close_proc() -> None:
    """Keep other processes of the same user out of this one's /proc entries and memory."""
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) != 0:
        raise StartError(f"prctl: {os.strerror(ctypes.get_errno())}")


def read_hash(path: Path) -> str:
    """The bcrypt hash of the clients' password. Raises StartError."""
    text = path.read_text().strip() if path.is_file() else ""
    if not text.startswith("$2"):
        raise StartError(
            f"{path} holds no bcrypt hash, so nobody could log in; mount the hash of the"
            " server's password there (never the password)"
        )
    return text


def start_opencode(token: str) -> subprocess.Popen[bytes]:
    """Start the server on the loopback, with the plugin that forgets the token."""
    environment = {
        **os.environ,
        "OPENCODE_SERVER_PASSWORD": token,
        "OPENCODE_SERVER_USERNAME": door.USER,
        "OPENCODE_CONFIG": str(HERE / "guard" / "opencode.json"),
    }
    command = ["opencode", "serve", "--hostname", "127.0.0.1", "--port", str(PORT)]
    return subprocess.Popen(command, env=environment)


def start_door(password_hash: str, token: str) -> subprocess.Popen[bytes]:
    """Start Caddy; its configuration goes through a pipe, for it holds the token."""
    metrics_hash = read_hash(METRICS_HASH_FILE) if METRICS_HASH_FILE.exists() else None
    configuration = door.configuration(password_hash, token, f"127.0.0.1:{PORT}", metrics_hash)
    caddy = subprocess.Popen(["caddy", "run", "--config", "-"], stdin=subprocess.PIPE)
    assert caddy.stdin is not None  # noqa: S101 - a pipe was asked for
    with caddy.stdin as pipe:
        pipe.write(json.dumps(configuration).encode())
    return caddy


def wait_until_guarded(opencode: subprocess.Popen[bytes], client: Client, token: str) -> None:
    """Wait for the server, make it forget the token, and check that it did.

    Opening a directory loads the plugin. A project's configuration can quote the environment of
    the server, so a second directory that does just that shows whether the token is gone.
    Raises StartError.
    """
    deadline = time.monotonic() + START_SECONDS
    # A request that arrives while OpenCode starts can hang for ever, so it is soon given up.
    while not client.answers("/global/health", timeout=0.5):
        if opencode.poll() is not None:
            raise StartError(f"OpenCode ended with code {opencode.returncode} while starting")
        if time.monotonic() > deadline:
            raise StartError(f"OpenCode did not answer within {START_SECONDS} seconds")
        time.sleep(0.1)
    try:
        client.get(f"/config?directory={HERE / 'empty'}")
        quoted = client.get(f"/config?directory={HERE / 'check'}")
        open_to_all = Client(PORT, "", "").answers(f"/config?directory={HERE / 'empty'}")
    except RefusedError as error:
        raise StartError(f"OpenCode refused its own token: {error}") from error
    if token in quoted:
        raise StartError("OpenCode still holds its token in the environment: the plugin failed")
    if open_to_all:
        raise StartError("OpenCode answers without a password")


def supervise(children: dict[str, subprocess.Popen[bytes]]) -> int:
    """Wait until a child ends, then end the others; 1, for no child should end by itself."""
    names = {child.pid: name for name, child in children.items()}
    try:
        # Where this is process 1 it inherits orphans, so it waits for any child.
        while (pid := os.wait()[0]) not in names:
            continue
        print(f"opencode: {names[pid]} ended, so the container does", file=sys.stderr)
        return 1
    finally:
        for child in children.values():
            end(child)


def stop(signum: int, frame: FrameType | None) -> None:
    """Leave with code 0 by way of every `finally`."""
    signal.signal(signum, signal.SIG_IGN)
    raise SystemExit(0)


def end(child: subprocess.Popen[bytes]) -> None:
    """End a process: first politely."""
    child.terminate()
    try:
        child.wait(STOP_SECONDS)
    except subprocess.TimeoutExpired:
        child.kill()
