"""The rendered files as one value."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import yaml

if TYPE_CHECKING:
    from collections.abc import Mapping

PROJECT_FILE = "compose.yaml"


# The same data, ten times as fast, where PyYAML was built with LibYAML.
_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def parse_yaml(content: bytes) -> Any:
    """The data in a YAML file. Raises yaml.YAMLError."""
    return yaml.load(content, Loader=_LOADER)  # noqa: S506 - the loader is a safe one


def digest_of(files: Mapping[str, bytes]) -> str:
    """Digest of paths and contents: 12 hexadecimal digits of a SHA-256."""
    digest = hashlib.sha256()
    for path, content in sorted(files.items()):
        digest.update(f"{path}\0{len(content)}\0".encode())
        digest.update(content)
    return digest.hexdigest()[:12]


def replicas_of(definition: Mapping[str, Any]) -> int:
    """How many containers the definition of a service asks for."""
    return int(definition.get("deploy", {}).get("replicas", 1))


@dataclass(frozen=True)
class Bundle:
    """All files of a project, by relative path. Holds no secret."""

    files: Mapping[str, bytes]

    @property
    def digest(self) -> str:
        """Digest of the whole bundle."""
        return digest_of(self.files)

    @cached_property
    def project(self) -> dict[str, Any]:
        """The Compose project as data, not to be changed; an empty one where there is none."""
        data = parse_yaml(self.files.get(PROJECT_FILE, b"{}"))
        return data if isinstance(data, dict) else {}

    @property
    def services(self) -> dict[str, dict[str, Any]]:
        """Service → its definition."""
        return dict(self.project.get("services") or {})

    @property
    def started(self) -> frozenset[str]:
        """Services that `up` makes containers of; the others are patterns for one-off ones."""
        return frozenset(name for name, d in self.services.items() if "profiles" not in d)

    @property
    def replicas(self) -> dict[str, int]:
        """Service → how many containers of it there are to be, for those of `started`."""
        return {name: replicas_of(self.services[name]) for name in self.started}

    @property
    def jobs(self) -> dict[str, frozenset[str]]:
        """Services that run to their end → those that start only after that."""
        services = self.services
        jobs = [name for name, definition in services.items() if definition.get("restart") == "no"]
        return {
            job: frozenset(name for name, d in services.items() if job in d.get("depends_on", ()))
            for job in jobs
        }

    @property
    def config_directories(self) -> tuple[str, ...]:
        """Directories of the project that services mount as their configuration, sorted."""
        sources = {
            str(volume["source"])
            for definition in self.services.values()
            for volume in definition.get("volumes", ())
            if volume["type"] == "bind"
        }
        return tuple(sorted(s.removeprefix("./") for s in sources if s.startswith("./services/")))

    def files_of(self, service: str) -> dict[str, bytes]:
        """A service's configuration files, by path in its configuration directory."""
        prefix = f"services/{service}/"
        return {
            path.removeprefix(prefix).partition("/")[2]: content
            for path, content in self.files.items()
            if path.startswith(prefix)
        }
