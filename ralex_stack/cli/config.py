"""Commands about the settings: validate, config show, schema, init."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from ralex_stack.cli import suggest
from ralex_stack.cli.ask import agree_to_own
from ralex_stack.cli.options import json_option
from ralex_stack.cli.output import current
from ralex_stack.errors import Refused, SettingsError

if TYPE_CHECKING:
    from ralex_stack.cli.context import Context
    from ralex_stack.settings.load import Loaded
    from ralex_stack.settings.problem import Path as SettingPath


@click.command()
@json_option("Print the result as JSON.")
@click.pass_obj
def validate(context: Context, as_json: bool) -> None:
    """Check the settings and tell every problem at once; nothing is touched.

    Ends with code 2 where there are problems.
    """
    try:
        loaded = context.load()
    except SettingsError as error:
        if not as_json:
            raise
        _print_json({"valid": False, "problems": _problems(error), "warnings": []})
        sys.exit(error.exit_code)
    if as_json:
        warnings = list(loaded.warnings)
        _print_json({"valid": True, "problems": [], "warnings": warnings})
        return
    for warning in loaded.warnings:
        current().warn(warning)
    settings = loaded.settings
    counts = f"{len(settings.models)} models, {len(settings.tiers)} tiers"
    click.echo(f"{loaded.path or 'No settings file: the defaults'}: valid ({counts}).")


def _problems(error: SettingsError) -> list[dict[str, object]]:
    from ralex_stack.settings.problem import InvalidSettingsError, Problem

    if isinstance(error, InvalidSettingsError):
        return [problem.as_dict() for problem in error.problems]
    return [Problem((), str(error)).as_dict()]


@click.group()
def config() -> None:
    """Look at the settings that are in force."""


@config.command()
@click.option("--origin", is_flag=True, help="Show where each value came from.")
@json_option("Print as JSON.")
@click.argument("paths", nargs=-1, metavar="[PATH]...", shell_complete=suggest.paths)
@click.pass_obj
def show(context: Context, origin: bool, as_json: bool, paths: tuple[str, ...]) -> None:
    """Print the settings in force as TOML, all or those at PATH (such as `network`).

    Secrets are shown as the references that they are.
    """
    import tomli_w

    loaded = context.load()
    values = _chosen(loaded, paths)
    if origin:
        _print_origins(loaded, values, as_json)
    elif as_json:
        _print_json(_nested(values))
    else:
        click.echo(tomli_w.dumps(_nested(values)), nl=False)


def _chosen(loaded: Loaded, paths: tuple[str, ...]) -> list[tuple[SettingPath, Any]]:
    """The values at or below one of the paths; all where none is named."""
    from ralex_stack.settings.load import effective
    from ralex_stack.settings.origin import leaves

    values = list(leaves(effective(loaded.settings)))
    if not paths:
        return values
    wanted = [_path(path, values) for path in paths]
    return [
        (path, value)
        for path, value in values
        if any(path[: len(prefix)] == prefix for prefix in wanted)
    ]


def _path(text: str, values: list[tuple[SettingPath, Any]]) -> SettingPath:
    from ralex_stack.settings.problem import dotted, nearest
    from ralex_stack.settings.sources import path_of

    prefix = tuple(path_of(text))
    if prefix and any(path[: len(prefix)] == prefix for path, _ in values):
        return prefix
    known = {dotted(path[:depth]) for path, _ in values for depth in range(1, len(path) + 1)}
    close = nearest(text, known)
    raise SettingsError(
        f"{text}: no such value is set" + (f'; did you mean "{close}"?' if close else ""),
        hint="`ralex-stack config show --origin` lists all of them.",
        code="setting-unknown",
    )


def _nested(values: list[tuple[SettingPath, Any]]) -> dict[str, Any]:
    nested: dict[str, Any] = {}
    for path, value in values:
        table = nested
        for part in path[:-1]:
            table = table.setdefault(str(part), {})
        table[str(path[-1])] = value
    return nested


def _print_origins(loaded: Loaded, values: list[tuple[SettingPath, Any]], as_json: bool) -> None:
    from ralex_stack.settings.fields import inline
    from ralex_stack.settings.problem import dotted

    names = [dotted(path) for path, _ in values]
    origins = [str(loaded.origins[name]) for name in names]
    if as_json:
        rows = zip(names, (value for _, value in values), origins, strict=True)
        _print_json([{"path": name, "value": v, "origin": o} for name, v, o in rows])
        return
    width = max(map(len, names), default=0)
    origin_width = max(map(len, origins), default=0)
    for name, origin, (_, value) in zip(names, origins, values, strict=True):
        click.echo(f"{name:<{width}}  {origin:<{origin_width}}  {inline(value)}")


@click.command()
@json_option("JSON is what it prints anyway.")
def schema(as_json: bool) -> None:
    """Print the JSON schema of the settings file (draft 2020-12)."""
    from ralex_stack.settings.schema import schema_text

    click.echo(schema_text(), nl=False)


@click.command()
@click.option("--force", is_flag=True, help="Replace a file that is there.")
@click.argument("path", required=False, type=click.Path(path_type=Path))
@json_option("Print the paths that were written as JSON.")
@click.pass_obj
def init(context: Context, force: bool, path: Path | None, as_json: bool) -> None:
    """Write a settings file with every setting explained, and its schema beside it.

    PATH is the file or its directory; default: ralex-stack.toml in this directory.
    """
    from ralex_stack.files import write_atomically
    from ralex_stack.settings.schema import schema_text
    from ralex_stack.settings.sources import FILE_NAME
    from ralex_stack.settings.template import SCHEMA_NAME, template

    path = path or context.settings_path or Path(FILE_NAME)
    if path.is_dir():
        path = path / FILE_NAME
    if path.exists() and not force:
        raise Refused(
            f"{path} is there already and was left as it is",
            hint="--force replaces it; another PATH writes a second one.",
            code="file-there",
        )
    try:
        write_atomically(path, template().encode())
        write_atomically(path.with_name(SCHEMA_NAME), schema_text().encode())
    except OSError as error:
        raise SettingsError(
            f"{path} cannot be written: {error.strerror}",
            hint="Name a path in a directory that you may write to.",
            code="file-unwritable",
        ) from None
    agree_to_own(path, template().encode())
    if as_json:
        _print_json({"settings": str(path), "schema": str(path.with_name(SCHEMA_NAME))})
        return
    click.echo(f"{path} written; `ralex-stack up` brings up the stack, as it is or changed.")


def _print_json(value: Any) -> None:
    click.echo(json.dumps(value, indent=2, ensure_ascii=False))
