"""Which images are needed, and how they are built."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
import samples
from fakes import RecordingRunner

from ralex_stack import build_context
from ralex_stack.engines import images
from ralex_stack.errors import EngineError, SettingsError
from ralex_stack.progress import BuildStep, Event

if TYPE_CHECKING:
    from pathlib import Path

    from ralex_stack.settings import Settings

EXTENDED = {"sandbox": {"packages": ["golang"]}}


def builder(
    tmp_path: Path, runner: RecordingRunner, data: dict[str, Any] | None = None
) -> tuple[images.ImageBuilder, list[Event]]:
    said: list[Event] = []
    log = tmp_path / "build.log"
    given = samples.settings(data)
    return images.ImageBuilder(runner, given, tmp_path, log, said.append, lambda: None), said


def references(data: dict[str, Any] | None = None, base: Path | None = None) -> dict[str, str]:
    return images.references(samples.settings(data), base or build_context.root())


def baked(tmp_path: Path) -> dict[str, Any]:
    data: dict[str, Any] = json.loads((tmp_path / "bake.json").read_text())
    return data


def test_one_image_a_target() -> None:
    found = references()
    assert set(found) == set(build_context.IMAGES)
    assert all(ref.startswith(f"ralex-stack/{target}:") for target, ref in found.items())
    assert references() == found


@pytest.mark.parametrize(
    "changed",
    [{"base": "debian:other"}, {"release": True}, {"prefix": "registry.example/team"}],
)
def test_what_images_are_made_from_is_in_their_references(changed: dict[str, Any]) -> None:
    before, after = references(), references({"images": changed})
    assert all(before[target] != after[target] for target in before)


@pytest.mark.parametrize(
    "sandbox",
    [{"packages": ["golang"]}, {"setup": "true"}, {"dockerfile": "extra.Dockerfile"}],
)
def test_an_extended_sandbox_has_an_image_of_its_own(
    tmp_path: Path, sandbox: dict[str, Any]
) -> None:
    (tmp_path / "extra.Dockerfile").write_text("RUN true\n")
    plain, extended = references(), references({"sandbox": sandbox}, tmp_path)
    assert extended["opencode"].startswith("ralex-stack/sandbox:")
    assert {t: r for t, r in extended.items() if t != "opencode"} == {
        t: r for t, r in plain.items() if t != "opencode"
    }


def test_a_changed_dockerfile_is_another_image(tmp_path: Path) -> None:
    data = {"sandbox": {"dockerfile": "extra.Dockerfile"}}
    file = tmp_path / "extra.Dockerfile"
    file.write_text("RUN true\n")
    before = references(data, tmp_path)["opencode"]
    file.write_text("RUN false\n")
    assert references(data, tmp_path)["opencode"] != before


def test_a_dockerfile_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(
        SettingsError, match=r"sandbox\.dockerfile: .*/none cannot be read"
    ) as error:
        references({"sandbox": {"dockerfile": "none"}}, tmp_path)
    assert error.value.hint


def test_missing_images_are_built_all_at_once(tmp_path: Path) -> None:
    runner = RecordingRunner()
    found = references()
    build, _ = builder(tmp_path, runner)
    build.build(frozenset({found["edge"], found["gateway"]}))
    (call,) = runner.calls
    assert call.arguments[:3] == ("docker", "buildx", "bake")
    bake = baked(tmp_path)
    assert bake["group"]["default"]["targets"] == ["edge", "gateway"]
    assert bake["target"]["edge"]["tags"] == [found["edge"]]
    assert bake["target"]["edge"]["args"]["BASE_IMAGE"] == "debian:trixie-slim"


def test_authorities_of_the_machine_reach_a_build_as_a_secret(tmp_path: Path) -> None:
    (tmp_path / "ca.pem").write_text("x")
    build, _ = builder(tmp_path, RecordingRunner(), {"images": {"ca": "ca.pem"}})
    build.build(frozenset({references()["edge"]}))
    assert baked(tmp_path)["target"]["edge"]["secret"] == [f"id=ca,src={tmp_path}/ca.pem"]


def test_only_the_extension_is_built_where_the_plain_image_is_there(tmp_path: Path) -> None:
    runner = RecordingRunner()
    build, _ = builder(tmp_path, runner, EXTENDED)
    build.build(frozenset({references(EXTENDED)["opencode"]}))
    assert not runner.asked("buildx", "bake")
    (call,) = runner.asked("buildx", "build", "--load")
    assert references(EXTENDED)["opencode"] in call.arguments
    assert call.arguments[-1] == str(tmp_path / "empty")
    assert list((tmp_path / "empty").iterdir()) == []


def test_the_plain_image_is_built_first_where_it_is_missing(tmp_path: Path) -> None:
    runner = RecordingRunner().on("image", "inspect", code=1)
    build, _ = builder(tmp_path, runner, EXTENDED)
    build.build(frozenset({references(EXTENDED)["opencode"]}))
    assert baked(tmp_path)["group"]["default"]["targets"] == ["opencode"]
    assert [call.arguments[2] for call in runner.calls] == ["inspect", "bake", "build"]


def test_the_directory_of_the_settings_is_sent_for_a_dockerfile_only(tmp_path: Path) -> None:
    (tmp_path / "extra").write_text("COPY . /x\n")
    data = {"sandbox": {"dockerfile": "extra"}}
    runner = RecordingRunner()
    build, _ = builder(tmp_path, runner, data)
    build.build(frozenset({references(data, tmp_path)["opencode"]}))
    (call,) = runner.asked("buildx", "build")
    assert call.arguments[-1] == str(tmp_path)


OUTPUT = """\
#5 [gateway 2/7] RUN uv pip install
#5 1.2 Resolved
#6 [edge 1/3] FROM debian
#5 DONE 2.0s
#7 [edge edge 3/3] COPY a b
#7 CACHED
#8 [stage-0 1/2] FROM x
"""


def test_steps_are_told_and_all_is_kept(tmp_path: Path) -> None:
    build, said = builder(tmp_path, RecordingRunner().on("bake", stdout=OUTPUT))
    build.build(frozenset({references()["edge"]}))
    assert said == [
        BuildStep("gateway", 2, 7),
        BuildStep("edge", 1, 3),
        BuildStep("edge", 3, 3),
        BuildStep("edge", 3, 3, done=True),
        BuildStep("sandbox", 1, 2),
    ]
    assert (tmp_path / "build.log").read_text() == OUTPUT


def test_a_failure_is_told_with_the_end_of_the_output(tmp_path: Path) -> None:
    output = "\n".join(f"line {number}" for number in range(100))
    build, _ = builder(tmp_path, RecordingRunner().on("bake", stdout=output, code=1))
    with pytest.raises(EngineError) as error:
        build.build(frozenset({references()["edge"]}))
    assert str(tmp_path / "build.log") in str(error.value)
    assert str(error.value).endswith("line 98\nline 99")
    assert "line 74\n" not in str(error.value)
    assert error.value.hint


@pytest.mark.parametrize(("choice", "found"), [("none", None), ("ca.pem", "ca.pem")])
def test_the_bundle_of_authorities(tmp_path: Path, choice: str, found: str | None) -> None:
    (tmp_path / "ca.pem").touch()
    settings: Settings = samples.settings({"images": {"ca": choice}})
    assert images.ca_bundle(settings, tmp_path) == (tmp_path / found if found else None)


@pytest.mark.parametrize("there", [True, False])
def test_the_bundle_of_the_machine(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, there: bool
) -> None:
    bundle = tmp_path / "system.crt"
    if there:
        bundle.touch()
    monkeypatch.setattr(images, "SYSTEM_CA_BUNDLE", bundle)
    assert images.ca_bundle(samples.settings(), tmp_path) == (bundle if there else None)
