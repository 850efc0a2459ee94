"""Images: which are needed, and building those that are missing."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import TYPE_CHECKING

from ralex_stack import build_context
from ralex_stack.errors import CommandError, EngineError, SettingsError
from ralex_stack.render import sandbox_image

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ralex_stack.runner import Runner
    from ralex_stack.settings import Settings

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
        raise SettingsError(f"images.ca: {path} is not a file", hint="name a PEM bundle, or `auto`")
    return path.resolve()


def references(settings: Settings, base: Path) -> dict[str, str]:
    """Target → image reference. `opencode` is the extended image where the settings extend it."""
    images = settings.images
    found = {
        target: f"{images.prefix}/{target}:"
        + build_context.tag(target, images.base, release=images.release)
        for target in build_context.IMAGES
    }
    if sandbox_image.is_extended(settings):
        text = sandbox_image.render(settings, found["opencode"], _fragment(settings, base))
        digest = hashlib.sha256(text.encode()).hexdigest()[:12]
        found["opencode"] = f"{images.prefix}/sandbox:{digest}"
    return found


def build(
    runner: Runner, settings: Settings, base: Path, missing: frozenset[str], log: Path
) -> None:
    """Build the images that are missing; output goes to `log`.

    Raises EngineError with the end of the output when a build fails.
    """
    plain = {
        target: f"{settings.images.prefix}/{target}:"
        + build_context.tag(target, settings.images.base, release=settings.images.release)
        for target in build_context.IMAGES
    }
    wanted = {target: ref for target, ref in plain.items() if ref in missing}
    extended = references(settings, base)["opencode"]
    if extended in missing and extended != plain["opencode"] and "opencode" not in wanted:
        present = runner.run(["docker", "image", "inspect", plain["opencode"]], check=False)
        if present.code != 0:
            wanted["opencode"] = plain["opencode"]
    if wanted:
        _bake(runner, settings, base, wanted, log)
    if extended in missing and extended != plain["opencode"]:
        _build_sandbox(runner, settings, base, plain["opencode"], extended, log)


def _bake(
    runner: Runner, settings: Settings, base: Path, wanted: Mapping[str, str], log: Path
) -> None:
    ca = ca_bundle(settings, base)
    common = {
        "context": str(build_context.root()),
        "args": {
            "BASE_IMAGE": settings.images.base,
            "RELEASE": "1" if settings.images.release else "0",
        },
        "secret": [f"id=ca,src={ca}"] if ca else [],
        "output": ["type=docker"],
    }
    bake = {
        "group": {"default": {"targets": sorted(wanted)}},
        "target": {
            target: {**common, "target": target, "tags": [reference]}
            for target, reference in sorted(wanted.items())
        },
    }
    file = log.with_suffix(".json")
    file.write_text(json.dumps(bake, indent=2))
    _run(runner, ["docker", "buildx", "bake", "--progress", "plain", "--file", str(file)], log)


def _build_sandbox(
    runner: Runner, settings: Settings, base: Path, plain: str, extended: str, log: Path
) -> None:
    dockerfile = log.with_name("sandbox.Dockerfile")
    dockerfile.write_text(sandbox_image.render(settings, plain, _fragment(settings, base)))
    ca = ca_bundle(settings, base)
    # Only a Dockerfile of the user's own can copy files, so only then is his directory sent.
    context = base if settings.sandbox.dockerfile else dockerfile.parent / "empty"
    context.mkdir(exist_ok=True)
    arguments = ["docker", "buildx", "build", "--progress", "plain", "--load"]
    arguments += ["--secret", f"id=ca,src={ca}"] if ca else []
    arguments += ["--file", str(dockerfile), "--tag", extended, str(context)]
    _run(runner, arguments, log)


def _run(runner: Runner, arguments: list[str], log: Path) -> None:
    try:
        runner.run(arguments, log=log)
    except CommandError as error:
        tail = "\n".join(error.stdout.strip().splitlines()[-25:])
        raise EngineError(
            f"building images failed; the end of {log}:\n{tail}",
            hint="mend the cause and run `ralex-stack up` again; finished steps are kept",
        ) from None


def _fragment(settings: Settings, base: Path) -> str | None:
    if settings.sandbox.dockerfile is None:
        return None
    path = base / Path(settings.sandbox.dockerfile).expanduser()
    try:
        return path.read_text()
    except OSError as error:
        raise SettingsError(f"sandbox.dockerfile: {path} cannot be read: {error}") from None
