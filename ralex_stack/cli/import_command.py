"""The command that takes over an old Ralex checkout."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from ralex_stack.cli.ask import agree_to_own
from ralex_stack.cli.options import json_option
from ralex_stack.cli.output import current

if TYPE_CHECKING:
    from ralex_stack.cli.context import Context
    from ralex_stack.legacy.archive import Archive
    from ralex_stack.legacy.importing import Imported
    from ralex_stack.legacy.write import Output


@click.command("import")
@click.argument("directory", metavar="DIR", type=click.Path(path_type=Path))
@click.option(
    "--out",
    type=click.Path(path_type=Path),
    help="Settings file to write, or its directory; default: ralex-stack.toml here.",
)
@click.option("--dry-run", is_flag=True, help="Only tell what would be written.")
@click.option("--force", is_flag=True, help="Replace what is there; a backup stays beside it.")
@click.option(
    "--archive",
    "archived",
    is_flag=True,
    help="Then rename DIR to ralex-legacy, and tag it in git.",
)
@json_option("Print the report as JSON.")
@click.pass_obj
def import_(
    context: Context,
    directory: Path,
    out: Path | None,
    dry_run: bool,
    force: bool,
    archived: bool,
    as_json: bool,
) -> None:
    """Take over the settings of an old Ralex checkout, of any era.

    Writes ralex-stack.toml, with agents and commands of OpenCode, and standards in agent-os/
    beside it, and reports what became of every file and value. DIR itself stays as it is.
    """
    from ralex_stack.legacy.archive import archive, plan_archive
    from ralex_stack.legacy.checkout import read_checkout
    from ralex_stack.legacy.git import committed_environments
    from ralex_stack.legacy.importing import import_files
    from ralex_stack.legacy.write import write_all

    settings = _settings_path(context, out)
    checkout = read_checkout(directory)
    imported = import_files(
        checkout.files,
        _in_settings(_secrets_directory()),
        checkout.keys,
        committed_environments(directory, context.programs()),
    )
    planned = plan_archive(directory, settings, context.programs()) if archived else None
    outputs = _outputs(imported, settings)
    data = {"settings": str(settings), "dry_run": dry_run, "written": [], "backups": []}
    if not dry_run:
        written, backups = write_all(outputs, force=force)
        data["written"], data["backups"] = [*map(str, written)], [*map(str, backups)]
        agree_to_own(settings, imported.settings.encode())
        if planned is not None:
            archive(planned, context.programs())
    data = {**data, **_report(checkout, imported, planned)}
    if as_json:
        click.echo(json.dumps(data, indent=2, ensure_ascii=False))
        return
    from ralex_stack.cli.import_report import report_text

    current().print(report_text(data, verbose=current().verbose).rstrip("\n"))


def _settings_path(context: Context, out: Path | None) -> Path:
    from ralex_stack.settings.sources import FILE_NAME

    path = out or context.settings_path or Path(FILE_NAME)
    return path / FILE_NAME if path.is_dir() or path.suffix != ".toml" else path


def _secrets_directory() -> Path:
    from ralex_stack.host import config_home

    return config_home(os.environ) / "secrets"


def _in_settings(directory: Path) -> str:
    """A directory as settings name it, which another user of them may have, too."""
    from ralex_stack.host import home

    below = directory.is_relative_to(home())
    return f"~/{directory.relative_to(home())}" if below else str(directory)


def _outputs(imported: Imported, settings: Path) -> list[Output]:
    """Secrets first: what refers to them comes when they are there."""
    from ralex_stack.legacy.write import Output
    from ralex_stack.settings.schema import schema_text
    from ralex_stack.settings.template import SCHEMA_NAME

    texts = {settings.parent / path: text for path, text in imported.files.items()}
    texts[settings.with_name(SCHEMA_NAME)] = schema_text()
    texts[settings] = imported.settings
    directory = _secrets_directory()
    secrets = [
        Output(directory / name, value.encode(), secret=True)
        for name, value in imported.secrets.items()
    ]
    return [*secrets, *(Output(path, text.encode()) for path, text in texts.items())]


def _report(checkout: Any, imported: Imported, planned: Archive | None) -> dict[str, Any]:
    from ralex_stack.legacy.checkout import paths_as_told

    return {
        **imported.report.as_dict(),
        **paths_as_told(checkout),
        "secrets_directory": str(_secrets_directory()) if imported.secrets else None,
        "archive": {"directory": str(planned.target), "tag": planned.tags, "notes": planned.notes}
        if planned
        else None,
    }
