"""Images: which are needed, and building those that are missing."""

from __future__ import annotations

import hashlib
import os
import re
from collections import deque
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from ralex_stack import build_context
from ralex_stack.engines import failures
from ralex_stack.errors import SettingsError
from ralex_stack.files import write_atomically
from ralex_stack.progress import BuildStep
from ralex_stack.render import sandbox_image
from ralex_stack.render.serialize import to_json

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from ralex_stack.progress import Listener
    from ralex_stack.runner import Runner
    from ralex_stack.settings import Settings

_STEP = re.compile(r"#(?P<id>\d+) \[(?:[\w-]+ )?(?P<stage>[\w-]+) +(?P<step>\d+)/(?P<steps>\d+)\]")
_DONE = re.compile(r"#(?P<id>\d+) (?:DONE|CACHED)\b")
_NAMES = {"stage-0": "sandbox"}
"""Stage without a name of its own → what it makes."""
_SHOWN_OF_A_FAILURE = 25
_ANSWERED_WITHIN = 60
"""Seconds that the engine has to tell of an image."""

SYSTEM_CA_BUNDLE = Path("/etc/ssl/certs/ca-certificates.crt")


def ca_bundle(settings: Settings, base: Path) -> Path | None:
    """The PEM bundle of the machine that builds and gateway trust. Raises SettingsError."""
    choice = settings.images.ca
    if choice == "none":
        return None
    if choice == "auto":
        return SYSTEM_CA_BUNDLE if SYSTEM_CA_BUNDLE.is_file() else None
    path = base / Path(choice).expanduser()
    if not path.is_file():
        raise SettingsError(
            f"images.ca: {path} is not a file",
            hint="name a PEM bundle, or `auto`",
            code="setting-path",
        )
    return path.resolve()


def references(settings: Settings, base: Path) -> dict[str, str]:
    """Target → image reference. `opencode` is the extended image where the settings extend it."""
    found = _plain(settings)
    if sandbox_image.is_extended(settings):
        text = sandbox_image.render(settings, found["opencode"], _fragment(settings, base))
        digest = hashlib.sha256(text.encode()).hexdigest()[:12]
        found["opencode"] = f"{settings.images.prefix}/sandbox:{digest}"
    return found


def _plain(settings: Settings) -> dict[str, str]:
    """Target → reference of the image that the Dockerfile alone makes."""
    images = settings.images
    return {
        target: f"{images.prefix}/{target}:"
        + build_context.tag(target, images.base, release=images.release, prisma=images.prisma)
        for target in build_context.IMAGES
    }


@dataclass(frozen=True)
class ImageBuilder:
    """Builds the images of some settings."""

    runner: Runner
    settings: Settings
    base: Path
    """Directory that relative paths of the settings start from."""
    log: Path
    """File for the builder's output."""
    listener: Listener
    data_root: Callable[[], Path | None]
    """Tells where the engine keeps images, if that is on this machine."""

    def build(self, missing: frozenset[str]) -> None:
        """Build the images that are missing, all at once.

        Raises EngineError with the end of the output when a build fails.
        """
        plain = _plain(self.settings)
        extended = references(self.settings, self.base)["opencode"]
        wanted = {target: ref for target, ref in plain.items() if ref in missing}
        extend = extended in missing and extended != plain["opencode"]
        if extend and not self._exists(plain["opencode"]):
            wanted["opencode"] = plain["opencode"]
        if wanted:
            self._bake(wanted)
        if extend:
            self._extend(plain["opencode"], extended)

    def _exists(self, reference: str) -> bool:
        inspect = ["docker", "image", "inspect", reference]
        return self.runner.run(inspect, check=False, within=_ANSWERED_WITHIN).code == 0

    def _bake(self, wanted: Mapping[str, str]) -> None:
        images = self.settings.images
        ca = ca_bundle(self.settings, self.base)
        common = {
            "context": str(build_context.root()),
            "contexts": {"package": str(build_context.PACKAGE)},
            "args": {
                "BASE_IMAGE": images.base,
                "RELEASE": "1" if images.release else "0",
                "PRISMA_ENGINE": images.prisma,
            },
            "secret": [f"id=ca,src={ca}"] if ca else [],
            "output": ["type=docker"],
        }
        targets = {
            target: {**common, "target": target, "tags": [reference]}
            for target, reference in sorted(wanted.items())
        }
        file = self.log.with_name("bake.json")
        bake = {"group": {"default": {"targets": sorted(wanted)}}, "target": targets}
        write_atomically(file, to_json(bake))
        self._run(["docker", "buildx", "bake", "--progress", "plain", "--file", str(file)])

    def _extend(self, plain: str, extended: str) -> None:
        dockerfile = self.log.with_name("sandbox.Dockerfile")
        text = sandbox_image.render(self.settings, plain, _fragment(self.settings, self.base))
        write_atomically(dockerfile, text.encode())
        ca = ca_bundle(self.settings, self.base)
        # Only a Dockerfile of the user's own can copy files, so only then is his directory sent.
        context = self.base if self.settings.sandbox.dockerfile else self.log.with_name("empty")
        context.mkdir(parents=True, exist_ok=True)
        secret = ["--secret", f"id=ca,src={ca}"] if ca else []
        names = ["--file", str(dockerfile), "--tag", extended]
        self._run(
            [
                "docker",
                "buildx",
                "build",
                "--progress",
                "plain",
                "--load",
                *secret,
                *names,
                str(context),
            ]
        )

    def _run(self, arguments: list[str]) -> None:
        last: deque[str] = deque(maxlen=_SHOWN_OF_A_FAILURE)
        steps = Steps(self.listener)
        with self.log.open("w") as file:

            def hear(line: str) -> None:
                file.write(f"{line}\n")
                last.append(line)
                steps.hear(line)

            # Context and bundle are outside the caller's directory, which Bake refuses since 0.20.
            environment = {**os.environ, "BUILDX_BAKE_ENTITLEMENTS_FS": "0"}
            code = self.runner.stream(arguments, hear, environment=environment, merge=True).code
        if code != 0:
            raise failures.build_failed("\n".join(last), self.log, self.data_root)


class Steps:
    """Reads the steps of a build from what BuildKit prints with `--progress plain`."""

    def __init__(self, listener: Listener) -> None:
        self.listener = listener
        self._last: dict[str, BuildStep] = {}
        """Number of a line's vertex → the last step of a stage."""

    def hear(self, line: str) -> None:
        """Take in a line."""
        if found := _STEP.match(line):
            stage = _NAMES.get(found["stage"], found["stage"])
            step = BuildStep(stage, int(found["step"]), int(found["steps"]))
            self.listener(step)
            if step.step == step.steps:
                self._last[found["id"]] = step
        elif (ended := _DONE.match(line)) and (last := self._last.pop(ended["id"], None)):
            self.listener(replace(last, done=True))


def _fragment(settings: Settings, base: Path) -> str | None:
    if settings.sandbox.dockerfile is None:
        return None
    path = base / Path(settings.sandbox.dockerfile).expanduser()
    try:
        return path.read_text()
    except OSError as error:
        raise SettingsError(
            f"sandbox.dockerfile: {path} cannot be read: {error.strerror}",
            hint="name a file by its path from the settings file's directory",
            code="setting-path",
        ) from None
