"""What networks can be chosen on, beside their measured losses, and how well each basis does.

- `pairs`: losses of networks of three or more tasks predicted from those of pairs (HOA).
- `early`: losses early in training (ESA).
- `gradients`: what the tasks of one large network do to each other's losses while it is trained (TAG).

Every choice is reported on the same test losses, beside the best choice that they allow and random choices.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from taskaffinity.analysis.groups.affinity import groups_of_affinities
from taskaffinity.analysis.groups.choose import NetworkChoice, assign, choose
from taskaffinity.analysis.groups.networks import Networks
from taskaffinity.analysis.groups.single_joint import spearman
from taskaffinity.errors import InfeasibleError

RANDOM_CHOICES = 1000
FEWEST_TO_RANK = 3
LARGE = 3  # tasks of a network that HOA predicts


@dataclass(frozen=True)
class BasisResult:
    """What a basis would have chosen.

    Attributes
    ----------
    choices
        One for each budget; None where no choice within it serves every target. Their reports are on test
        losses.
    rho
        Spearman's ρ between the basis and the test losses, over networks of several tasks and their targets
        that it predicts; NaN for fewer than `FEWEST_TO_RANK`.
    """

    choices: list[NetworkChoice | None]
    rho: float


def result_of(
    basis: Networks, test: Networks, budgets: Sequence[float], fewest: int = 2, time_limit: float | None = 600
) -> BasisResult:
    """Choose on a basis within each budget, and report on test losses.

    Parameters
    ----------
    basis
        What is chosen on.
    test
        The same networks.
    budgets
        What the networks may cost together.
    fewest
        Tasks of a network at the least, for its predictions to count in the correlation.
    time_limit
        Seconds for each budget.
    """
    chosen: list[NetworkChoice | None] = []
    for budget in budgets:
        try:
            chosen += choose(basis, [budget], report=test, time_limit=time_limit)
        except InfeasibleError:
            chosen.append(None)
    return BasisResult(chosen, _correlation(basis, test, fewest))


def _correlation(basis: Networks, test: Networks, fewest: int) -> float:
    rows = [test.names.index(name) for name in basis.names]
    columns = [test.targets.index(name) for name in basis.targets]
    measured = test.loss[np.ix_(rows, columns)]
    counts = basis.serves & ~np.isnan(measured) & (basis.serves.sum(axis=1) >= fewest)[:, None]
    if counts.sum() < FEWEST_TO_RANK:
        return float("nan")
    sign = -1.0 if basis.higher_is_better else 1.0
    return float(spearman(sign * basis.loss[counts][None], measured[counts][None])[0])


def by_interference(test: Networks, interference: Mapping[str, Mapping[str, float]]) -> Networks:
    """Predict the worth of measured networks from what tasks do to each other's losses.

    Parameters
    ----------
    test
        The networks; those with tasks that were not in the large network are left out.
    interference
        ``{i: {j: what i does to j}}``, higher is better.
    """
    tasks = [name for name in test.targets if name in interference]
    affinity = np.array([[interference[acting].get(on, 0.0) for acting in tasks] for on in tasks])
    groups = groups_of_affinities(affinity, tasks)
    worth = {tuple(row): value for row, value in zip(groups.serves.tolist(), groups.loss, strict=True)}
    columns = [test.targets.index(name) for name in tasks]
    members = test.serves[:, columns]
    kept = np.flatnonzero((members.sum(axis=1) == test.serves.sum(axis=1)) & members.any(axis=1))
    return Networks(
        tuple(test.names[row] for row in kept), test.cost[kept], tuple(tasks),
        np.array([worth[tuple(members[row].tolist())] for row in kept]).reshape(len(kept), len(tasks)),
        higher_is_better=True,
    )  # fmt: skip


def random_choices(networks: Networks, budget: float, seed: int = 0) -> list[float]:
    """Draw networks at random: in random order, as long as the budget allows.

    Returns
    -------
    list
        The sums of their losses, every target served by the best of the drawn networks. Draws that do not
        serve every target do not count.
    """
    rng, sums = np.random.default_rng(seed), []
    for _ in range(RANDOM_CHOICES):
        order = rng.permutation(len(networks.names))
        spent, used = 0.0, []
        for row in order:
            if spent + networks.cost[row] <= budget + 1e-9:
                spent += float(networks.cost[row])
                used.append(int(row))
        rows = np.array(sorted(used), int)
        if len(rows) and networks.serves[rows].any(axis=0).all():
            sums.append(assign(networks, rows)[1])
    return sums


def relative(networks: Networks, reference: Mapping[str, float]) -> Networks:
    """Divide the losses of each target by a reference: targets in different units can then be added up."""
    scale = np.array([reference[target] for target in networks.targets])
    return replace(networks, loss=networks.loss / scale)


def only_finite(networks: Networks) -> Networks:
    """Leave out networks that diverged on a target."""
    kept = np.flatnonzero(~np.isinf(networks.loss).any(axis=1))
    return replace(
        networks, names=tuple(networks.names[row] for row in kept), cost=networks.cost[kept],
        loss=networks.loss[kept],
    )  # fmt: skip
