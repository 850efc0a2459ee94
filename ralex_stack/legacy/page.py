"""The page on importing, generated from the table of keys.

`python -m ralex_stack.legacy.page FILE` writes it.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

from ralex_stack.legacy.kinds import KINDS
from ralex_stack.legacy.table import table

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from ralex_stack.legacy.table import Row

_INTRODUCTION = """\
# From an old Ralex checkout

<!-- Generated from ralex_stack/legacy by `python -m ralex_stack.legacy.page`. -->

```sh
ralex-stack import ~/ralex --dry-run     # only tells
ralex-stack import ~/ralex               # writes ralex-stack.toml here
ralex-stack validate && ralex-stack plan
```

`import` reads a checkout of old Ralex of any era and writes

- `ralex-stack.toml` and its schema, here or where `--out PATH` says,
- `agent-os/standards/` beside it: standards and instructions of Agent OS,
- `agent-os/put-aside/`: texts that order actions (`git push` every five minutes, workflows). No
  program reads them; look at them yourself,
- one file per secret in `~/.config/ralex-stack/secrets` (`$XDG_CONFIG_HOME`), for you alone.

The checkout itself stays as it is, unless `--archive` is given: then it is tagged `ralex-legacy` in
its git and renamed to `ralex-legacy`. A second time, all is there already and nothing is written.
A file with another content is replaced only with `--force`, and what was there stays beside it as
`NAME.backup-DIGEST`.

## The report

It tells every file that was found, every value that was taken, with file, line and column, every
conflict with who won and why, every value that was dropped and why, every model that is retired or
not known with a suggestion, and what is left to you. `--verbose` tells values that are many of a
kind one by one; `--json` gives all of it to programs.

**Broken files are read as far as they are whole.** A quote that is doubled before a key of JSON and
a line `EOF` at the end are repaired. What is broken otherwise is told with line and column and left
out: a key of JSON, a line or block of YAML, a line of `.env`. The rest is read. Files in UTF-16 or
Windows-1252 are read as such; binary files, symbolic links and what is larger than 1 MiB are not,
and told.

**Secrets are never told.** What has the form of a key, or the name of one (`…_API_KEY`, `token`,
`password`), is stored in a file and referred to; in texts, `(hidden: looked like a secret)` stands
for it. Files of no known kind are looked through for keys, too, as are the addresses of git's
remotes, and git is asked for every `.env` that it has or had. Revoke what the report names:
whoever has a copy of the checkout or of its git history has it.

**Models stay as they were**, since only you know what may take their place: above one that is
retired, the settings file has a suggestion as a comment. It is no more than that: the one of the
three default models that is the nearest in size. What this release knows of a model's end is in a
list of its own; a model that is not in it may be gone, too, and the report says where to look. A
model without a price gets 0: the cost that OpenRouter reports with each answer is counted anyway.

**Routes and patterns** become `[routing.auto]`, in mode `patterns` ([routing.md](routing.md)),
with the tiers that they had. Old Ralex scored each pattern that matched, by its confidence and the
priority of its intent, and took the highest; here the first of a list decides, which is in the
order of those scores. A negative pattern lowered a score: such a pattern stands in the list with
`unless`, and once more, further down, without. Where nothing matched, the intent of the highest
priority was taken for no reason; here it is `default_tier`, from `fallback_intent` or the route
`default`. What depended on files in the workspace is dropped. `ralex-stack route PROMPT` tells
what is chosen; the model `auto` is there to be asked for, and `opencode.model` stays what it was.

## After it

The report ends with what is left to do. In most cases:

1. Revoke the keys, make new ones, and put them in the place of the stored ones, or refer to a
   variable: `api_key = { env = "OPENROUTER_API_KEY" }`.
2. Replace models that are retired; the comments in the settings file suggest some.
3. Raise `models.NAME.output` where it is some hundred tokens: that was for chat, and an agent that
   writes files needs thousands.
4. Look at what was put aside, and at MCP servers, which are switched off: what they run has to be
   in the sandbox ([settings.md](settings.md), `sandbox.packages`).
5. `ralex-stack validate`, `ralex-stack plan`, `ralex-stack up`.
6. Put the old checkout away: `ralex-stack import ~/ralex --archive`.

## Which file wins

The first of these that says something. Of two files of one kind, it is the one nearest to the top
of the checkout; the same file a second time is read once. For tiers, LiteLLM's configuration wins
over the environment.

| file | what it is |
|---|---|
"""

_KEYS = """
## What becomes of each key

`*` stands for a name, `[]` for each element, `**` for any keys. What is not listed is dropped and
told as unknown.

| file | key | becomes |
|---|---|---|
"""

_FILES = {
    "env": "`.env`",
    "litellm": "`litellm*.yaml`",
    "intelligence": "`.ralex/intelligence-config.yaml`",
    "router": "`ccr*.json`, `router-config.json`",
    "aliases": "`claude-functions.sh`",
    "k83": "`.k83/config.yaml`",
    "mcp": "`.claude/mcp_config.json`",
    "settings": "`config/settings.json`",
    "tiers": "`model_tiers.json`",
    "routes": "`intent_routes.json`",
    "rules": "`pattern_rules.json`",
    "prompts": "`prompts.json`",
    "agent-os": "`.agent-os/`, `agent-os/`",
    "agent_os": "`agent_os/`",
    "env-example": "`.env.example`, `.env.template`",
}


def page() -> str:
    """The page as Markdown."""
    kinds = [f"| {_FILES[kind.name]} | {kind.title} |" for kind in KINDS]
    return "\n".join([_INTRODUCTION.rstrip(), *kinds, _KEYS.rstrip(), *_rows(), ""])


def _rows() -> Iterator[str]:
    for row in table():
        files = _FILES[row.kind]
        yield f"| {files} | `{row.key}` | {_becomes(row)} |"


def _becomes(row: Row) -> str:
    if row.dropped:
        return f"dropped: {row.dropped}"
    return f"`{row.becomes}`" + (f"; {row.note}" if row.note else "")


def main(arguments: Sequence[str]) -> int:
    """Write the page to the file that is named; returns the exit code."""
    Path(arguments[0]).write_text(page(), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
