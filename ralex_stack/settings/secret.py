"""References to secrets: the settings say where a secret is, never what it is."""

from __future__ import annotations

import re
from typing import Any

from pydantic import ConfigDict, Field, model_validator

from ralex_stack.settings.base import Section

_PREFIXED = r"(sk-|sk_|pk-|gsk_|xai-|AIza|gh[oprsu]_|github_pat_|glpat-|hf_|AKIA|xox[abp]-|eyJ)"
_KEY = re.compile(rf"^{_PREFIXED}[\w.-]{{8,}}$|^[0-9a-fA-F]{{32,}}$")
_KEY_WITHIN = re.compile(rf"(?<![\w-]){_PREFIXED}(?=[\w.-]*\d)[\w.-]{{16,}}")
_PASSWORD_IN_URL = re.compile(r"://[^/\s@:?#]*:(?!\$)[^/\s@?#]+@")
# Random text in base64 has long runs of all three kinds; names of models and paths have not.
_RANDOM = re.compile(r"^[A-Za-z0-9+/=_-]{32,}$")
_RUN = re.compile(r"(?=[A-Z0-9]*[a-z])(?=[a-z0-9]*[A-Z])(?=[a-zA-Z]*\d)[A-Za-z0-9]{20,}")


def looks_like_key(text: str) -> bool:
    """Whether a literal has the shape of a credential, or one stands in it."""
    text = text.strip()
    if _KEY.search(text) or _KEY_WITHIN.search(text) or _PASSWORD_IN_URL.search(text):
        return True
    return bool(_RANDOM.match(text) and _RUN.search(text))


class SecretReference(Section):
    """Where a secret comes from: exactly one of `env`, `file`, `command`."""

    model_config = ConfigDict(json_schema_extra={"minProperties": 1, "maxProperties": 1})

    env: str | None = Field(
        None,
        pattern=r"^[A-Za-z_][A-Za-z0-9_]*$",
        description="Name of an environment variable.",
        examples=["OPENROUTER_API_KEY"],
    )
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
