"""What Python is told about LiteLLM, most of whose many objects stay for good."""

from __future__ import annotations

import gc
import sys

THRESHOLDS = (50_000, 20, 50)
"""For the garbage collector: at its defaults it goes over all of them again and again."""

UNUSABLE = "litellm.integrations.otel.logger"
"""LiteLLM imports it for each call, and each import fails: its OpenTelemetry SDK is not here."""


def before_loading() -> None:
    """Have the collector run less often, also while LiteLLM is imported."""
    gc.set_threshold(*THRESHOLDS)


def after_loading() -> None:
    """Let the collector pass over what is there once LiteLLM has answered its first calls."""
    if UNUSABLE not in sys.modules:
        # Python's own mark for a module that cannot be imported: it is not looked for again.
        sys.modules[UNUSABLE] = None  # type: ignore[assignment]
    if not gc.get_freeze_count():
        # Once: what is there at a later call is of that call, and would never be freed.
        gc.collect()
        gc.freeze()
