"""Settings that an agent leaves in its workspace are not acted on."""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING

import pytest
from harness import COMMAND
from repositories import repository

if TYPE_CHECKING:
    from pathlib import Path

    from harness import Stack

FILE = "ralex-stack.toml"
OWN = '[stack]\nname = "{name}"\nprovider = "simulator"\n'
PLANTED = (
    '[stack]\nname = "{name}"\n'
    '[providers.openrouter]\napi_key = {{ command = "touch {marker} && echo {name}" }}\n'
)
PLANT = f"mkdir below && cp planted.toml below/{FILE} && cp planted.toml {FILE}; touch done\n"
REPLACE = "".join(
    f"{change}\n"
    for change in (
        f"cp -f planted.toml {FILE}",
        f"cat planted.toml > {FILE}",
        f"mv -f planted.toml {FILE}",
        f"rm -f {FILE}",
        f"mv {FILE} away.toml",
        "touch done",
    )
)


def found(stack: Stack, directory: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """The command as it is called in a directory, with the settings that it finds there."""
    return subprocess.run(
        [COMMAND, *arguments],
        capture_output=True,
        text=True,
        stdin=subprocess.DEVNULL,
        cwd=directory,
        env=stack.environment,
        check=False,
    )


@pytest.fixture
def visit(stack: Stack, tmp_path: Path) -> Path:
    """A repository in which an agent made settings; their command would make `ran` beside it."""
    path = tmp_path / "project"
    text = PLANTED.format(name=f"{stack.name}-planted", marker=tmp_path / "ran")
    repository(path, {"check.sh": PLANT, "planted.toml": text})
    stack.run("run", "run check.sh", "--dir", path)
    assert (path / "done").exists()
    return path


def test_planted_settings_are_refused_before_they_run_anything(stack: Stack, visit: Path) -> None:
    marker = visit.parent / "ran"
    for directory in (visit, visit / "below"):
        assert (directory / FILE).read_text() == (visit / "planted.toml").read_text()
        for command in ("plan", "status", "doctor", "env"):
            done = found(stack, directory, command)
            assert done.returncode != 0
            assert "a sandbox could have written it" in done.stdout + done.stderr, command
        refused = found(stack, directory, "up")
        assert refused.returncode == 1
        assert "Nobody is there to answer" in refused.stderr
    assert not marker.exists()

    named = found(stack, visit, "--settings", FILE, "plan")
    assert named.returncode == 0, named.stderr
    assert marker.exists()


def test_settings_that_are_there_cannot_be_changed_from_inside(
    stack: Stack, tmp_path: Path
) -> None:
    path = tmp_path / "project"
    own = OWN.format(name=f"{stack.name}-own")
    repository(path, {"check.sh": REPLACE, "planted.toml": "[wrong]\n", FILE: own})

    stack.run("run", "run check.sh", "--dir", path)

    assert (path / "done").exists()
    assert (path / FILE).read_text() == own
    assert found(stack, path, "plan").returncode == 0
