"""What can go wrong with metrics."""

from __future__ import annotations

from ralex_stack.catalogue.entry import Entry

ENTRIES = (
    Entry(
        "metrics-none",
        "stack",
        "the stack has no Prometheus",
        "Nothing measures a stack whose settings do not ask for it.",
        ("set `metrics.enabled = true`, and run `ralex-stack up`",),
    ),
)
