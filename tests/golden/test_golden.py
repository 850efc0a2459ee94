"""Rendered files against the ones kept in `tests/golden/CASE/`.

Each case is a settings file; next to it lie the files that it is rendered to, per target. After an
intended change of rendering, write them anew with `RALEX_GOLDEN_UPDATE=1 pytest tests/golden` and
read the difference before it is committed. Directories named by digests appear without them here,
so that a change of a file shows as one.
"""

from __future__ import annotations

import os
import shutil
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from samples import COMPOSE, PROCESS, REAL, RECORD, SIMULATOR

from ralex_stack.bundle import PROJECT_FILE
from ralex_stack.render import render_compose, render_services
from ralex_stack.settings.load import load

if TYPE_CHECKING:
    from collections.abc import Callable

    from ralex_stack.settings import Settings
    from ralex_stack.topology import Choices

    Rendering = Callable[[Settings, Choices], dict[str, bytes]]

HERE = Path(__file__).parent
UPDATE = bool(os.environ.get("RALEX_GOLDEN_UPDATE"))
CASES = sorted(path.parent.name for path in HERE.glob("*/settings.toml"))


def on_containers(settings: Settings, choices: Choices) -> dict[str, bytes]:
    """The Compose project, and the files of its services."""
    bundle = render_compose(settings, choices, COMPOSE)
    files = {PROJECT_FILE: bundle.files[PROJECT_FILE]}
    for service in bundle.services:
        files |= {f"{service}/{path}": data for path, data in bundle.files_of(service).items()}
    return files


def as_processes(settings: Settings, choices: Choices) -> dict[str, bytes]:
    """The files of the services, for plain processes of one machine."""
    services = render_services(settings, choices, PROCESS)
    return {
        f"{name}/{path}": data for name, files in services.items() for path, data in files.items()
    }


def choices_for(settings: Settings) -> Choices:
    if settings.stack.provider not in ("real", "record"):
        return SIMULATOR
    return replace(
        RECORD if settings.stack.provider == "record" else REAL,
        owner="1000:1000",
        author_name='Ada "Countess" Lovelace',
        author_email="ada@example.com",
        ca_bundle="/etc/ssl/certs/ca-certificates.crt",
    )


def read_tree(directory: Path) -> dict[str, bytes]:
    files = (path for path in directory.rglob("*") if path.is_file())
    return {str(path.relative_to(directory)): path.read_bytes() for path in files}


def write_tree(directory: Path, files: dict[str, bytes]) -> None:
    shutil.rmtree(directory, ignore_errors=True)
    for path, content in files.items():
        (directory / path).parent.mkdir(parents=True, exist_ok=True)
        (directory / path).write_bytes(content)


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize(
    ("target", "rendering"), [("compose", on_containers), ("process", as_processes)]
)
def test_rendered_files_are_the_golden_ones(case: str, target: str, rendering: Rendering) -> None:
    settings = load(HERE / case / "settings.toml", {}).settings
    rendered = rendering(settings, choices_for(settings))
    directory = HERE / case / target
    if UPDATE:
        write_tree(directory, rendered)
    golden = read_tree(directory)
    assert sorted(rendered) == sorted(golden)
    for path, content in rendered.items():
        assert content.decode() == golden[path].decode(), path


def test_the_usual_cases_are_there() -> None:
    expected = (
        "egress local-server metrics minimal openrouter record routing several-providers "
        "simulator team"
    )
    assert expected.split() == CASES
