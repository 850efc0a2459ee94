"""Answers that clients of the gateway get; a new answer of edge or gateway has its entry here."""

from __future__ import annotations

from ralex_stack.answers import UPSTREAM_AWAY
from ralex_stack.catalogue.entry import Entry
from ralex_stack.gateway import codes

ENTRIES = (
    Entry(
        codes.PATH_CLOSED,
        "gateway",
        "this path is closed",
        "Only the paths that go through the gateway's router and budgets are open: "
        "`/v1/chat/completions`, `/v1/messages`, `/v1/responses`, `/v1/embeddings` with POST and "
        "`/v1/models` with GET. From inside the sandbox the status is 403, and with "
        "`gateway.expose_admin` for every key but the master key.",
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
        (
            'give the client the keys of the stack: eval "$(ralex-stack env)"',
            "or make it one of its own: `ralex-stack keys create`",
        ),
        status=401,
    ),
    Entry(
        codes.KEY_EXPIRED,
        "gateway",
        "a key has expired",
        "Its time is over, as `--expires` said when it was made. Clients must not repeat the call.",
        (
            "make another: `ralex-stack keys revoke ALIAS`, then `ralex-stack keys create ALIAS`",
            "`ralex-stack keys list` tells when each key expires",
        ),
        status=401,
    ),
    Entry(
        codes.KEY_REVOKED,
        "gateway",
        "a key was revoked",
        "Whoever runs the stack ended it with `ralex-stack keys revoke`. Clients must not repeat "
        "the call. It is told so for 90 days; after that the key is unknown.",
        ("make another: `ralex-stack keys create ALIAS`",),
        status=401,
    ),
    Entry(
        codes.KEYS_UNREADABLE,
        "gateway",
        "the scoped keys cannot be read or changed",
        "Valkey, where they are kept, does not answer or cannot write, or the gateway that runs "
        "is of an older version. The stack's own keys, of `ralex-stack env`, go on working.",
        (
            "`ralex-stack status` tells how Valkey is, `ralex-stack logs valkey` what it says",
            "`ralex-stack up` starts what is missing; where Valkey's volume is full, make room",
        ),
        status=503,
    ),
    Entry(
        codes.OWN_KEY_REFUSED,
        "gateway",
        "a request holds a key or headers for the provider",
        "`api_key`, `headers`, `extra_headers` and `user_config` in the body would send the "
        "request to somebody else's account at a provider, or past the settings.",
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
        "The limit that the message names has no room for what the call may cost: its prompt, and "
        "the longest answer that it allows. What calls in flight may cost is counted as spent. Or "
        "the budget of a virtual key, its team or its user is spent. Clients must not repeat the "
        "call.",
        (
            "choose a cheaper model, or ask for a shorter answer (`max_tokens`)",
            "or wait until the window of the limit is over",
            "or raise the limit that the message names: in `budget`, then `ralex-stack up`; of a "
            "key that was made with `ralex-stack keys`, by `ralex-stack keys budget`",
            "who administers the stack raises budgets of virtual keys in LiteLLM's admin UI: "
            "`ralex-stack status` prints its address",
        ),
        status=402,
    ),
    Entry(
        codes.BUDGET_UNKNOWN,
        "gateway",
        "the budget cannot be checked",
        "Valkey, where spend is counted, does not answer or cannot write, or the ledger cannot be "
        "read, of which the counter of a new limit is made. Calls that no limit concerns are "
        "served all the same.",
        (
            "`ralex-stack status` tells how Valkey is, `ralex-stack logs valkey` what it says",
            "`ralex-stack up` starts it again; where its volume is full, make room",
        ),
        status=503,
    ),
    Entry(
        codes.MODEL_NOT_SERVED,
        "gateway",
        "the gateway has no such model",
        "A request names a model or tier that is not in the settings, or not yet in force.",
        (
            "`ralex-stack models` lists what there is",
            "after a change of the settings run `ralex-stack up`",
        ),
        status=400,
    ),
    Entry(
        codes.MODEL_CLOSED,
        "gateway",
        "a key may not call the model",
        "The key was made for other models and tiers; a tier and the model that serves it are two "
        "names, and a key may call those that it names.",
        (
            "`GET /v1/models` with the key, or `ralex-stack keys list`, tells what it may call",
            "make another: `ralex-stack keys create ALIAS --model NAME`",
        ),
        status=403,
    ),
    Entry(
        codes.MODEL_RESTED,
        "gateway",
        "all upstreams of a model failed a moment ago",
        "The gateway rests an upstream that fails for `routing.cooldown` seconds; a key that is "
        "refused rests it at once.",
        (
            "wait, and look for the first failure: `ralex-stack logs gateway`",
            "choose another model: `ralex-stack models` lists them",
            "give the model a fallback: `routing.fallbacks`, or a second model of the tier",
        ),
        status=424,
    ),
    Entry(
        codes.KEY_LIMITED,
        "gateway",
        "a key makes more requests than it may",
        "The limit of requests or tokens per minute of the key is reached; all sandboxes share one "
        "key.",
        (
            "wait a minute",
            "raise `gateway.sandbox_limit_rpm` or `gateway.client_limit_rpm`",
            "or make a key that may do more: `ralex-stack keys create ALIAS --rpm N`",
        ),
        status=429,
    ),
    Entry(
        codes.SESSION_HELD,
        "gateway",
        "a session of a client may call no model for a while",
        "Three of its answers in a row broke off, or it made more than "
        "`gateway.session_limit_rpm` requests within a minute: most likely a client that repeats "
        "itself without end.",
        (
            "wait a minute, then go on",
            "choose another model: `ralex-stack models` lists them",
            "`ralex-stack logs gateway` tells how its calls ended",
            "raise `gateway.session_limit_rpm` where that much work is meant",
        ),
        status=429,
    ),
    Entry(
        codes.PROVIDER_REFUSED_KEY,
        "gateway",
        "the provider refuses the key",
        "The key is wrong, was revoked, or may not use this model.",
        (
            "put a valid key where `providers.NAME.api_key` finds it, then run `ralex-stack up`",
            "choose another model: `ralex-stack models` lists them",
        ),
        status=401,
    ),
    Entry(
        codes.PROVIDER_REFUSED_REQUEST,
        "gateway",
        "the provider refuses the request",
        "The model does not take what was sent: a parameter, a tool, a picture, or content that "
        "is not allowed.",
        (
            "`ralex-stack logs gateway` tells what the provider said",
            "change the request, or `models.NAME.parameters`",
            "choose another model: `ralex-stack models` lists them",
        ),
        status=400,
    ),
    Entry(
        codes.PROVIDER_UNPAID,
        "gateway",
        "the provider wants payment",
        "The credit of the account at the provider is used up.",
        (
            "add credit at the provider",
            "choose another model: `ralex-stack models` lists them",
        ),
        status=402,
    ),
    Entry(
        codes.PROVIDER_MODEL_UNKNOWN,
        "gateway",
        "the provider does not know the model",
        "The name in `models.NAME.upstream` is wrong, or the provider has retired the model.",
        (
            "correct `models.NAME.upstream`, then run `ralex-stack up`",
            "choose another model: `ralex-stack models` lists them",
        ),
        status=404,
    ),
    Entry(
        codes.PROVIDER_BUSY,
        "gateway",
        "the provider takes no more calls for the moment",
        "A limit of the account or of the provider is reached. The gateway has tried again, and "
        "the fallbacks, where there are any.",
        (
            "wait a minute",
            "give the model a fallback: `routing.fallbacks`, or a second model of the tier",
        ),
        status=424,
    ),
    Entry(
        codes.PROVIDER_SILENT,
        "gateway",
        "the provider gave no answer in time",
        "It took the call and sent nothing within `routing.stream_timeout`, or no further piece "
        "within `routing.idle_timeout`. A local model may still be loading.",
        (
            "send it again",
            "choose another model: `ralex-stack models` lists them",
            "raise the limit for a model that thinks for long",
        ),
        status=424,
    ),
    Entry(
        codes.PROVIDER_UNREACHABLE,
        "gateway",
        "the provider cannot be reached",
        "Its name was not found, nothing listens there, or a network or proxy is in between.",
        (
            "check the network of this machine and `providers.NAME.api_base`",
            "a server on this machine is `host.docker.internal`, and has to listen on more "
            "than 127.0.0.1",
            "`ralex-stack logs gateway` tells which address was tried",
        ),
        status=424,
    ),
    Entry(
        codes.PROVIDER_FAILED,
        "gateway",
        "the provider failed",
        "It answered with an error of its own, or broke off. The gateway has tried again, and "
        "the fallbacks, where there are any.",
        (
            "send it again later",
            "`ralex-stack logs gateway` tells what the provider said",
            "choose another model: `ralex-stack models` lists them",
        ),
        status=424,
    ),
)
