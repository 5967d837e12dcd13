"""The base class of all JSON records in a run folder: checked when read, frozen afterwards."""

from typing import Annotated, Any, Self

from pydantic import BaseModel, ConfigDict, Field, FiniteFloat, ValidationError

NonNegative = Annotated[float, Field(ge=0, allow_inf_nan=False)]
Rate = Annotated[float, Field(ge=0, le=1)]
Number = FiniteFloat


class Record(BaseModel):
    """Plain values with types. Keys that a later version adds are kept and written back."""

    model_config = ConfigDict(frozen=True, extra="allow")

    @classmethod
    def read(cls, content: bytes) -> Self:
        """Read JSON.

        Raises
        ------
        ValueError
            It is not JSON, or not such a record; the message names the first fault in one line.
        """
        try:
            return cls.model_validate_json(content)
        except ValidationError as error:
            raise ValueError(fault_of(error)) from None

    def plain(self) -> dict[str, Any]:
        """Return what was said as plain values; what was left out stays out."""
        return self.model_dump(exclude_unset=True)


def fault_of(error: ValidationError) -> str:
    """Describe the first fault of a record in one line."""
    first = error.errors(include_url=False)[0]
    place = ".".join(map(str, first["loc"]))
    said = str(first["msg"]).replace("Input should", "must", 1)
    return " ".join(f"{place}: {said}".removeprefix(": ").split())
