"""What each image is made from."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import pytest

from ralex_stack import build_context

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def context(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of the real one, to be changed."""
    real = build_context.root()
    for name in ("Dockerfile", ".dockerignore"):
        shutil.copy(real / name, tmp_path / name)
    for name in ("stack", "locks"):
        shutil.copytree(real / name, tmp_path / name)
    package = tmp_path / "package"
    shutil.copytree(build_context.PACKAGE, package, ignore=shutil.ignore_patterns("__pycache__"))
    monkeypatch.setattr(build_context, "root", lambda: tmp_path)
    monkeypatch.setattr(build_context, "PACKAGE", package)
    return tmp_path


def tags() -> dict[str, str]:
    return {
        target: build_context.tag(target, "debian:trixie-slim") for target in build_context.IMAGES
    }


def changed(before: dict[str, str]) -> set[str]:
    after = tags()
    return {target for target in after if after[target] != before[target]}


def test_tags_are_the_same_at_another_place(context: Path) -> None:
    copied = tags()
    assert copied == tags()
    assert all(len(tag) == 12 for tag in copied.values())
    assert len(set(copied.values())) == len(copied)


@pytest.mark.parametrize(
    ("path", "images"),
    [
        ("Dockerfile", set(build_context.IMAGES)),
        ("stack/base/http-probe", set(build_context.IMAGES)),
        ("stack/valkey/state.conf", {"valkey"}),
        ("stack/edge/entrypoint", {"edge"}),
        ("stack/simulator/fixtures/10-files.json", {"simulator"}),
        ("stack/opencode/sandbox/server.py", {"opencode"}),
        ("package/gateway/entry.py", {"gateway", "gateway-database"}),
        ("package/gateway/health.py", {"gateway", "gateway-database"}),
        ("package/topology.py", set()),
        ("stack/examples/openrouter.toml", set()),
        ("locks/gateway.txt", {"gateway", "gateway-database"}),
        ("locks/gateway-database.txt", {"gateway-database"}),
        ("locks/prisma-engines.txt", {"gateway-database"}),
        ("stack/prisma/engine/protocol.js", {"gateway-database"}),
        ("stack/postgres/entrypoint", {"postgres"}),
        ("locks/images.txt", set(build_context.IMAGES)),
        ("locks/cli.txt", set()),
        ("locks/dev.txt", set()),
    ],
)
def test_a_change_concerns_the_images_that_are_made_from_it(
    context: Path, path: str, images: set[str]
) -> None:
    before = tags()
    with (context / path).open("a") as file:
        file.write("\n# changed\n")
    assert changed(before) == images


def test_whether_a_file_can_be_run_counts(context: Path) -> None:
    before = tags()
    (context / "stack/valkey/entrypoint").chmod(0o644)
    assert changed(before) == {"valkey"}


@pytest.mark.parametrize(
    "path", ["package/gateway/__pycache__/x.pyc", "stack/opencode/node_modules/x"]
)
def test_what_development_leaves_does_not_count(context: Path, path: str) -> None:
    before = tags()
    (context / path).parent.mkdir(parents=True)
    (context / path).write_text("x")
    assert changed(before) == set()


def test_the_name_of_a_directory_above_does_not_count(
    context: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = tags()
    above = context.parent / "node_modules"
    context.rename(above)
    monkeypatch.setattr(build_context, "root", lambda: above)
    monkeypatch.setattr(build_context, "PACKAGE", above / "package")
    assert changed(before) == set()


def test_base_and_kind_of_build_count() -> None:
    found = {
        build_context.tag("edge", "one"),
        build_context.tag("edge", "two"),
        build_context.tag("edge", "one", release=True),
    }
    assert len(found) == 3


def test_the_kind_of_prisma_engine_concerns_the_image_that_has_one() -> None:
    other = {t: build_context.tag(t, "debian:trixie-slim", prisma="wasm") for t in tags()}
    assert {target for target, tag in tags().items() if other[target] != tag} == {
        "gateway-database"
    }
