"""Where the gateway keeps virtual keys, teams and spend, if it does."""

from __future__ import annotations

from typing import Literal

from ralex_stack.settings.secret import SecretReference

Database = Literal["none", "postgres"] | SecretReference
"""`postgres` is one of the stack's own; a reference holds the URL of another."""

PrismaEngine = Literal["native", "wasm"]
"""How LiteLLM's database client is made: Prisma's own program, or the one in npm packages."""
