"""The sources of settings: the file, the environment, the flags. Each is read into a layer."""

from __future__ import annotations

import re
import tomllib
from typing import TYPE_CHECKING, Any

from ralex_stack.errors import SettingsError
from ralex_stack.files import digest_of
from ralex_stack.settings.fields import tables
from ralex_stack.settings.origin import Layer, Origin, leaves, overlay
from ralex_stack.settings.position import lines_of
from ralex_stack.settings.problem import InvalidSettingsError, Problem, dotted, nearest, shown
from ralex_stack.settings.root import RESERVED_SECTIONS, Settings

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from pydantic_settings import EnvSettingsSource

FILE_NAME = "ralex-stack.toml"
PREFIX = "RALEX_"
DELIMITER = "__"

# Variables with the prefix that are not settings: where things are found, not what they are.
NOT_SETTINGS = frozenset(
    {
        "RALEX_DEBIAN_MIRROR",
        "RALEX_ENGINE_FLAGS",
        "RALEX_ENGINE_PREFIX",
        "RALEX_ENGINE_RUN",
        "RALEX_ENGINE_SOCKET",
        "RALEX_GOLDEN_UPDATE",
        "RALEX_SECRETS_DIRECTORY",
        "RALEX_SETTINGS",
    }
)

_SECTIONS = tuple(Settings.model_fields)
_MAX_DEPTH = 32
_MAX_BYTES = 4 << 20
"""Of a settings file: many times what any needs; what is larger is another file."""
_POSITION = re.compile(r" \(at (?:line (\d+), column \d+|end of document)\)$")


def read_file(path: Path) -> Layer:
    """The settings file; raises SettingsError when it cannot be read or is no TOML."""
    raw = _bytes_of(path)
    text = _decode(path, raw)
    try:
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise InvalidSettingsError([_syntax_problem(path, text, str(error))]) from None
    except (RecursionError, ValueError) as error:
        message = "nested too deeply" if isinstance(error, RecursionError) else str(error)
        raise InvalidSettingsError([Problem((), message, origin=str(path))]) from None
    if too_deep(data):
        raise InvalidSettingsError([Problem((), "nested too deeply", origin=str(path))])
    lines = lines_of(text)
    origins = {key: Origin("file", str(path), line) for key, line in lines.items()}
    return Layer(data, origins, digest=digest_of(raw))


def _bytes_of(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            raw = file.read(_MAX_BYTES + 1)
    except FileNotFoundError:
        raise SettingsError(
            f"{path}: there is no such settings file",
            hint=f"`ralex-stack init {path}` writes one; without a file the defaults are used.",
            code="settings-missing",
        ) from None
    except IsADirectoryError:
        raise SettingsError(
            f"{path}: the settings file is a directory",
            hint=f"Name {path / FILE_NAME} in it?",
            code="settings-unreadable",
        ) from None
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise SettingsError(
            f"{path}: the settings file cannot be read: {reason}",
            hint="Check the path and its permissions.",
            code="settings-unreadable",
        ) from None
    if len(raw) > _MAX_BYTES:
        raise SettingsError(
            f"{path}: this is no settings file: it is larger than {_MAX_BYTES >> 20} MiB",
            hint="Name another file: `ralex-stack --settings PATH …`.",
            code="settings-unreadable",
        )
    return raw


def _decode(path: Path, raw: bytes) -> str:
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        message = "the file is not UTF-8, as TOML must be; save it in that encoding"
        problem = Problem((), message, origin=f"{path}:{line}", line=line)
        raise InvalidSettingsError([problem]) from None


def _syntax_problem(path: Path, text: str, message: str) -> Problem:
    found = _POSITION.search(message)
    line = int(found[1]) if found and found[1] else text.count("\n") + 1
    return Problem((), f"not valid TOML: {message}", origin=f"{path}:{line}", line=line)


def too_deep(data: object) -> bool:
    """Whether tables and arrays are nested beyond what any setting needs."""
    level: list[object] = [data]
    for _ in range(_MAX_DEPTH):
        level = [child for node in level for child in _children(node)]
    return bool(level)


def _children(node: object) -> Iterator[object]:
    if isinstance(node, dict):
        yield from node.values()
    elif isinstance(node, list):
        yield from node


def read_environment(environment: Mapping[str, str]) -> tuple[Layer, list[str]]:
    """The `RALEX_` variables as a layer, and a warning for each that may be a misspelled one."""
    layer, warnings = Layer(), []
    names = [name for name in environment if name.upper().startswith(PREFIX)]
    source = _environment_source() if names else None
    # Shorter names first, so that RALEX_NETWORK__GATEWAY_PORT goes over RALEX_NETWORK.
    for name in sorted(names, key=lambda name: (len(name), name)):
        section = name[len(PREFIX) :].split(DELIMITER)[0].lower()
        if name in NOT_SETTINGS or source is None:
            continue
        if section in (*_SECTIONS, *RESERVED_SECTIONS):
            layer = overlay(layer, _variable(source, name, environment[name]))
        elif DELIMITER in name:
            layer = overlay(layer, Layer(problems=(_unknown_variable(name, section),)))
        else:
            warnings.append(_warning(name))
    return layer, warnings


def _environment_source() -> EnvSettingsSource:
    # Costs a tenth of a second, which only those who use such variables pay.
    from pydantic_settings import BaseSettings, EnvSettingsSource, SettingsConfigDict

    class FromEnvironment(Settings, BaseSettings):
        model_config = SettingsConfigDict(
            env_prefix=PREFIX, env_nested_delimiter=DELIMITER, extra="forbid", frozen=True
        )

    return EnvSettingsSource(FromEnvironment)


def _variable(source: EnvSettingsSource, name: str, value: str) -> Layer:
    """One variable alone, so that each value's origin and each problem is known."""
    keys = name[len(PREFIX) :].lower().split(DELIMITER)
    origin = Origin("environment", shown(name))
    if keys[0] in RESERVED_SECTIONS:
        return _layer({keys[0]: {}}, origin)
    if not all(keys):
        return _refused(keys, "a part of the variable's name is empty", origin)
    source.env_vars = {name.lower(): value}
    try:
        data = source()
    except (ValueError, RecursionError):
        return _refused(keys, "a table or array must be given as JSON", origin)
    return _layer(data, origin)


def _layer(data: dict[str, Any], origin: Origin) -> Layer:
    if too_deep(data):
        return _refused(list(data), "nested too deeply", origin)
    return Layer(data, {leaf: origin for leaf, _ in leaves(data)})


def _refused(keys: Sequence[str], message: str, origin: Origin) -> Layer:
    return Layer(problems=(Problem(tuple(keys), message, origin=str(origin)),))


def _unknown_variable(name: str, section: str) -> Problem:
    origin = str(Origin("environment", shown(name)))
    message = f'"{shown(section)}" is no section of the settings'
    return Problem((), message, _SECTIONS, nearest(section, _SECTIONS), origin)


def _warning(name: str) -> str:
    close = nearest(name, map(str.lower, variable_names()))
    advice = f"; did you mean {close.upper()}?" if close else ""
    return f"environment variable {shown(name)} is no setting and is ignored{advice}"


def variable_names() -> list[str]:
    """The variables of all settings that do not depend on names of the user's."""
    fixed = (table for table in tables() if "NAME" not in table.path)
    paths = [(*table.path, field.name) for table in fixed for field in table.fields]
    sections = [(section,) for section in _SECTIONS]
    return [PREFIX + DELIMITER.join(path).upper() for path in (*sections, *paths)]


def read_flags(overrides: Sequence[str]) -> Layer:
    """`dotted.path=value` flags as a layer; the value is read as TOML, else taken as text."""
    layer = Layer()
    for override in overrides:
        layer = overlay(layer, _flag(override))
    return layer


def _flag(override: str) -> Layer:
    for position in (i for i, char in enumerate(override) if char == "="):
        keys = path_of(override[:position])
        if keys:
            return _flag_layer(keys, _flag_value(override[position + 1 :]))
    message = "not of the form SECTION.KEY=VALUE (names with dots in double quotes)"
    return _refused((), message, Origin("flag", "--set"))


def _flag_layer(keys: list[str], value: Any) -> Layer:
    data = value
    for key in reversed(keys):
        data = {key: data}
    return _layer(data, Origin("flag", f"--set {dotted(tuple(keys))}"))


def path_of(path: str) -> list[str]:
    """The parts of a dotted path as TOML writes it; none where it is not one."""
    if "\n" in path or path.lstrip().startswith(("#", "[")):
        return []
    try:
        node: Any = tomllib.loads(f"{path} = 0")
    except (ValueError, RecursionError):
        return []
    keys = []
    while isinstance(node, dict) and len(node) == 1:
        key, node = next(iter(node.items()))
        keys.append(key)
    return keys if node == 0 else []


def _flag_value(text: str) -> Any:
    try:
        parsed = tomllib.loads(f"value = {text}")
    except (ValueError, RecursionError):
        return text
    return parsed["value"] if parsed.keys() == {"value"} else text
