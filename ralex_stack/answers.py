"""Codes of the edge's own answers, as clients see them."""

from __future__ import annotations

PATH_CLOSED = "path_closed"
UPSTREAM_AWAY = "upstream_away"
