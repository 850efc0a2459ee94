"""Codes of the edge's own answers, as clients see them."""

from __future__ import annotations

UPSTREAM_AWAY = "upstream_away"
