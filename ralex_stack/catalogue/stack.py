"""Failures around the stack's state."""

from __future__ import annotations

from ralex_stack.catalogue.entry import Entry

ENTRIES = (
    Entry(
        "ledger-unreadable",
        "stack",
        "the gateway's ledger cannot be read",
        "The accounts of calls are with the gateway, which did not answer or could not open them.",
        (
            "`ralex-stack status` shows what runs, `ralex-stack logs gateway` what it says",
            "`ralex-stack up` starts what is missing",
        ),
    ),
    Entry(
        "stack-not-up",
        "stack",
        "the stack is not up",
        "It was never brought up by this user, or `down` ended it; credentials are made by the "
        "first "
        "`up`. Which stack is meant depends on the settings file of the current directory.",
        (
            "run `ralex-stack up`",
            "another one: `ralex-stack --stack NAME …`; `ralex-stack` alone shows which are known",
        ),
    ),
    Entry(
        "stack-unknown",
        "stack",
        "no stack of this name was brought up by this user",
        "`--stack NAME` takes the settings that the stack of this name was brought up from.",
        ("take one of those that the message names", "or name a settings file: `--settings FILE`"),
    ),
    Entry(
        "stack-held",
        "stack",
        "another command holds the stack",
        "Only one command at a time changes a stack. The message names it; the system frees the "
        "lock of a process that was killed.",
        ("wait until it has ended, then run the command again",),
    ),
    Entry(
        "state-foreign",
        "stack",
        "the stack of this name belongs to another settings file, user or state directory",
        "A stack belongs to the settings file it was brought up from: another one would replace "
        "its "
        "containers and could not read its data.",
        (
            "give this one another name: `ralex-stack up --set stack.name=NAME`, or `[stack] "
            "name = …`",
            "or end the other one, as the message says",
        ),
    ),
    Entry(
        "state-unreadable",
        "stack",
        "the state of the stack cannot be read",
        "It belongs to another user, e.g. after an earlier run with `sudo`.",
        ("check who owns it, or set XDG_STATE_HOME to a directory of yours",),
    ),
    Entry(
        "state-damaged",
        "stack",
        "a file of the stack's state is damaged",
        "It was changed by hand, or the disk failed; ralex-stack itself replaces files as a whole.",
        (
            "move the file that the message names away, then run `ralex-stack up`: credentials and "
            "data in volumes are kept",
        ),
    ),
    Entry(
        "state-version",
        "stack",
        "the state was written by another version of ralex-stack",
        "Its format is not the one of this version.",
        ("use the version of ralex-stack that wrote it",),
    ),
)
