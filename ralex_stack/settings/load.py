"""Loading: defaults, file, environment and flags become one checked value with provenance."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from ralex_stack.settings import defaults
from ralex_stack.settings.check import check
from ralex_stack.settings.egress_check import idle
from ralex_stack.settings.literals import literal_problems
from ralex_stack.settings.migrations import migrate, version_of
from ralex_stack.settings.origin import (
    DEFAULT,
    DERIVED,
    Layer,
    Origin,
    leaves,
    origin_of,
    overlay,
)
from ralex_stack.settings.problem import InvalidSettingsError, Path, Problem, dotted
from ralex_stack.settings.root import SETTINGS_VERSION, Settings
from ralex_stack.settings.sources import read_environment, read_file, read_flags
from ralex_stack.settings.validation import validate

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path as FilePath


@dataclass(frozen=True)
class Loaded:
    """Valid settings, and where each value of them came from."""

    settings: Settings
    origins: Mapping[str, Origin]
    """Dotted path of each effective value → its origin."""
    path: FilePath | None
    """The settings file, none where there is none."""
    warnings: tuple[str, ...] = ()
    digest: str = ""
    """SHA-256 of the file as it was read; empty where there is none."""


def load(
    path: FilePath | None, environment: Mapping[str, str], overrides: Sequence[str] = ()
) -> Loaded:
    """Read the settings file, `RALEX_` variables and `dotted.path=value` overrides.

    Raises SettingsError, with every problem at once where the settings can be read at all.
    """
    file = read_file(path) if path is not None else Layer()
    _refuse_newer(file)
    file = replace(file, data=migrate(file.data))
    variables, warnings = read_environment(environment)
    above = overlay(variables, read_flags(overrides))
    layer = overlay(overlay(_base(file, above), file), above)
    settings = _validated(layer)
    warnings += idle(settings)
    origins = _effective_origins(settings, layer)
    return Loaded(settings, origins, path, tuple(warnings), file.digest)


def _refuse_newer(file: Layer) -> None:
    version = version_of(file.data)
    if version is not None and version > SETTINGS_VERSION:
        message = (
            f"the file is of format version {version}, and this ralex-stack knows up to "
            f"{SETTINGS_VERSION}: upgrade ralex-stack, or write the file for the older version"
        )
        problem = Problem(("stack", "settings_version"), message, (str(SETTINGS_VERSION),))
        raise InvalidSettingsError([_placed(problem, file)])


def _base(file: Layer, above: Layer) -> Layer:
    """The default models, where variables or flags change them and the file names none.

    A file that names models replaces the default ones; a variable or flag changes what is there.
    """
    if "models" in file.data or "models" not in above.data:
        return Layer()
    return Layer({"models": effective(Settings())["models"]})


def _validated(layer: Layer) -> Settings:
    settings, problems = _checked(layer.data)
    if problems or layer.problems or settings is None:
        placed = [_placed(problem, layer) for problem in problems]
        raise InvalidSettingsError([*placed, *layer.problems])
    return settings


def problems_of(data: dict[str, Any]) -> list[Problem]:
    """Every problem of the data of a settings file; none where it makes a valid stack."""
    return _checked(data)[1]


def _checked(data: dict[str, Any]) -> tuple[Settings | None, list[Problem]]:
    literals = list(literal_problems(data))
    validated = validate(data)
    found = list(validated.problems)
    if validated.settings is not None:
        found += check(validated.settings, validated.broken)
    told = {problem.at for problem in literals}
    return validated.settings, [*literals, *(one for one in found if one.at not in told)]


def _placed(problem: Problem, layer: Layer) -> Problem:
    origin = origin_of(problem.at, layer.origins)
    name = "" if origin == DEFAULT else str(origin)
    return replace(problem, origin=name, line=origin.line)


def _effective_origins(settings: Settings, layer: Layer) -> dict[str, Origin]:
    return {
        dotted(path): _effective_origin(path, settings, layer)
        for path, _ in leaves(effective(settings))
    }


def _effective_origin(path: Path, settings: Settings, layer: Layer) -> Origin:
    derived = defaults.tiers_for(settings.models) if path[0] == "tiers" else defaults.TIERS
    otherwise = DEFAULT if derived is defaults.TIERS else DERIVED
    return layer.origins.get(path, otherwise)


def effective(settings: Settings) -> dict[str, Any]:
    """The settings as TOML can hold them: values that are none are left out."""
    whole: dict[str, Any] = _without_none(settings.model_dump(mode="json"))
    return whole


def _without_none(value: Any) -> Any:
    # Not pydantic's exclude_none: that also drops a none which is written as 0.
    if isinstance(value, dict):
        return {key: _without_none(item) for key, item in value.items() if item is not None}
    return [_without_none(item) for item in value] if isinstance(value, list) else value
