"""Random policies that spend the budget, to hold a taxonomy against.

The paper's practice (section 4, "significance of the structure"): random feasible taxonomies that use the
maximum allowable supervision budget. A policy is drawn in two steps:

1. Sources, in random order, are bought as long as they can be paid. With equal costs every source set of that
size
   is equally likely; with unequal costs every order of buying is.
2. A target that is bought uses its own network. Any other takes one of the transfers that the sources allow,
each
   equally likely.

A draw that leaves a target without a transfer is thrown away.
"""

from dataclasses import dataclass

import numpy as np

from taskaffinity.analysis.taxonomy.program import Program
from taskaffinity.errors import InfeasibleError

BLOCK = 2_000_000  # numbers held at a time
ATTEMPTS = 200  # draws per policy wanted, before it is given up


@dataclass(frozen=True)
class Policies:
    """Random policies.

    Attributes
    ----------
    bought
        bool (N, S).
    chosen
        int (N, T), the row of the program that each target takes.
    """

    bought: np.ndarray
    chosen: np.ndarray

    def means(self, values: np.ndarray) -> np.ndarray:
        """Average what is known of a value of the rows, float64 (E,), over the targets: float64 (N,)."""
        picked = values[self.chosen]
        known = ~np.isnan(picked)
        return np.where(known, picked, 0.0).sum(axis=1) / np.where(
            known.any(axis=1), known.sum(axis=1), np.nan
        )


def draw(program: Program, budget: float, count: int, seed: int) -> Policies:
    """Draw random feasible policies.

    Parameters
    ----------
    program
        With all its transfers, dominated ones included.
    budget
        What the sources may cost.
    count
        How many policies, N.
    seed
        Of the generator.

    Raises
    ------
    InfeasibleError
        Almost no source set of the budget reaches every target.
    """
    generator = np.random.default_rng(seed)
    at_once = max(1, min(count, BLOCK // len(program.target)))
    bought, chosen, drawn, kept = [], [], 0, 0
    while kept < count:
        if drawn >= ATTEMPTS * count:
            raise InfeasibleError(
                f"only {kept} of {drawn} random policies of budget {budget:g} reach every target; "
                "raise the budget, or draw fewer with --random"
            )
        sources = _source_sets(program, budget, at_once, generator)
        policy, reaches = _policies(program, sources, generator)
        bought.append(sources[reaches])
        chosen.append(policy[reaches])
        drawn, kept = drawn + at_once, kept + int(reaches.sum())
    return Policies(np.concatenate(bought)[:count], np.concatenate(chosen)[:count])


def _source_sets(program: Program, budget: float, count: int, generator: np.random.Generator) -> np.ndarray:
    """Buy sources in random order while they can be paid: bool (count, S)."""
    bought = np.tile(program.required, (count, 1))
    left = budget - bought @ program.cost
    order = generator.random(bought.shape).argsort(axis=1)
    policies = np.arange(count)
    for source in order.T:
        affordable = (program.cost[source] <= left + 1e-9) & ~bought[policies, source]
        bought[policies, source] |= affordable
        left -= np.where(affordable, program.cost[source], 0.0)
    return bought


def _policies(
    program: Program, bought: np.ndarray, generator: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """Choose transfers uniformly: rows int (N, T), and whether every target has one, bool (N,)."""
    present = bought.astype(float)
    bought_members = np.asarray(program.members @ present.T).T  # (N, E)
    allowed = bought_members >= program.size
    own = (program.own_source >= 0) & bought[:, program.own_source]  # (N, T)
    allowed &= program.own | ~own[:, program.target]
    lots = np.where(allowed, generator.random(allowed.shape), -1.0)
    ends = np.append(program.starts[1:], len(program.target))
    spans = list(zip(program.starts, ends, strict=True))
    chosen = np.stack([begin + lots[:, begin:end].argmax(axis=1) for begin, end in spans], axis=1)
    return chosen, np.all(np.take_along_axis(lots, chosen, axis=1) >= 0, axis=1)
