"""Failures around workspaces, prompts and the command line itself."""

from __future__ import annotations

from ralex_stack.catalogue.entry import Entry

ENTRIES = (
    Entry(
        "workspace-missing",
        "workspace",
        "the directory to work in is not there",
        "`--dir` of `run`, or the argument of `code`, is not a directory.",
        ("name one that exists",),
    ),
    Entry(
        "workspace-unsafe",
        "workspace",
        "the directory holds more than a sandbox may see",
        "It is as wide as a home or system directory, or holds credentials of a stack.",
        (
            "name the directory of one project",
            "or move the state elsewhere with XDG_STATE_HOME",
        ),
    ),
    Entry(
        "workspace-unmountable",
        "workspace",
        "the directory cannot be mounted",
        "Docker takes a colon in a path for a separator.",
        ("rename the directory",),
    ),
    Entry(
        "workspace-git",
        "workspace",
        "the git directory of the workspace is not its own, or cannot be protected",
        "What git runs outside the sandbox (hooks, configuration) must be closed inside. A "
        "`.git` that "
        "leads elsewhere, or a symbolic link in it, may have been planted by an earlier run.",
        (
            "run `git status` in it, and look at where its `.git` leads",
            "do as the message says, once you know whose it is",
        ),
    ),
    Entry(
        "terminal-needed",
        "work",
        "the command needs a terminal",
        "`code` opens OpenCode's terminal UI.",
        ('for a script use `ralex-stack run "PROMPT"`',),
    ),
    Entry(
        "model-unknown",
        "work",
        "there is no model or tier of this name",
        "Names are those of `[models]` and `tier:NAME`, not the providers' own.",
        ("`ralex-stack models` lists all",),
    ),
    Entry(
        "turn-failed",
        "work",
        "the prompt was not carried out",
        "OpenCode reported an error or ended without an answer: the provider refused the call, a "
        "budget is used up, or the model's answer was cut off.",
        (
            "read the reason in the message; `ralex-stack logs gateway` tells more",
            "`ralex-stack doctor` checks the stack",
        ),
    ),
    Entry(
        "opencode-hangs",
        "work",
        "OpenCode told nothing, and was ended",
        "A request in the first seconds of OpenCode can hang. It was begun twice; each time no "
        "event came in the time that it has for its start and a model for beginning its answer.",
        (
            "`ralex-stack doctor` makes a call of a model",
            "run it again; on a busy machine, when less is done at once",
        ),
    ),
    Entry(
        "permission-refused",
        "work",
        "OpenCode's permission rules refused a step",
        "Nobody can be asked in `run`: what the rules neither allow nor deny is refused.",
        (
            "use `ralex-stack code`, which asks you",
            "or allow it: `opencode.permission` in the settings",
        ),
    ),
    Entry(
        "agreement-needed",
        "work",
        "the command asks a question, and nobody is there to answer",
        "Standard input is no terminal, and what the plan does needs a yes.",
        ("read what it asks, then add `--yes` to agree",),
    ),
    Entry(
        "declined",
        "work",
        "the question was answered with no",
        "Nothing was changed.",
        ("run the command again to be asked again",),
    ),
    Entry(
        "file-there",
        "work",
        "a file is there already and was left as it is",
        "`init` does not replace a settings file.",
        ("`ralex-stack init --force` replaces it; `ralex-stack init PATH` writes another one",),
    ),
    Entry(
        "file-unwritable",
        "work",
        "a file cannot be written",
        "The directory is missing, or your user may not write to it.",
        ("name a path in a directory that you may write to",),
    ),
    Entry(
        "key-alias-taken",
        "work",
        "there is a key of this alias",
        "Each key has an alias of its own, since accounts and limits name it. `client`, `sandbox` "
        "and `master` are the stack's own keys.",
        (
            "choose another alias; `ralex-stack keys list` shows those that are taken",
            "or replace the key: `ralex-stack keys revoke ALIAS` first",
        ),
    ),
    Entry(
        "key-alias-unknown",
        "work",
        "there is no key of this alias",
        "It was never made in this stack, or is revoked.",
        ("`ralex-stack keys list` shows all; a stack's keys go with `down --volumes`",),
    ),
    Entry(
        "key-alias-invalid",
        "work",
        "a text cannot be the alias of a key",
        "An alias is up to 63 lower-case letters, digits, `.`, `_`, `@` and `-`.",
        ("choose another, such as `ci` or `ada@example.com`",),
    ),
    Entry(
        "key-expiry-invalid",
        "work",
        "a key cannot expire at this time",
        "It is past, or no span, day or time.",
        ("give a span (`30d`, `12h`), the last day (`2030-12-31`), or a time",),
    ),
    Entry(
        "code-unknown",
        "work",
        "the catalogue has no entry of this code",
        "Codes stand in the last line of an error, and in `code` of its JSON.",
        ("`ralex-stack explain` lists all",),
    ),
    Entry(
        "usage",
        "work",
        "the command line is not understood",
        "An option or argument is missing, unknown or has a wrong value.",
        ("`ralex-stack COMMAND --help` shows what there is",),
    ),
    Entry(
        "interrupted",
        "work",
        "the command was interrupted",
        "What was started is ended; nothing is half done that the next run does not converge.",
        ("run the same command again: it goes on from there",),
    ),
    Entry(
        "defect",
        "work",
        "ralex-stack has a defect",
        "An error that nobody foresaw; where it happened is kept in a file that holds no secret of "
        "the stack.",
        ("report it with the file that the message names",),
    ),
)
