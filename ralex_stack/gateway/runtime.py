"""What Python is told about LiteLLM, most of whose many objects stay for good."""

from __future__ import annotations

import gc
import logging
import os
import sys

from ralex_stack.gateway.names import COLLECTOR

THRESHOLDS = (50_000, 20, 50)
"""For the garbage collector: at its defaults it goes over all of them again and again."""

UNUSED = ("opentelemetry.sdk", "litellm.integrations.otel.logger")
"""LiteLLM imports the second, which needs the first, for each call: none is needed then."""


def before_loading() -> None:
    """Have the collector run less often, also while LiteLLM is imported."""
    gc.set_threshold(*THRESHOLDS)
    if COLLECTOR not in os.environ:
        # Python's own mark for a module that cannot be imported: it is not looked for.
        sys.modules.update(dict.fromkeys(UNUSED))  # type: ignore[arg-type]
    else:
        # LiteLLM sets attributes of spans that have ended, and the SDK warns of each.
        logging.getLogger("opentelemetry.sdk.trace").setLevel(logging.ERROR)


def after_loading() -> None:
    """Let the collector pass over what is there once LiteLLM has answered its first calls."""
    if not gc.get_freeze_count():
        # Once: what is there at a later call is of that call, and would never be freed.
        gc.collect()
        gc.freeze()
