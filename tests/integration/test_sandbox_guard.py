"""The opencode image: what a shell of the server can find, and how the server starts and ends."""

from __future__ import annotations

import base64
import contextlib
import json
import re
import shlex
import time
import uuid
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import bcrypt
import httpx
import pytest
from containers import PROBES

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from docker import DockerClient
    from docker.models.containers import Container
    from harness import Stack

PASSWORD = f"outer-{uuid.uuid4().hex}"
MARK = "XqGuardMark"
USERS = ["10001:10001", "4321:4321", "0:0"]
Start = Callable[..., "Container"]


@contextlib.contextmanager
def starting(image: str, engine: DockerClient, directory: Path) -> Iterator[Start]:
    """Starts containers of the image as the stack does, but on the default network."""
    secrets = directory / "secrets"
    secrets.mkdir(mode=0o755)
    hashed = bcrypt.hashpw(PASSWORD.encode(), bcrypt.gensalt(4))
    (secrets / "opencode_server_password_hash").write_bytes(hashed)
    made: list[Container] = []

    def run(user: str, *, mount: Path = secrets, **options: Any) -> Container:
        made.append(
            engine.containers.run(
                image,
                detach=True,
                init=True,
                user=user,
                read_only=True,
                cap_drop=["ALL"],
                security_opt=["no-new-privileges"],
                tmpfs={"/tmp": "mode=1777", "/data": "mode=1777"},  # noqa: S108
                volumes={
                    str(mount): {"bind": "/run/secrets", "mode": "ro"},
                    str(PROBES): {"bind": "/probes", "mode": "ro"},
                },
                **options,
            )
        )
        return made[-1]

    yield run
    for container in made:
        container.remove(force=True, v=True)


@pytest.fixture(scope="module")
def image(stack: Stack) -> str:
    found: str = stack.container("opencode").attrs["Config"]["Image"]
    return found


@pytest.fixture
def start(image: str, engine: DockerClient, tmp_path: Path) -> Iterator[Start]:
    with starting(image, engine, tmp_path) as run:
        yield run


@pytest.fixture(scope="module")
def server(
    image: str, engine: DockerClient, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Container]:
    """One server for the tests that only ask it something."""
    with starting(image, engine, tmp_path_factory.mktemp("secrets")) as run:
        container = run("10001:10001")
        wait_until_ready(container)
        yield container


def wait_until_ready(container: Container) -> None:
    probe = ["http-probe", "4098", "/global/health", '"healthy":true']
    deadline = time.monotonic() + 120
    while container.exec_run(probe).exit_code != 0:
        assert time.monotonic() < deadline, container.logs().decode()
        time.sleep(0.3)


def privileged(container: Container, *command: str) -> str:
    """What a command prints that may read every process of the container."""
    done = container.exec_run(list(command), privileged=True, user="0:0")
    text: str = done.output.decode(errors="replace")
    assert done.exit_code == 0, text
    return text


def token(container: Container) -> str:
    """The credential that only OpenCode and its door hold."""
    script = "cat /proc/$(pgrep -f '^opencode serve')/environ | tr '\\0' '\\n'"
    found = re.search(
        r"^OPENCODE_SERVER_PASSWORD=(.{40,})$", privileged(container, "sh", "-c", script), re.M
    )
    assert found, "the token was not where OpenCode reads it"
    return found[1]


def words(container: Container) -> list[str]:
    """All that must not be found, in hexadecimal."""
    inner = token(container)
    header = base64.b64encode(f"opencode:{inner}".encode()).decode()
    return [word.encode().hex() for word in (inner, header, PASSWORD)]


def client(container: Container) -> httpx.Client:
    container.reload()
    networks = container.attrs["NetworkSettings"]["Networks"].values()
    address = next(iter(networks))["IPAddress"]
    return httpx.Client(base_url=f"http://{address}:4096", auth=("opencode", PASSWORD), timeout=120)


def shell(container: Container, command: str) -> str:
    """What a shell prints that OpenCode started."""
    with client(container) as http:
        session = http.post("/session", params={"directory": "/tmp"}, json={}).json()["id"]  # noqa: S108
        answer = http.post(
            f"/session/{session}/shell",
            params={"directory": "/tmp"},  # noqa: S108
            json={
                "agent": "build",
                "model": {"providerID": "litellm", "modelID": "main"},
                "command": command,
            },
        )
    output: str = answer.raise_for_status().json()["parts"][0]["state"]["output"]
    return output


@pytest.mark.parametrize("user", USERS)
def test_a_shell_of_the_server_finds_no_credential(start: Start, user: str) -> None:
    container = start(user)
    wait_until_ready(container)
    search = ["python3", "/probes/search.py", *words(container)]

    seen = json.loads(shell(container, shlex.join(search)).splitlines()[-1])
    control = json.loads(privileged(container, *search).splitlines()[-1])

    assert seen["found"] == []
    assert not {"opencode", "caddy", "python3"} & set(seen["attached"])
    assert seen["read"]["file"] > 1000
    assert seen["read"]["environ"] > 0
    assert {place.split()[0] for place in control["found"]} >= {"environ", "memory"}


def test_nothing_can_be_read_while_the_server_starts(start: Start) -> None:
    """A process of the same user that is there before the server never sees the token."""
    poll = (
        "import glob\n"
        "seen = 0\n"
        "while True:\n"
        "    for path in glob.glob('/proc/[0-9]*/environ'):\n"
        "        try: text = open(path, 'rb').read()\n"
        "        except OSError: continue\n"
        "        seen += 1\n"
        "        if b'OPENCODE_SERVER_PASSWORD=' in text: print('FOUND', path, flush=True)\n"
        "        if seen == 2000: print('POLLED', flush=True)\n"
    )
    serve = "exec python3 -I /usr/local/lib/ralex-stack serve"
    command = ["sh", "-c", f"python3 -c {shlex.quote(poll)} & {serve}"]
    container = start("10001:10001", entrypoint=command, command=[])
    wait_until_ready(container)

    printed = container.logs().decode()

    assert "POLLED" in printed
    assert "FOUND" not in printed


def test_a_project_cannot_quote_the_token(server: Container) -> None:
    quoting = json.dumps({"username": MARK + "{env:OPENCODE_SERVER_PASSWORD}" + MARK})
    write = f"mkdir -p /tmp/quoting && echo {shlex.quote(quoting)} > /tmp/quoting/opencode.json"
    server.exec_run(["sh", "-c", write])

    with client(server) as http:
        config = http.get("/config", params={"directory": "/tmp/quoting"}).json()  # noqa: S108

    assert config["username"] == MARK + MARK


@pytest.mark.parametrize(
    ("port", "path", "status"),
    [
        (4096, "/config", 401),
        (4096, "/global/health", 401),
        (4097, "/config", 401),
        (4097, "/session", 401),
        (4098, "/config", 404),
        (4098, "/session", 404),
    ],
)
def test_every_listener_wants_a_credential(
    server: Container, port: int, path: str, status: int
) -> None:
    ask = ["curl", "-sm", "10", "-o", "/dev/null", "-w", "%{http_code}", f"localhost:{port}{path}"]

    assert server.exec_run(ask).output.decode() == str(status)
    assert server.exec_run([*ask, "-u", f"opencode:{MARK}"]).output.decode() == str(status)


def test_the_password_opens_the_server(server: Container) -> None:
    with client(server) as http:
        assert http.get("/global/health").json()["healthy"] is True
        assert http.get("/global/health", auth=("opencode", MARK)).status_code == 401


def test_without_the_hash_nothing_starts(start: Start, tmp_path: Path) -> None:
    (tmp_path / "none").mkdir()
    container = start("10001:10001", mount=tmp_path / "none")

    assert container.wait(timeout=60)["StatusCode"] == 1
    assert "holds no bcrypt hash" in container.logs().decode()


@pytest.mark.parametrize("child", ["^opencode serve", "^caddy run"])
def test_the_container_ends_with_either_process(start: Start, child: str) -> None:
    container = start("10001:10001")
    wait_until_ready(container)

    container.exec_run(["pkill", "-9", "-f", child])

    assert container.wait(timeout=60)["StatusCode"] == 1


def test_a_signal_to_stop_is_obeyed(start: Start) -> None:
    container = start("10001:10001")
    wait_until_ready(container)

    container.stop(timeout=60)

    assert container.wait(timeout=60)["StatusCode"] == 0


@pytest.mark.parametrize("user", USERS)
def test_tools_know_who_they_are(start: Start, user: str) -> None:
    script = 'whoami && python3 -c "import os, pwd; print(pwd.getpwuid(os.getuid()).pw_dir)"'
    container = start(user, command=["sh", "-c", script])

    assert container.wait(timeout=60)["StatusCode"] == 0
    name, home = container.logs().decode().split()
    assert (name, home) == (("root", "/root") if user == "0:0" else ("agent", "/tmp/home"))  # noqa: S108


def test_login_shells_keep_the_path_of_the_image(start: Start) -> None:
    command = ["bash", "-lc", "echo $PATH"]
    container = start(
        "10001:10001", command=command, environment={"PATH": f"/{MARK}:/usr/bin:/bin"}
    )

    container.wait(timeout=60)

    assert container.logs().decode().strip().split(":")[0] == f"/{MARK}"
