"""Failures of the machine: disk, permissions, memory, programs."""

from __future__ import annotations

from ralex_stack.catalogue.entry import Entry

ENTRIES = (
    Entry(
        "disk-full",
        "machine",
        "there is no room left on the disk, or little of it",
        "Images need about 5 GiB below the engine's data directory; state and logs need little.",
        (
            "`docker system df` tells what images, containers and volumes use",
            "`docker image prune` and `docker builder prune` remove what nothing uses",
            "run the command again: it goes on from where it was",
        ),
    ),
    Entry(
        "permission-denied",
        "machine",
        "a file or directory may not be read or written",
        "It belongs to another user, e.g. after an earlier run with `sudo`, or others can get at "
        "what has to be private.",
        (
            "check who owns it: `ls -ld PATH`",
            "run as that user, or set XDG_STATE_HOME to a directory of yours",
        ),
    ),
    Entry(
        "filesystem-read-only",
        "machine",
        "the file system is mounted read-only",
        "The state of stacks is kept in `$XDG_STATE_HOME/ralex-stack`, by default in "
        "`~/.local/state`.",
        ("set XDG_STATE_HOME to a directory that can be written",),
    ),
    Entry(
        "too-many-files",
        "machine",
        "the limit of open files is reached",
        "The limit of this shell or of the whole system is too low.",
        ("raise it: `ulimit -n 4096`",),
    ),
    Entry(
        "system-refused",
        "machine",
        "the system refused to read, write or run something",
        "The message names the file and the system's own reason.",
        ("`ralex-stack doctor` checks what the stack stands on",),
    ),
    Entry(
        "no-home",
        "machine",
        "the user has no home directory",
        "State and settings of a user are kept below it.",
        ("set HOME, or XDG_STATE_HOME and XDG_CONFIG_HOME, to directories of yours",),
    ),
    Entry(
        "memory-low",
        "machine",
        "there is little memory, or a single CPU",
        "A stack uses about 1 GiB; 2 GiB and two CPUs are comfortable.",
        (
            "end programs that use much, or give the engine's virtual machine more",
            "lower the limits in `gateway.resources` and `sandbox.resources`",
        ),
    ),
    Entry(
        "clock-wrong",
        "machine",
        "the clock is wrong",
        "Certificates are checked against it, so calls of providers fail with TLS errors.",
        ("set it, e.g. `timedatectl set-ntp true`; restart the engine's virtual machine",),
    ),
    Entry(
        "certificates",
        "machine",
        "the bundle of certificate authorities cannot be used, or another one is trusted elsewhere",
        "Builds and the gateway trust the bundle of `images.ca`. Where TLS is intercepted, it "
        "has to "
        "hold the authority of your network.",
        ("set `images.ca` to a file of PEM certificates, or to `auto`",),
    ),
    Entry(
        "program-missing",
        "machine",
        "a program was not found on PATH",
        "`docker` with the plugins compose and buildx is needed, and `git` for repositories.",
        (
            "run `make setup`, which obtains what is missing",
            "or install it: https://docs.docker.com/engine/install/",
        ),
    ),
    Entry(
        "program-failed",
        "machine",
        "a program that was run ended with an error",
        "The message shows the end of what it printed.",
        (
            "run the command again with `--verbose`, which shows each program",
            "`ralex-stack doctor` checks what the stack stands on",
        ),
    ),
    Entry(
        "program-hangs",
        "machine",
        "a program that was run did not end in time",
        "It was ended. Mostly it is `docker`, and the engine stopped answering in between.",
        (
            "`ralex-stack doctor` tells whether the engine answers; then run the command again",
            "where the engine hangs, restart it, e.g. `systemctl restart docker`",
        ),
    ),
)
