"""What is asked of a plan: one frozen record, validated once, the same for every way to ask."""

import math
import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Any

from taskaffinity.errors import InputError

OBJECTIVES = ("affinity", "sqrt", "gain", "quality")

_AMOUNT = re.compile(r"\s*([0-9.]+(?:[eE][+-]?\d+)?)\s*([kMGT%]?)\s*")
_UNITS = {"": 1.0, "k": 1e3, "M": 1e6, "G": 1e9, "T": 1e12}


@dataclass(frozen=True)
class Share:
    """A share of the computation of all encoders in play, in (0, 1]."""

    value: float

    def __post_init__(self) -> None:
        if not 0 < self.value <= 1:
            raise InputError(f"compute {100 * self.value:g}% is not within 0% and 100%; give e.g. 50%")


@dataclass(frozen=True, kw_only=True)
class PlanOptions:
    """What is asked of a plan.

    Attributes
    ----------
    budget
        What the labels may cost together, at least 0; None for no such limit.
    compute
        What the encoders in use may cost together at inference, at least 0, in the unit of their costs; or a
        `Share` of the cost of all encoders in play; or text such as ``"2.5"``, ``"1.2G"`` or ``"50%"``; None
        for no such limit.
    order
        Highest number of sources of a transfer, at least 1; None for as many as were measured.
    objective
        What is maximised: ``affinity``, ``sqrt`` (its root, clipped to [1e-5, 1]), ``gain`` or ``quality``.
    importance
        Weight of a target, at least 0; 1 where none is given.
    label_cost
        What all labels of a task cost, at least 0; 1 where none is given.
    compute_cost
        What running a source's encoder costs, at least 0; where none is given, the operations that
        ``sources.csv`` has.
    excluded
        Sources that must not be used.
    required
        Sources that must be used.
    novel
        Targets that have no labels to buy: no source that needs them can be used.
    transfer_size
        Of transfers that were measured at several sizes, the size to take; None for the best of them.

    Raises
    ------
    InputError
        No budget is given, or a value is out of range.
    """

    budget: float | None = None
    compute: float | str | Share | None = None
    order: int | None = None
    objective: str = "affinity"
    importance: Mapping[str, float] = field(default_factory=dict)
    label_cost: Mapping[str, float] = field(default_factory=dict)
    compute_cost: Mapping[str, float] = field(default_factory=dict)
    excluded: Collection[str] = frozenset()
    required: Collection[str] = frozenset()
    novel: Collection[str] = frozenset()
    transfer_size: int | None = None

    def __post_init__(self) -> None:
        if self.budget is None and self.compute is None:
            raise InputError("a plan needs a budget; give one of labels, of computation, or both")
        if self.budget is not None:
            object.__setattr__(self, "budget", _not_negative(self.budget, "budget"))
        if self.compute is not None:
            object.__setattr__(self, "compute", read_compute(self.compute))
        _require_whole(self.order, "order", "a transfer has at least one source")
        _require_whole(self.transfer_size, "transfer size", "give a size that was measured")
        if self.objective not in OBJECTIVES:
            raise InputError(f"objective {self.objective!r} is unknown; choose from {', '.join(OBJECTIVES)}")
        for name, what in (
            ("importance", "importance"),
            ("label_cost", "label cost"),
            ("compute_cost", "compute cost"),
        ):
            numbers = {
                key: _not_negative(value, f"{what} of {key!r}") for key, value in getattr(self, name).items()
            }
            object.__setattr__(self, name, MappingProxyType(numbers))
        for name in ("excluded", "required", "novel"):
            given = getattr(self, name)
            object.__setattr__(self, name, frozenset([given] if isinstance(given, str) else given))
        if both := sorted(set(self.required) & {*self.excluded, *self.novel}):
            raise InputError(f"source {both[0]!r} is both required and excluded; choose one")

    def __getstate__(self) -> dict[str, Any]:
        """Pickle mappings as plain dictionaries."""
        return {
            name: dict(value) if isinstance(value, Mapping) else value for name, value in vars(self).items()
        }

    def without_amounts(self) -> "PlanOptions":
        """Return the same options with budgets of 0 in place of those that are set."""
        return replace(
            self,
            budget=None if self.budget is None else 0.0,
            compute=None if self.compute is None else 0.0,
        )

    @property
    def forces_own(self) -> bool:
        """Whether a target whose labels are bought must use its own network: under a label budget alone."""
        return self.compute is None


def read_compute(given: float | str | Share) -> float | Share:
    """Read a budget of computation: a number, a number with k, M, G or T, or a percentage.

    Raises
    ------
    InputError
        The text is none of these, or the number is below 0.

    Examples
    --------
    >>> read_compute("1.5G")
    1500000000.0
    >>> read_compute("50%")
    Share(value=0.5)
    """
    if isinstance(given, Share):
        return given
    if not isinstance(given, str):
        return _not_negative(given, "compute")
    match = _AMOUNT.fullmatch(given)
    try:
        number = float(match[1]) if match else math.nan
    except ValueError:
        number = math.nan
    if match is None or not math.isfinite(number):
        raise InputError(f"compute {given!r} is not an amount; give e.g. 1.5, 2G or 50%")
    return Share(number / 100) if match[2] == "%" else number * _UNITS[match[2]]


def write_compute(amount: float) -> str:
    """Write an amount of computation in three digits, as `read_compute` reads it.

    Examples
    --------
    >>> write_compute(14_942_200), write_compute(2.5)
    ('14.9M', '2.5')
    """
    unit = max((unit for unit, size in _UNITS.items() if size <= amount), key=_UNITS.__getitem__, default="")
    return f"{amount / _UNITS[unit]:.3g}{unit}"


def _not_negative(value: Any, what: str) -> float:
    try:
        number = float(value)
    except (TypeError, ValueError):
        raise InputError(f"{what} is {value!r}; give a number of at least 0") from None
    if not (math.isfinite(number) and number >= 0):
        raise InputError(f"{what} is {value:g}; give a finite number of at least 0")
    return number


def _require_whole(value: int | None, what: str, why: str) -> None:
    if value is not None and (isinstance(value, bool) or value != int(value) or value < 1):
        raise InputError(f"{what} {value} is below 1 or not whole; {why}")
