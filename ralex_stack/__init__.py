"""The controller of ralex-stack: one typed settings file in, a running coding stack out."""

__version__ = "2.0.0.dev0"
