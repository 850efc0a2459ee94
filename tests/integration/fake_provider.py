"""A stack with real providers, all of which are one container that fails as a model's name says."""

from __future__ import annotations

import json
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from containers import PROBES, inside
from harness import Stack
from testcontainers.core.container import DockerContainer

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from docker import DockerClient
    from harness import Json

FAULTS = (
    *("good", "slow", "no-end", "error-inside", "stalls", "hangs", "keeps-alive"),
    *("status-401", "status-429", "status-503", "unknown"),
)
"""Models, and what the provider does for each."""

STREAM_TIMEOUT, IDLE_TIMEOUT, SESSION_LIMIT = 2, 5, 25
PRICE = {"input": 1, "output": 2}
HOST = "provider.test"
COST = 0.25
"""USD, of each call that the provider answers."""

WARNED = ("warned", "fails-twice-warned", "hangs-warned")
"""Models with a limit of two calls, of which the webhook is told."""

HOOK_SECRET = "a-secret-of-the-webhook"

_ASK = """
import sys, urllib.request
sys.stdout.write(urllib.request.urlopen("http://127.0.0.1:8080" + sys.argv[1]).read().decode())
"""


class Outage(Stack):
    """A stack, and the provider that it calls."""

    provider: DockerContainer

    def calls(self, model: str) -> list[Json]:
        """The calls of a model that have reached the provider, oldest first."""
        return [call for call in self._told("/journal") if call["model"].endswith(f"/{model}")]

    def warnings(self, model: str) -> list[Json]:
        """What was posted to the webhook of the limit of a model, oldest first."""
        return [told for told in self._told("/hooks") if told["name"] == model]

    def _told(self, path: str) -> list[Json]:
        container = self.provider.get_wrapped_container()
        found: list[Json] = json.loads(inside(container, "python", "-c", _ASK, path).stdout)
        return found

    def inner(self, model: str, *, stream: bool = True) -> tuple[int, str]:
        """Status and body of a call as OpenCode's sandbox makes it."""
        body = {"model": model, "stream": stream, "messages": [{"role": "user", "content": "hi"}]}
        url = "http://edge-inner:8080/v1/chat/completions"
        options = ["--silent", "--max-time", "90", "--write-out", "\n%{http_code}"]
        kind = ["--header", "Content-Type: application/json", "--data-binary", "@-"]
        printed = self.inside("opencode", "curl", *options, *kind, url, stdin=json.dumps(body))
        text, _, status = printed.rpartition("\n")
        return int(status), text

    @contextmanager
    def serving(self) -> Iterator[None]:
        """With the provider there, of the gateway's own image, on the way out of the gateway."""
        made = DockerContainer(
            self.container("gateway").attrs["Config"]["Image"],
            entrypoint=["python", "-u", "-c", (PROBES / "provider.py").read_text()],
        )
        with made as self.provider:
            outside = self.client.networks.get(f"{self.project}_internet")
            outside.connect(made.get_wrapped_container(), aliases=[HOST])
            yield


def settings(key: Path, hook: Path) -> Json:
    """Models by FAULTS, and some at providers that are not there."""
    plain: Any = {"prefix": "openai", "paid": False}
    models: Json = {fault: _model(f"openrouter/x/{fault}") for fault in FAULTS}
    models |= {
        "refused": {"upstream": "closed/x"},
        "unknown-host": {"upstream": "nowhere/x"},
        "poor": _model("openrouter/x/good") | {"output": 16},
        "metered": _model("openrouter/x/good"),
        # Nothing else calls that one at the provider.
        "spent": _model("openrouter/x/status-500"),
        **{name: _model("openrouter/x/good") for name in WARNED},
    }
    return {
        "stack": {"provider": "real"},
        "providers": {
            "openrouter": {
                "api_base": f"http://{HOST}:8080/api/v1",
                "api_key": {"file": str(key)},
            },
            "closed": plain | {"api_base": f"http://{HOST}:1/v1"},
            "nowhere": plain | {"api_base": "http://no-such-host.invalid/v1"},
        },
        "models": models,
        "budget": {
            "webhook": {"file": str(hook)},
            "models": {
                "spent": {"daily": 0},
                **{name: {"daily": 2 * COST} for name in WARNED},
                "poor": {"daily": COST / 2},
                "metered": {"daily": 1000},
                "no-end": {"daily": 1000},
            },
        },
        "tiers": {tier: {"models": ["good"]} for tier in ("cheap", "standard", "smart")},
        "routing": {
            "retries": 0,
            "stream_timeout": STREAM_TIMEOUT,
            "idle_timeout": IDLE_TIMEOUT,
            # A rested deployment would hide from the next test what its provider does.
            "allowed_fails": 1000,
        },
        "gateway": {"session_limit_rpm": SESSION_LIMIT},
    }


def _model(upstream: str) -> Json:
    return {"upstream": upstream, "price": PRICE}


def make(directory: Path, engine: DockerClient) -> Outage:
    """The stack, not yet up, and where its provider is to be."""
    directory.mkdir(exist_ok=True)
    key = directory / "key"
    key.write_text("sk-or-v1-the-key-of-a-provider")
    hook = directory / "hook"
    hook.write_text(f"http://{HOST}:8080/hooks/{HOOK_SECRET}")
    return Outage(directory, engine, settings(key, hook))


@contextmanager
def brought_up(directory: Path, engine: DockerClient) -> Iterator[Outage]:
    """The stack with its provider, up; gone in the end."""
    made = make(directory, engine)
    try:
        # The provider is a container of the gateway's image, which this brings about.
        done = made.run("up", "--yes", code=1)
        assert "a test call of `tier:cheap` got no completion" in done.stderr, done.stderr
        assert "the provider cannot be reached" in done.stderr, done.stderr
        with made.serving():
            made.up()
            yield made
    finally:
        made.remove()
