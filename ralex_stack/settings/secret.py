"""References to secrets: the settings say where a secret is, never what it is."""

from __future__ import annotations

import re
from typing import Any

from pydantic import Field, model_validator

from ralex_stack.settings.base import Section

_KEY_LIKE = re.compile(
    r"^(sk-|sk_|pk-|gsk_|xai-|AIza|ghp_|github_pat_|glpat-|hf_|AKIA|eyJ)[\w.-]{8,}$"
    r"|^(?=.*[a-z])(?=.*[A-Z])(?=.*\d)[A-Za-z0-9+/_=-]{32,}$"
    r"|^[0-9a-f]{32,}$"
)


def looks_like_key(text: str) -> bool:
    """Whether a literal has the shape of a credential."""
    return bool(_KEY_LIKE.match(text.strip()))


class SecretReference(Section):
    """Where a secret comes from: exactly one of `env`, `file`, `command`."""

    env: str | None = Field(None, min_length=1, description="Name of an environment variable.")
    file: str | None = Field(
        None,
        min_length=1,
        description="Path of a file; relative to the settings file. Trailing newline is dropped.",
    )
    command: str | None = Field(
        None,
        min_length=1,
        description="Shell command that prints the secret, e.g. `pass show openrouter`.",
    )

    @model_validator(mode="before")
    @classmethod
    def _refuse_literal(cls, value: Any) -> Any:
        if isinstance(value, str):
            raise ValueError(
                "a secret is a reference, never a literal: "
                '{ env = "NAME" }, { file = "PATH" } or { command = "…" }'
            )
        return value

    @model_validator(mode="after")
    def _exactly_one(self) -> SecretReference:
        if sum(part is not None for part in (self.env, self.file, self.command)) != 1:
            raise ValueError("give exactly one of env, file, command")
        return self

    def __str__(self) -> str:
        """How messages name the place, e.g. `environment variable OPENROUTER_API_KEY`."""
        if self.env is not None:
            return f"environment variable {self.env}"
        if self.file is not None:
            return f"file {self.file}"
        return f"command `{self.command}`"
