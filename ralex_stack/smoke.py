"""A call through the whole chain, from inside the sandbox to the provider and back."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from ralex_stack.errors import UnhealthyError
from ralex_stack.ports import EDGE_INNER
from ralex_stack.provider_faults import fault

if TYPE_CHECKING:
    from ralex_stack.engines.compose import ComposeEngine
    from ralex_stack.runner import Result
    from ralex_stack.settings import Settings

_WITHIN_SECONDS = 30
_ENDED_WITHIN = 4 * _WITHIN_SECONDS
"""Seconds for the call in a container that is made for it."""
_TIMED_OUT = 28
"""Exit code of curl for a call that was given up."""


def check(engine: ComposeEngine, settings: Settings) -> str:
    """Ask the small model for one token; returns the name of the model that was asked.

    The call goes OpenCode's container → edge → gateway → provider, and costs a few tokens.
    Raises UnhealthyError with the answer where there is no completion.
    """
    model = settings.opencode.small_model
    request = {
        "model": model,
        "max_tokens": 1,
        "messages": [{"role": "user", "content": "Answer with one word: ready"}],
    }
    arguments = [
        "curl",
        "--silent",
        "--show-error",
        "--max-time",
        str(_WITHIN_SECONDS),
        "--header",
        "Content-Type: application/json",
        "--data-binary",
        "@-",
        f"http://edge-inner:{EDGE_INNER}/v1/chat/completions",
    ]
    result = _ask(engine, settings, arguments, json.dumps(request))
    if result.code != 0 or not _is_completion(result.stdout):
        said = "" if result.code == _TIMED_OUT else result.stdout or result.stderr
        found = fault(said, model, settings)
        raise UnhealthyError(
            f"all services are healthy, but a test call of `{model}` got no completion: "
            f"{found.what}",
            hint=found.hint,
            code=found.code or "test-call-failed",
        )
    return model


def _ask(engine: ComposeEngine, settings: Settings, arguments: list[str], request: str) -> Result:
    if "opencode" in settings.stack.profiles:
        return engine.execute("opencode", arguments, check=False, stdin=request)
    program, *rest = arguments
    options = ["--no-TTY", "--entrypoint", program]
    with engine.one_off("workspace", options, rest) as command:
        return engine.runner.run(
            command,
            check=False,
            stdin=request,
            environment=engine.environment(),
            within=_ENDED_WITHIN,
        )


def _is_completion(text: str) -> bool:
    try:
        return bool(json.loads(text).get("choices"))
    except (ValueError, AttributeError):
        return False
