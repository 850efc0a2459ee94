"""Failures around settings, secrets and providers' keys."""

from __future__ import annotations

from ralex_stack.catalogue.entry import Entry

ENTRIES = (
    Entry(
        "settings-invalid",
        "settings",
        "the settings do not make a valid stack",
        "A key is unknown, a value has the wrong type or is out of range, or values do not fit "
        "together. Every problem is listed with its place and the nearest valid name.",
        (
            "correct what is listed, then run `ralex-stack validate`",
            "`ralex-stack config show --origin` tells where each value comes from: a variable "
            "`RALEX_…` of the environment may be the cause",
            "`ralex-stack init example.toml` writes a file with every setting explained",
        ),
    ),
    Entry(
        "settings-missing",
        "settings",
        "the settings file that was named is not there",
        "`--settings` or `RALEX_SETTINGS` names a path at which there is no file.",
        (
            "correct the path, or unset `RALEX_SETTINGS`",
            "`ralex-stack init PATH` writes one; without a file the defaults are used",
        ),
    ),
    Entry(
        "settings-unreadable",
        "settings",
        "the settings file, or a file that it names, cannot be read",
        "The path leads to a directory or to a file that is much larger than settings are, or its "
        "permissions keep you out.",
        ("check the path and its permissions: `ls -ld PATH`",),
    ),
    Entry(
        "settings-untrusted",
        "settings",
        "the settings file that was found belongs to somebody else",
        "Settings can run commands, so a file in a shared directory is only taken from you or "
        "root.",
        ("read the file; if you trust it, name it: `ralex-stack --settings PATH …`",),
    ),
    Entry(
        "settings-exposed",
        "settings",
        "a sandbox could have written the settings file that was found",
        "Settings can run commands on this machine and open the sandbox, and this file is in a "
        "directory that a sandbox was given. What is in it now is not what you agreed to: you "
        "changed it, or an agent did. Nothing of it was resolved or run.",
        (
            "look at the file: commands, hosts, mounts, addresses of providers",
            "if it is as you want it: `ralex-stack up` asks, and goes on with it",
            "for one command: `ralex-stack --settings PATH …`",
            "if it is not yours, remove it",
        ),
    ),
    Entry(
        "settings-gone",
        "settings",
        "the settings file that the stack was brought up from is gone",
        "Outside its directory a stack is found by what was recorded; that file was moved or "
        "removed.",
        (
            "put the file back",
            "or name the file that takes its place: `ralex-stack --settings FILE up`",
        ),
    ),
    Entry(
        "setting-unknown",
        "settings",
        "no value is set at this path",
        "`config show PATH` shows values that are in force; nothing is at or below this one.",
        ("`ralex-stack config show --origin` lists all paths",),
    ),
    Entry(
        "setting-path",
        "settings",
        "a file or directory that the settings name is not there",
        "`workspace.path`, `images.ca` or `sandbox.dockerfile` names a path that does not exist or "
        "is of another kind. Relative paths start from the settings file's directory; "
        "`workspace.path` has to be absolute.",
        ("correct the path in the settings: the message names the setting",),
    ),
    Entry(
        "import-unreadable",
        "settings",
        "no checkout of old Ralex is there to import",
        "`ralex-stack import DIR` reads the files of a directory. The one that was named is not "
        "there, holds no file of old Ralex, or holds far more files than a checkout does.",
        ("name the directory of the checkout itself: `ralex-stack import DIR --dry-run`",),
    ),
    Entry(
        "import-archive",
        "settings",
        "an old checkout cannot be put away",
        "`--archive` renames the directory to `ralex-legacy` and tags it in git. That name is "
        "taken, the tag is at another commit, the new settings would go with it, or the directory "
        "is no checkout of its own.",
        (
            "do what the message says, and run the command again",
            "import only, without `--archive`, and put the checkout away yourself",
        ),
    ),
    Entry(
        "secret-unreadable",
        "secrets",
        "the file of a secret cannot be read",
        'A reference `{ file = "PATH" }` leads to a file that your user may not read.',
        ("check its path and permissions: `ls -l PATH`",),
    ),
    Entry(
        "secret-command-failed",
        "secrets",
        "the command that gives a secret failed",
        'A reference `{ command = "…" }` ended with an error: a password manager may be locked.',
        (
            "run the command by hand in the settings file's directory; it must print the secret "
            "alone",
        ),
    ),
    Entry(
        "secret-malformed",
        "secrets",
        "a secret is empty or has more than one word",
        "Keys are one word of printable ASCII characters. A file or command may hold a comment, a "
        "second line or a typographic quote beside the key.",
        ("make it hold the secret alone, on one line",),
    ),
    Entry(
        "provider-key-missing",
        "secrets",
        "no key was found for a provider that the settings use",
        "The variable, file or command that `providers.NAME.api_key` refers to gives nothing, and "
        "none is stored from an earlier `up`.",
        (
            "set it, e.g. `export OPENROUTER_API_KEY=…`, and run `ralex-stack up`",
            "or work without providers: `ralex-stack up --set stack.provider=simulator`",
        ),
    ),
    Entry(
        "secret-missing",
        "secrets",
        "a secret that the settings refer to was not found",
        "The variable, file or command that the message names gives nothing, and nothing is stored "
        "from an earlier `up`.",
        (
            "set it, and run `ralex-stack up`",
            "or take what refers to it out of the settings, e.g. `budget.webhook`",
        ),
    ),
    Entry(
        "provider-key-doubtful",
        "secrets",
        "a provider's key does not look like one, or only the stored one is left",
        "`doctor` found a key with an unusual form, or one that is in use but cannot be resolved "
        "any more, so that it cannot be changed.",
        ("check the reference `providers.NAME.api_key` and what it gives",),
    ),
    Entry(
        "provider-changed",
        "secrets",
        "another kind of provider would be chosen now than the one in use",
        "A key was set or unset since the last `up`, so that it goes between the simulator and "
        "real "
        "providers.",
        ("`ralex-stack plan` shows the change; `ralex-stack up` asks before it makes it",),
    ),
)
