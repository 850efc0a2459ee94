"""What can go wrong with LiteLLM's database."""

from __future__ import annotations

from ralex_stack.catalogue.entry import Entry
from ralex_stack.gateway import codes

ENTRIES = (
    Entry(
        "database-url-unusable",
        "secrets",
        "there is no usable URL of the database",
        "`gateway.database` refers to a URL. Nothing was found there, or no URL of a PostgreSQL.",
        (
            "set it: postgresql://USER:PASSWORD@HOST:5432/NAME; percent-encode what is special in "
            "the password",
            'or use a PostgreSQL of the stack: `gateway.database = "postgres"`',
        ),
    ),
    Entry(
        "database-none",
        "stack",
        "the stack has no database, so there is nothing to administer",
        "LiteLLM's virtual keys, teams and admin UI need one.",
        ('set `gateway.database = "postgres"`, and run `ralex-stack up`',),
    ),
    Entry(
        codes.MIGRATION_FAILED,
        "stack",
        "LiteLLM's migrations did not run to their end",
        "The service `migrate` runs them before any gateway starts, each of them wholly or not at "
        "all, and goes on with the first that is missing. A gateway that was running goes on.",
        (
            "`ralex-stack logs migrate` names the migration, and says what PostgreSQL said",
            "a database that is not LiteLLM's alone, or was set up without its migrations, is in "
            "the way: use an empty one",
            "the role in the URL must own the database, or be allowed to create tables in `public`",
            "run `ralex-stack up`, which goes on where it ended",
        ),
    ),
    Entry(
        codes.DATABASE_UNREACHABLE,
        "stack",
        "gateway or migrations do not reach the database",
        "They tried for a minute and a half. Docker starts a gateway again that ended so.",
        (
            "`ralex-stack status` tells whether `postgres` is healthy, `ralex-stack logs postgres` "
            "why not",
            "with a database of your own: check host, port and password in its URL; this machine "
            "is `host.docker.internal` in containers",
            "run `ralex-stack up`",
        ),
    ),
    Entry(
        codes.DATABASE_UNMIGRATED,
        "stack",
        "the database lacks tables of this LiteLLM, so the gateway does not start",
        "It was emptied or replaced, or the gateway was started by hand before the service "
        "`migrate` had ended. LiteLLM would start without the tables, and fail at calls.",
        ("run `ralex-stack up`, which migrates first",),
    ),
    Entry(
        codes.KEY_SCOPED,
        "gateway",
        "a virtual key was used for something else than calling models",
        "Virtual keys reach `/v1/chat/completions`, `/v1/messages`, `/v1/responses`, "
        "`/v1/embeddings` and `/v1/models`. LiteLLM's other paths take the master key, or a "
        "session of its admin UI.",
        ("log in to the admin UI; `ralex-stack status` prints its address",),
        status=403,
    ),
)
