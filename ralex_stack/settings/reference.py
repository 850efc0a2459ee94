"""The reference page of the settings, generated from the models.

`python -m ralex_stack.settings.reference FILE` writes it, `--check FILE` fails when it is stale.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import tomli_w

from ralex_stack.settings.fields import tables
from ralex_stack.settings.load import effective
from ralex_stack.settings.root import RESERVED_SECTIONS, Settings
from ralex_stack.settings.sources import FILE_NAME, NOT_SETTINGS

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from ralex_stack.settings.fields import Field, Table

_INTRODUCTION = f"""\
# Settings

<!-- Generated from ralex_stack/settings by `python -m ralex_stack.settings.reference`. -->

All of a stack stands in one file, `{FILE_NAME}`. It is optional, and so is all that it can
hold: an empty file is a valid stack. `ralex-stack init` writes one with every setting explained,
`ralex-stack validate` checks it, `ralex-stack schema` prints the JSON schema for editors.

## Where values come from

From low to high; tables are merged key by key, any other value replaces the one below:

1. the defaults on this page,
2. the settings file: the one of `--settings` or `RALEX_SETTINGS`, else `{FILE_NAME}` in the
   current directory or the closest one above it, else
   `$XDG_CONFIG_HOME/ralex-stack/{FILE_NAME}`, else the one that the stack of this name was brought
   up from; `--stack NAME` takes that of another stack. A file that is found and belongs to neither
   the caller nor root is refused: settings can run commands.
3. environment variables: `RALEX_` and the path in capitals with `__` between its parts, such as
   `RALEX_NETWORK__GATEWAY_PORT=4400`,
4. flags: `--set network.gateway_port=4400`.

`ralex-stack config show --origin` names the source of every value in force.

- Variables: names of settings are read without regard to case, and names of models, tiers and
  providers in lower case. A shell cannot export a name with a dash or a dot; such a table is given
  as JSON to the table around it: `RALEX_TIERS='{{"my-tier": {{"models": ["glm"]}}}}'`.
  Arrays are JSON as well: `RALEX_SANDBOX__PACKAGES='["golang"]'`.
- Flags: the value is read as TOML and, where it is none, as text; names with dots stand in
  quotes: `--set 'models."gpt-4.1".output=4096'`.
- Models in the file replace the default ones; a variable or flag changes what is there.
- An unknown key is an error, and so is a variable that has the form of a setting and is none.
- These variables are for the set-up and for development, and no settings:
  {", ".join(f"`{name}`" for name in sorted(NOT_SETTINGS))}.
- The sections {", ".join(f"`{name}`" for name in RESERVED_SECTIONS)} are kept for later versions.

## Secrets

A secret is a reference, never a literal; what looks like a key is refused wherever it stands:
`{{ env = "NAME" }}`, `{{ file = "PATH" }}` or `{{ command = "SHELL COMMAND" }}`.
"""


def reference() -> str:
    """The page as Markdown."""
    parts = [_INTRODUCTION, *(_section(table) for table in tables()), _defaults()]
    return "\n".join(parts)


def _section(table: Table) -> str:
    level = "##" if len(table.path) == 1 else "###"
    lines = [f"{level} `{table.header}`", "", table.description, ""]
    if table.fields:
        lines += ["| key | type | default | meaning |", "|---|---|---|---|"]
        lines += [*_rows(table.fields), ""]
    return "\n".join(lines)


def _rows(fields: Sequence[Field]) -> Iterator[str]:
    for field in fields:
        default = "required" if field.required else "" if field.default is None else field.default
        default = f"`{default}`" if default not in ("", "required") else default
        cells = (f"`{field.name}`", field.type, default, _meaning(field))
        yield f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in cells)} |"


def _meaning(field: Field) -> str:
    example = f" Example: `{field.example}`." if field.example else ""
    return field.description + example


def _defaults() -> str:
    whole = effective(Settings())
    named = {section: whole[section] for section in ("providers", "models", "tiers")}
    return "\n".join(
        ["## Default providers, models and tiers", "", "```toml", tomli_w.dumps(named) + "```", ""]
    )


def main(arguments: Sequence[str]) -> int:
    """Write the page, or with --check compare it; returns the exit code."""
    checking = "--check" in arguments
    names = [argument for argument in arguments if argument != "--check"]
    path = Path(names[0] if names else "docs/settings.md")
    text = reference()
    if not checking:
        path.write_text(text, encoding="utf-8")
        return 0
    if path.is_file() and path.read_text(encoding="utf-8") == text:
        return 0
    print(f"{path} is stale: run `python -m ralex_stack.settings.reference`", file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
