"""Names that the gateway's parts, which run in different processes, have in common."""

WARM_UP_MODEL = "ralex-stack:warm-up"
"""Model that answers by itself: the health check asks it, clients do not see it listed."""
