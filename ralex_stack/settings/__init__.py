"""The typed settings file: models, loading with provenance, checks, schema."""

from ralex_stack.settings.root import Settings

__all__ = ["Settings"]
