"""What the Boolean program maximises."""

from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd

from taskaffinity.errors import InputError, TableError

SQRT_RANGE = (1e-5, 1.0)  # of Taskonomy's web solver


def objective_values(
    table: pd.DataFrame, objective: str, gain: pd.DataFrame | None, quality: pd.DataFrame | None
) -> dict[str, Any]:
    """Look up what is known of each transfer, and what it is worth.

    Parameters
    ----------
    table
        Transfers: columns ``target``, ``sources``, ``affinity``, optionally ``transfer_size``.
    objective
        One of `taskaffinity.analysis.plan.options.OBJECTIVES`. The paper maximises ``affinity`` (section
        3.4); ``sqrt`` evens out targets whose affinity is spread over few or many transfers.
    gain, quality
        Win rates of the transfers.

    Returns
    -------
    dict
        float64 arrays, one value a transfer: ``value``, and ``affinity``, ``gain``, ``quality`` (NaN where
        unknown).

    Raises
    ------
    InputError
        The objective needs a table that was not given.
    TableError
        The objective's table lacks a transfer.
    """
    affinity = table["affinity"].to_numpy(float)
    known = {
        "affinity": affinity,
        "gain": look_up(table, gain, "gain"),
        "quality": look_up(table, quality, "quality"),
    }
    if objective in ("affinity", "sqrt"):
        return {"value": worth(affinity, objective), **known}
    value = known[objective]
    if (gain if objective == "gain" else quality) is None:
        raise InputError(f"objective {objective!r} needs a table of {objective}; give one with --{objective}")
    if np.isnan(value).any():
        first = table.iloc[int(np.flatnonzero(np.isnan(value))[0])]
        raise TableError(f"{objective} has no row for {first['target']} from {first['sources']}; add it")
    return {"value": value, **known}


def worth(affinity: np.ndarray, objective: str) -> np.ndarray:
    """Return what affinities count under ``affinity`` or ``sqrt``, element by element."""
    return np.sqrt(affinity.clip(0)).clip(*SQRT_RANGE) if objective == "sqrt" else affinity


def look_up(table: pd.DataFrame, rates: pd.DataFrame | None, value: str) -> np.ndarray:
    """Return a column of `rates` for the transfers of `table`, NaN where there is none.

    Transfers of different sizes are kept apart where both tables have a size.
    """
    if rates is None:
        return np.full(len(table), np.nan)
    missing = [name for name in ("target", "sources", value) if name not in rates]
    if missing:
        raise TableError(f"the table of {value} has no column {missing[0]!r}; add it")
    key = ["target", "sources"]
    if "transfer_size" in table and "transfer_size" in rates:
        key.append("transfer_size")
    known = dict(zip(_keys(rates, key), rates[value].to_numpy(float), strict=True))
    return np.array([known.get(transfer, np.nan) for transfer in _keys(table, key)], float)


def _keys(table: pd.DataFrame, columns: list[str]) -> Iterator[tuple[object, ...]]:
    """Yield what tells the transfers of a table apart; an unknown size is None."""
    lists = [table[name].astype(object).where(table[name].notna(), None).tolist() for name in columns]
    return zip(*lists, strict=True)
