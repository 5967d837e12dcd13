"""Losses of large networks, predicted from those of pairs: the higher-order approximation (HOA).

Standley et al., ICML 2020, section 6.2: the loss of a task in a network of three or more tasks is taken to be
the mean of its losses in the pairs that it forms with the others. Networks of one and two tasks are as
measured.
"""

from dataclasses import replace
from itertools import combinations

import numpy as np

from taskaffinity.analysis.groups.networks import Networks
from taskaffinity.errors import TableError


def from_pairs(networks: Networks) -> Networks:
    """Predict the losses of networks of three or more tasks.

    Parameters
    ----------
    networks
        n networks, T targets. Of a pair that was measured by several networks, those of the cost of the
        network that is predicted count, and where there are none, all of them; their mean is taken.

    Raises
    ------
    TableError
        A pair that is needed was not measured.
    """
    size = networks.serves.sum(axis=1)
    pairs: dict[frozenset[int], list[int]] = {}
    for network in np.flatnonzero(size == 2).tolist():
        pairs.setdefault(frozenset(np.flatnonzero(networks.serves[network]).tolist()), []).append(network)
    loss = networks.loss.copy()
    for network in np.flatnonzero(size > 2).tolist():
        tasks = np.flatnonzero(networks.serves[network]).tolist()
        of_pairs: dict[int, list[float]] = {task: [] for task in tasks}
        for first, second in combinations(tasks, 2):
            measured = _measured(networks, pairs, network, first, second)
            of_pairs[first].append(float(networks.loss[measured, first].mean()))
            of_pairs[second].append(float(networks.loss[measured, second].mean()))
        for task, losses in of_pairs.items():
            loss[network, task] = np.mean(losses)
    return replace(networks, loss=loss)


def _measured(
    networks: Networks, pairs: dict[frozenset[int], list[int]], network: int, first: int, second: int
) -> list[int]:
    """Return the networks of a pair that count for a larger network."""
    all_of_pair = pairs.get(frozenset((first, second)), [])
    if not all_of_pair:
        raise TableError(
            f"network {networks.names[network]!r} cannot be predicted: no network serves exactly "
            f"{networks.targets[first]!r} and {networks.targets[second]!r}; measure that pair, or use "
            "--from all"
        )
    alike = [pair for pair in all_of_pair if networks.cost[pair] == networks.cost[network]]
    return alike or all_of_pair
