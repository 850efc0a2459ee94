"""Failures of the container engine, of builds and of services."""

from __future__ import annotations

from ralex_stack.catalogue.entry import Entry

ENTRIES = (
    Entry(
        "engine-unreachable",
        "engine",
        "the Docker engine does not answer",
        "None runs, DOCKER_HOST or the Docker context names another one, or your user may not "
        "use it.",
        (
            "start it, e.g. `systemctl start docker`, or run `make setup`, which obtains one",
            "`docker context ls` and DOCKER_HOST say which engine is meant",
            "where permission is denied, as root: `usermod -aG docker $USER`, then log in again",
        ),
    ),
    Entry(
        "engine-refused",
        "engine",
        "the Docker engine refused a request",
        "It answers, but not with what was asked for: it may be too old, or out of room.",
        ("`ralex-stack doctor` checks version, storage and room",),
    ),
    Entry(
        "engine-unsuited",
        "engine",
        "the Docker engine is not fit for a stack",
        "It runs containers of another system, or its storage driver copies every layer.",
        (
            "switch it to Linux containers, and its data root to a file system that overlay2 "
            "works on",
        ),
    ),
    Entry(
        "compose-failed",
        "engine",
        "docker compose failed",
        "The message shows the end of what it printed; no service is unhealthy.",
        (
            "run the command again with `--verbose`",
            "`ralex-stack doctor` checks what the stack stands on",
        ),
    ),
    Entry(
        "images-missing",
        "engine",
        "images have to be built first",
        "`up` builds them; the first time that takes some minutes.",
        ("run `ralex-stack up`",),
    ),
    Entry(
        "build-failed",
        "engine",
        "building an image failed",
        "Often a package mirror is out of reach, TLS is intercepted by an authority that the build "
        "does not trust, the disk is full, or `sandbox.packages` names a package that is not "
        "there.",
        (
            "read the end of the log that the message names",
            "behind a proxy or with a CA of your own see `images.ca` in the settings",
            "run `ralex-stack up` again: finished steps are kept",
        ),
    ),
    Entry(
        "port-taken",
        "engine",
        "a port that the stack publishes is taken",
        "Another program, or another stack, listens on the gateway's port (4000) or OpenCode's "
        "(4096).",
        (
            "choose others: `ralex-stack up --set network.gateway_port=4400 "
            "--set network.opencode_port=4496`, or set them in the settings file",
            "or end what listens there: `ss -ltnp` tells what it is",
        ),
    ),
    Entry(
        "networks-exhausted",
        "engine",
        "the Docker engine has no addresses left for networks",
        "A stack has five or six networks, and an engine has addresses for about thirty. "
        "Other stacks and projects use them up.",
        (
            "`docker network ls` shows them; `docker network prune` removes those not in use",
            "end a stack that you do not need: `ralex-stack --stack NAME down`",
            "or give the engine more: `default-address-pools` in its `daemon.json`",
        ),
    ),
    Entry(
        "service-unhealthy",
        "engine",
        "a service does not become healthy, or does not run",
        "It was started, but its health check fails or it ended: its log tells why. Memory may be "
        "short, or a file of the stack may have been changed by hand.",
        (
            "`ralex-stack logs SERVICE` shows all of its log",
            "`ralex-stack doctor` checks memory, disk and ports",
            "`ralex-stack up` tries again",
        ),
    ),
    Entry(
        "test-call-failed",
        "engine",
        "all services are healthy, but a call through the whole chain got no completion",
        "`up` ends with one real call of the small model. The provider refused it: the key is "
        "wrong or "
        "has no credit, the model's name is wrong, or the provider is out of reach.",
        (
            "read the provider's answer in the message; `ralex-stack logs gateway` tells more",
            "check the key, and the upstream in `ralex-stack models`",
            "to see whether the stack itself works: `ralex-stack up --set "
            "stack.provider=simulator`",
        ),
    ),
    Entry(
        "service-unknown",
        "engine",
        "the stack has no service of this name",
        "Services depend on the settings: `cache` and `simulator` are not in every stack.",
        ("`ralex-stack status` lists them",),
    ),
    Entry(
        "not-answering",
        "engine",
        "a published address does not answer as it should",
        "`doctor` called it with and without the stack's credentials.",
        ("`ralex-stack logs edge` tells more", "run `ralex-stack up`"),
    ),
    Entry(
        "network-open",
        "engine",
        "the stack can be reached from the network",
        "`network.bind` is not 127.0.0.1. What is published asks for a key or a password, but "
        "without TLS both can be read on the way.",
        ('set `network.bind = "127.0.0.1"`, or put a proxy with TLS in front',),
    ),
    Entry(
        "sandbox-open",
        "engine",
        "the sandbox does not hold what it promises",
        "`doctor` tried from inside what must not be possible, and it was.",
        ("end the stack with `ralex-stack down`, and report it",),
    ),
)
