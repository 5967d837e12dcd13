"""What every section of a configuration is made of: strict numbers, and no unknown keys."""

from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field


def _whole(value: Any) -> Any:
    """Refuse values that pydantic would silently convert to an integer: true, "5", 5.0."""
    if not isinstance(value, int) or isinstance(value, bool):
        raise ValueError(f"must be a whole number, got {value!r}")
    return value


def _number(value: Any) -> Any:
    """Refuse a Boolean where a number is expected. Text passes, because YAML reads 1e-3 as text."""
    if isinstance(value, bool):
        raise ValueError(f"must be a number, got {value!r}")
    return value


Int = Annotated[int, BeforeValidator(_whole)]
Float = Annotated[float, BeforeValidator(_number)]
PositiveInt = Annotated[Int, Field(ge=1)]
Share = Annotated[Float, Field(ge=0, le=1)]


class Section(BaseModel):
    """A section: unknown keys are faults, and nothing changes once it is validated."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)
