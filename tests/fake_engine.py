"""A stand-in of the Docker engine, on its socket."""

from __future__ import annotations

import json
import re
import socketserver
import sys
import threading
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, unquote, urlsplit

import yaml
from fakes import Call, RecordingRunner

from ralex_stack.runner import Result

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence


def container(
    service: str,
    project: str = "ralex",
    *,
    state: str = "running",
    health: str | None = "healthy",
    image: str = "image",
    labels: Mapping[str, str] | None = None,
    one_off: bool = False,
    ports: Mapping[str, str] | None = None,
    mounts: Sequence[str] = (),
    log: str = "",
    restart: str = "unless-stopped",
    exit_code: int = 0,
) -> dict[str, Any]:
    """A container as the engine describes it."""
    return {
        "Id": f"{project}-{service}-{'run' if one_off else '1'}",
        "Name": f"/{project}-{service}-{'run' if one_off else '1'}",
        "Image": "sha256:0",
        "RestartCount": 0,
        "HostConfig": {"RestartPolicy": {"Name": restart}},
        "State": {
            "Status": state,
            "StartedAt": "2026-01-02T03:04:05.678Z",
            "ExitCode": exit_code,
            **({"Health": {"Status": health, "Log": []}} if health else {}),
        },
        "Config": {
            "Image": image,
            "Tty": True,
            "Labels": {
                "com.docker.compose.project": project,
                "com.docker.compose.service": service,
                "com.docker.compose.oneoff": str(one_off),
                **(labels or {}),
            },
        },
        "NetworkSettings": {
            "Ports": {
                f"{inner}/tcp": [{"HostIp": "127.0.0.1", "HostPort": outer}]
                for inner, outer in (ports or {}).items()
            }
        },
        "Mounts": [{"Source": source} for source in mounts],
        "log": log,
    }


@dataclass
class FakeEngine:
    """A Docker engine on a socket, as far as facts are read from it."""

    socket: Path
    containers: list[dict[str, Any]] = field(default_factory=list)
    images: set[str] | None = None
    """Images that it has; None: all."""
    volumes: dict[str, dict[str, str]] = field(default_factory=dict)
    """Volume → its labels."""
    info: Mapping[str, str] = field(default_factory=dict)
    """What it says of itself."""
    silent: bool = False
    """Whether it ends connections without an answer."""

    def __enter__(self) -> FakeEngine:
        self._server = _Server(str(self.socket), _Handler)
        self._server.engine = self
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,))
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def runner(self) -> RecordingRunner:
        """A runner whose `docker` says that this is the engine, and where all ends well."""
        endpoint = {"Endpoints": {"docker": {"Host": f"unix://{self.socket}"}}}
        runner = RecordingRunner().on("docker", "context", "inspect", stdout=json.dumps([endpoint]))
        runner.on("git", "config", code=1)
        runner.on("docker", "compose", "up", do=self._up)
        runner.on("docker", "compose", "down", do=self._down)
        runner.on("docker", "wait", stdout="0\n")
        return runner

    def _up(self, call: Call) -> Result:
        words = call.arguments
        files = [words[i + 1] for i, word in enumerate(words) if word == "--file"]
        directory = words[words.index("--project-directory") + 1]
        project, *overlays = [yaml.safe_load(Path(file).read_text()) for file in files]
        one_off = "com.docker.compose.oneoff"
        kept = [c for c in self.containers if c["Config"]["Labels"][one_off] == "True"]
        self.containers = kept + [
            self._made(project["name"], directory, name, service, overlays)
            for name, service in project["services"].items()
            if "profiles" not in service
        ]
        return Result(0)

    def _made(
        self,
        project: str,
        directory: str,
        name: str,
        service: Mapping[str, Any],
        overlays: Iterable[Mapping[str, Any]],
    ) -> dict[str, Any]:
        labels = {"com.docker.compose.project.working_dir": directory, **service["labels"]}
        for overlay in overlays:
            labels |= overlay["services"].get(name, {}).get("labels", {})
        sources = [v["source"] for v in service.get("volumes", ()) if v["type"] == "bind"]
        return container(
            name,
            project,
            image=service["image"],
            labels=labels,
            ports={port.split(":")[2]: port.split(":")[1] for port in service.get("ports", ())},
            mounts=[source.replace("./", f"{directory}/", 1) for source in sources],
        )

    def _down(self, call: Call) -> Result:
        self.containers = []
        return Result(0)


class _Server(socketserver.ThreadingUnixStreamServer):
    daemon_threads = True
    engine: FakeEngine

    def handle_error(self, request: Any, client_address: Any) -> None:
        # A command that has ended does not wait for the answers to its last questions.
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)

    def get_request(self) -> tuple[Any, Any]:
        request, _ = super().get_request()
        return request, ("local", 0)


class _Handler(BaseHTTPRequestHandler):
    server: _Server

    def do_GET(self) -> None:
        if self.server.engine.silent:
            self.close_connection = True
            return
        parts = urlsplit(self.path)
        path = re.sub(r"^/v[\d.]+", "", unquote(parts.path))
        self._send(*self._get(path, parse_qs(parts.query)))

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.server.engine.volumes[body["Name"]] = body["Labels"]
        self._send(201, {"Name": body["Name"]})

    def do_DELETE(self) -> None:
        name = self.path.rpartition("/")[2].partition("?")[0]
        self.server.engine.volumes.pop(name)
        self._send(204, None)

    def _get(self, path: str, query: Mapping[str, list[str]]) -> tuple[int, Any]:
        engine = self.server.engine
        wanted = json.loads(query.get("filters", ["{}"])[0]).get("label", [])
        if path == "/version":
            return 200, {"ApiVersion": "1.45", "Version": "26.1"}
        if path == "/info":
            return 200, engine.info
        if path == "/containers/json":
            return 200, [c for c in engine.containers if _labelled(c["Config"]["Labels"], wanted)]
        if path == "/volumes":
            found = [
                {"Name": n} for n, labels in engine.volumes.items() if _labelled(labels, wanted)
            ]
            return 200, {"Volumes": found}
        kind, _, name = path.strip("/").partition("/")
        return self._one(kind, name)

    def _one(self, kind: str, name: str) -> tuple[int, Any]:
        engine = self.server.engine
        missing = (404, {"message": f"no such {kind}: {name}"})
        if kind == "volumes":
            return (200, {"Name": name}) if name in engine.volumes else missing
        if kind == "images":
            reference = name.removesuffix("/json")
            there = engine.images is None or reference in engine.images
            return (200, {"Id": "sha256:0", "RepoTags": [reference]}) if there else missing
        identity, _, what = name.partition("/")
        for found in engine.containers:
            if found["Id"] == identity:
                return 200, self._about(found, what)
        return missing

    def _about(self, found: dict[str, Any], what: str) -> Any:
        if what == "logs":
            return found["log"]
        if what == "stats":
            return {"memory_stats": {"usage": 1000, "stats": {"inactive_file": 300}}}
        return found

    def _send(self, status: int, data: Any) -> None:
        body = data if isinstance(data, str) else json.dumps(data)
        content = b"" if data is None else body.encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(content)))
        self.send_header("Content-Type", "application/json")
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - its name there
        """Say nothing."""


def _labelled(labels: Mapping[str, str], wanted: Sequence[str]) -> bool:
    return all(labels.get(label.partition("=")[0]) == label.partition("=")[2] for label in wanted)
