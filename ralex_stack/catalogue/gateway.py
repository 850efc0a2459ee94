"""Answers that clients of the gateway get; a new answer of edge or gateway has its entry here."""

from __future__ import annotations

from ralex_stack.answers import PATH_CLOSED, UPSTREAM_AWAY
from ralex_stack.catalogue.entry import Entry
from ralex_stack.gateway import codes

ENTRIES = (
    Entry(
        PATH_CLOSED,
        "gateway",
        "the edge does not pass this path",
        "Only the paths that go through the gateway's router and budgets are open: "
        "`/v1/chat/completions`, `/v1/messages`, `/v1/responses`, `/v1/embeddings` with POST and "
        "`/v1/models` with GET. From inside the sandbox the status is 403.",
        (
            "let the client's base URL be the one of `ralex-stack env`: OpenAI's ends in `/v1`, "
            "Anthropic's does not",
            "an optional call of a client, such as counting tokens, can be left unanswered",
        ),
        status=404,
    ),
    Entry(
        UPSTREAM_AWAY,
        "gateway",
        "the edge does not reach the gateway or the OpenCode server",
        "It has ended, or takes longer than usual to start. OpenCode gets the status 424, which it "
        "does not repeat.",
        ("`ralex-stack status` tells which service is not healthy", "run `ralex-stack up`"),
        status=503,
    ),
    Entry(
        codes.KEY_UNKNOWN,
        "gateway",
        "the gateway does not know this key",
        "The client sent none, a provider's key, or the key of another stack or of before "
        "`down --volumes`.",
        ('give the client the keys of the stack: eval "$(ralex-stack env)"',),
        status=401,
    ),
    Entry(
        codes.OWN_KEY_REFUSED,
        "gateway",
        "a request holds a key or headers for the provider",
        "`api_key`, `headers` and `extra_headers` in the body would send the request to somebody "
        "else's account at a provider.",
        (
            "leave it out of the request's body",
            "or change the provider's key in the settings: `providers.NAME.api_key`",
        ),
        status=400,
    ),
    Entry(
        codes.BUDGET_SPENT,
        "gateway",
        "the budget is used up",
        "The spend of a provider or model has reached its limit in the settings. Clients must not "
        "repeat the call.",
        (
            "choose another model, or wait until the period is over",
            "or raise `budget.limit`, or the limit of the provider or model, and run "
            "`ralex-stack up`",
        ),
        status=402,
    ),
)
