"""What all sections of the settings share."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, get_args

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    ValidationInfo,
    field_validator,
    model_validator,
)
from pydantic_core import PydanticCustomError

if TYPE_CHECKING:
    from pydantic.fields import FieldInfo

Name = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9._-]{0,62}$")]
"""A name of a stack, tier, model or provider: lower case, digits, dot, dash, underscore."""

KeyName = Annotated[str, Field(pattern=r"^([a-z0-9][a-z0-9._-]{0,62}|virtual:\S.{0,127})$")]
"""A name of a key: of one of the stack's own, or of one of LiteLLM's, `virtual:ALIAS`."""

Usd = Annotated[float, Field(ge=0, allow_inf_nan=False)]
"""An amount of money in US dollars."""

Seconds = Annotated[float, Field(gt=0, allow_inf_nan=False)]
"""A duration in seconds."""

Memory = Annotated[str, Field(pattern=r"^[1-9][0-9]*[kmg]$")]
"""An amount of memory as Docker writes it: `512m`, `2g`."""

Port = Annotated[int, Field(ge=1, le=65535)]
"""A TCP port."""


def _takes(annotation: Any, kind: object) -> bool:
    return annotation is kind or any(_takes(inner, kind) for inner in get_args(annotation))


class Section(BaseModel):
    """A table of the settings file: immutable, unknown keys refused."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    @field_validator("*", mode="before")
    @classmethod
    def _refuse_truth_for_numbers(cls, value: Any, info: ValidationInfo) -> Any:
        """Python takes `true` for 1, and so does pydantic; in a settings file it is a mistake."""
        field = cls.model_fields.get(info.field_name or "")
        if isinstance(value, bool) and field and not _takes(field.annotation, bool):
            for kind, name in ((int, "integer"), (float, "number")):
                if _takes(field.annotation, kind):
                    raise PydanticCustomError("number_type", f"Input should be a valid {name}")
        return value

    @model_validator(mode="before")
    @classmethod
    def _keep_defaults_of_tables(cls, data: Any) -> Any:
        """A table that is given in part keeps the rest of what the table around it has there."""
        if not isinstance(data, dict):
            return data
        return {name: _over_default(cls.model_fields.get(name), data[name]) for name in data}


def _over_default(field: FieldInfo | None, value: Any) -> Any:
    default = field.default if field else None
    if isinstance(default, Section) and isinstance(value, dict):
        return {**default.model_dump(exclude_unset=True), **value}
    return value


class Resources(Section):
    """Upper limits of one container."""

    memory: Memory = Field("1g", description="Memory limit, as `512m` or `2g`.")
    cpus: float = Field(2.0, gt=0, le=1024, description="CPU limit in cores.")
    pids: int = Field(512, ge=16, le=65536, description="Limit of processes and threads.")
