"""Networks that serve one or more tasks each, with their cost and their loss on every task they serve.

Axes: n networks, T targets.
"""

import math
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from taskaffinity.errors import TableError

COLUMNS = ("network", "cost", "target", "loss")


@dataclass(frozen=True)
class Networks:
    """A table of networks.

    Attributes
    ----------
    names
        Names of the n networks.
    cost
        float64 (n,), what running each costs, at least 0.
    targets
        Names of the T targets.
    loss
        float64 (n, T), NaN where a network does not serve a target; lower is better, unless
        `higher_is_better`.
    higher_is_better
        Whether `loss` holds accuracies, gains, or the like.
    """

    names: tuple[str, ...]
    cost: np.ndarray
    targets: tuple[str, ...]
    loss: np.ndarray
    higher_is_better: bool = False

    @property
    def serves(self) -> np.ndarray:
        """Which network serves which target: bool (n, T)."""
        return ~np.isnan(self.loss)


def read_networks(path: Path, higher_is_better: bool = False) -> Networks:
    """Read a table of networks.

    Parameters
    ----------
    path
        A CSV with columns ``network``, ``cost``, ``target`` and ``loss``, one row per network and target that
        it serves. Other columns are ignored. Networks and targets keep the order in which they first appear.
    higher_is_better
        Whether the losses are accuracies, gains, or the like.

    Raises
    ------
    TableError
        The file cannot be read, lacks a column, or has a row that cannot be used; the message names the line.
    """
    try:
        table = pd.read_csv(path, dtype=str, keep_default_na=False, index_col=False, skip_blank_lines=False)
    except (OSError, ValueError) as error:
        reason = " ".join(str(error).split())
        raise TableError(
            f"{path} is not a readable table ({reason}); give a CSV with columns {', '.join(COLUMNS)}"
        ) from None
    missing = [name for name in COLUMNS if name not in table]
    if missing:
        raise TableError(f"{path} has no column {missing[0]!r}; it needs {', '.join(COLUMNS)}")
    if table.empty:
        raise TableError(f"{path} has no rows; give at least one network")
    rows = zip(*(table[name].str.strip().tolist() for name in COLUMNS), strict=True)
    return networks_of(_checked_rows(rows, path), path, higher_is_better)


def _checked_rows(
    rows: Iterable[tuple[str, ...]], path: Path
) -> Iterable[tuple[str, float, str, float, str]]:
    """Yield network, cost, target, loss, and where they stand."""
    for line, (network, cost, target, loss) in enumerate(rows, start=2):
        if not any((network, cost, target, loss)):
            continue
        place = f"{path}: line {line}"
        if not network or not target:
            raise TableError(f"{place} has no {'target' if network else 'network'}; fill it in")
        number = _number(cost, f"{place} ({network}): cost")
        if number < 0:
            raise TableError(f"{place} ({network}): cost is {cost}; give a number of at least 0")
        yield network, number, target, _number(loss, f"{place} ({network} on {target}): loss"), place


def _number(text: str, what: str) -> float:
    try:
        number = float(text)
    except ValueError:
        number = math.nan
    if not math.isfinite(number):
        raise TableError(f"{what} is {text!r}; give a finite number")
    return number


def networks_of(
    rows: Iterable[tuple[str, float, str, float, str]], origin: object, higher_is_better: bool = False
) -> Networks:
    """Gather rows of network, cost, target, loss, and the place that an error names.

    Raises
    ------
    TableError
        A network has two costs, or serves a target twice.
    """
    costs: dict[str, float] = {}
    losses: dict[tuple[str, str], float] = {}
    targets: dict[str, int] = {}
    for network, cost, target, loss, place in rows:
        if costs.setdefault(network, cost) != cost:
            raise TableError(
                f"{place} has network {network!r} cost {cost:g}, and {costs[network]:g} before; correct one"
            )
        if (network, target) in losses:
            raise TableError(f"{place} has network {network!r} serve {target!r} a second time; keep one row")
        losses[network, target] = loss
        targets.setdefault(target, len(targets))
    if not losses:
        raise TableError(f"{origin} has no networks; give at least one")
    position = {name: index for index, name in enumerate(costs)}
    values = np.full((len(costs), len(targets)), np.nan)
    for (network, target), loss in losses.items():
        values[position[network], targets[target]] = loss
    return Networks(tuple(costs), np.array([*costs.values()]), tuple(targets), values, higher_is_better)
