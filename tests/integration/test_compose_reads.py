"""Rendered projects as the real `docker compose` reads them; needs its client only."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from samples import COMPOSE, REAL, SIMULATOR, settings

from ralex_stack.render import render_compose
from ralex_stack.render.compose import CONFIG_LABEL
from ralex_stack.settings.load import load

if TYPE_CHECKING:
    from ralex_stack.bundle import Bundle
    from ralex_stack.topology import Choices

GOLDEN = Path(__file__).parent.parent / "golden"
CASES = sorted(GOLDEN.glob("*/settings.toml"))


def write(bundle: Bundle, directory: Path) -> Path:
    for path, content in bundle.files.items():
        (directory / path).parent.mkdir(parents=True, exist_ok=True)
        (directory / path).write_bytes(content)
    return directory


def compose(directory: Path, *arguments: str) -> str:
    result = subprocess.run(
        ["docker", "compose", "--profile", "workspace", "config", *arguments],
        cwd=directory,
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode == 0, result.stderr
    assert result.stderr == ""
    return result.stdout


@pytest.mark.parametrize("choices", [SIMULATOR, REAL], ids=["simulator", "real"])
@pytest.mark.parametrize("case", CASES, ids=[case.parent.name for case in CASES])
def test_compose_reads_the_project_without_a_word(
    case: Path, choices: Choices, tmp_path: Path
) -> None:
    bundle = render_compose(load(case, {}).settings, choices, COMPOSE)
    write(bundle, tmp_path)
    assert compose(tmp_path, "--quiet") == ""
    assert sorted(compose(tmp_path, "--services").split()) == sorted(bundle.services)
    assert set(compose(tmp_path, "--images").split()) == {
        service["image"] for service in bundle.services.values()
    }


def read_back(data: dict[str, Any], directory: Path) -> tuple[Bundle, dict[str, Any]]:
    bundle = render_compose(settings(data), SIMULATOR, COMPOSE)
    # What Compose prints is a project again, with its dollars doubled.
    printed = compose(write(bundle, directory), "--format", "json").replace("$$", "$")
    project = json.loads(printed)
    assert isinstance(project, dict)
    return bundle, project


def test_compose_understands_what_was_meant(tmp_path: Path) -> None:
    bundle, project = read_back({}, tmp_path)
    assert project["name"] == "ralex"
    for name, service in project["services"].items():
        assert service["labels"][CONFIG_LABEL] == bundle.services[name]["labels"][CONFIG_LABEL]
        assert service["read_only"] is True
        assert int(service["mem_limit"]) == int(service["memswap_limit"])
    ports = project["services"]["edge"]["ports"]
    assert [(p["host_ip"], p["published"], p["target"]) for p in ports] == [
        ("127.0.0.1", "4000", 4000),
        ("127.0.0.1", "4096", 4096),
    ]
    internal = {name for name, network in project["networks"].items() if network.get("internal")}
    assert internal == {"sandbox", "backend", "state", "upstream"}


@pytest.mark.parametrize("path", ["/srv/$HOME/${USER}", "/srv/a b: c", "/srv/#x", "/srv/$$"])
def test_paths_reach_compose_as_they_are(path: str, tmp_path: Path) -> None:
    _, project = read_back({"workspace": {"path": path}}, tmp_path)
    mounts = project["services"]["opencode"]["volumes"]
    assert (path, path) in [(mount["source"], mount["target"]) for mount in mounts]


def test_a_webhook_has_a_way_out_beside_the_simulator(tmp_path: Path) -> None:
    data = {"budget": {"daily": 1, "webhook": {"env": "HOOK"}}}
    _, read = read_back(data, tmp_path)
    assert "internet" in read["services"]["gateway"]["networks"]
    assert not read["networks"]["internet"].get("internal")
