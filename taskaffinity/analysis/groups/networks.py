"""Networks that serve one or more tasks each, with their cost and their loss on every task they serve.

Axes: n networks, T targets.
"""

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import numpy as np

from taskaffinity.analysis.cells import read_cells
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
    rows = read_cells(path, COLUMNS)
    return networks_of((_checked(cells, f"{path}: line {line}") for line, cells in rows), higher_is_better)


class NetworkLoss(NamedTuple):
    """The loss of one network on one target, and the place that an error names."""

    network: str
    cost: float
    target: str
    loss: float
    place: str


def _checked(cells: Mapping[str, str], place: str) -> NetworkLoss:
    """Return a row with its numbers read."""
    network, target = cells["network"], cells["target"]
    if not network or not target:
        raise TableError(f"{place} has no {'target' if network else 'network'}; fill it in")
    cost = _number(cells["cost"], f"{place} ({network}): cost")
    if cost < 0:
        raise TableError(f"{place} ({network}): cost is {cost:g}; give a number of at least 0")
    loss = _number(cells["loss"], f"{place} ({network} on {target}): loss")
    return NetworkLoss(network, cost, target, loss, place)


def _number(text: str, what: str) -> float:
    try:
        number = float(text)
    except ValueError:
        number = math.nan
    if not math.isfinite(number):
        raise TableError(f"{what} is {text!r}; give a finite number")
    return number


def networks_of(rows: Iterable[NetworkLoss], higher_is_better: bool = False) -> Networks:
    """Gather the losses of networks.

    Raises
    ------
    TableError
        A network has two costs, or serves a target twice.
    """
    costs: dict[str, float] = {}
    losses: dict[tuple[str, str], float] = {}
    targets: dict[str, int] = {}
    for network, cost, target, loss, place in rows:
        earlier_cost = costs.setdefault(network, cost)
        if earlier_cost != cost:
            raise TableError(
                f"{place} has network {network!r} cost {cost:g}, and {earlier_cost:g} before; correct one"
            )
        if (network, target) in losses:
            raise TableError(f"{place} has network {network!r} serve {target!r} a second time; keep one row")
        losses[network, target] = loss
        targets.setdefault(target, len(targets))
    position = {name: index for index, name in enumerate(costs)}
    values = np.full((len(costs), len(targets)), np.nan)
    for (network, target), loss in losses.items():
        values[position[network], targets[target]] = loss
    return Networks(tuple(costs), np.array([*costs.values()]), tuple(targets), values, higher_is_better)
