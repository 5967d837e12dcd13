"""Random policies that spend the budgets, to compare a plan with.

The paper's practice (section 4, "significance of the structure"): random feasible taxonomies that use the
maximum allowable supervision budget. A policy is drawn in two steps:

1. Sources are taken in random order, each if the budgets can still pay what it needs. With equal costs every
   source set of that size is equally likely; with unequal costs every order of taking is.
2. A target whose labels are bought under a label budget alone uses its own network. Any other takes one of
   the transfers that the sources allow, each equally likely.

A draw that leaves a target without a transfer is thrown away.
"""

from dataclasses import dataclass

import numpy as np

from taskaffinity.analysis.plan.items import BUDGETS
from taskaffinity.analysis.plan.program import Program, with_rounding
from taskaffinity.errors import InfeasibleError

BLOCK = 2_000_000  # numbers held at a time
ATTEMPTS = 200  # draws per policy wanted, before it is given up


@dataclass(frozen=True)
class Policies:
    """Random policies, n of them.

    Attributes
    ----------
    bought
        bool (n, N), items.
    chosen
        int (n, T), the row of the program that each target takes.
    """

    bought: np.ndarray
    chosen: np.ndarray

    def means(self, values: np.ndarray) -> np.ndarray:
        """Average what is known of a value of the rows, float64 (E,), over the targets: float64 (n,)."""
        picked = values[self.chosen]
        is_known = ~np.isnan(picked)
        return np.where(is_known, picked, 0.0).sum(axis=1) / np.where(
            is_known.any(axis=1), is_known.sum(axis=1), np.nan
        )


def draw(program: Program, capacity: np.ndarray, count: int, seed: int) -> Policies:
    """Draw random feasible policies.

    Parameters
    ----------
    program
        With all its transfers, dominated ones included.
    capacity
        float64 (2,), what items may cost together, by budget.
    count
        How many policies, n.
    seed
        Of the generator.

    Raises
    ------
    InfeasibleError
        Almost no source set within the budgets reaches every target.
    """
    generator = np.random.default_rng(seed)
    at_once = max(1, min(count, BLOCK // len(program.target)))
    bought, chosen, drawn, kept = [], [], 0, 0
    while kept < count:
        if drawn >= ATTEMPTS * count:
            budgets = " and ".join(
                f"{name} {limit:g}"
                for name, limit in zip(("budget", "compute"), capacity, strict=True)
                if np.isfinite(limit)
            )
            raise InfeasibleError(
                f"only {kept} of {drawn} random policies of {budgets} reach every target; "
                "raise the budget, or draw fewer with --random"
            )
        items = _draw_items(program, capacity, at_once, generator)
        policy, reaches = _policies(program, items, generator)
        bought.append(items[reaches])
        chosen.append(policy[reaches])
        drawn, kept = drawn + at_once, kept + int(reaches.sum())
    return Policies(np.concatenate(bought)[:count], np.concatenate(chosen)[:count])


def _draw_items(
    program: Program, capacity: np.ndarray, count: int, generator: np.random.Generator
) -> np.ndarray:
    """Take sources in random order while they can be paid: the items bought, bool (count, N)."""
    items = program.items
    of_source = items.of_source.toarray() > 0  # (S, N)
    by_budget = np.where(items.paid_from == np.arange(len(BUDGETS))[:, None], items.cost, 0.0).T  # (N, 2)
    bought = np.tile(program.required_items, (count, 1))
    spent = bought @ by_budget
    order = generator.random((count, len(program.sources))).argsort(axis=1)
    for source in order.T:
        wanted = of_source[source] & ~bought
        total = spent + wanted @ by_budget
        affordable = (total <= with_rounding(capacity)).all(axis=1)
        bought |= wanted & affordable[:, None]
        spent = np.where(affordable[:, None], total, spent)
    return bought


def _policies(
    program: Program, bought: np.ndarray, generator: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """Choose transfers uniformly: rows int (n, T), and whether every target has one, bool (n,)."""
    held = np.asarray(program.needs @ bought.astype(float).T).T  # (n, E)
    forced = np.stack([program.forced_targets(items) for items in bought])  # (n, T)
    allowed = (held >= program.size) & (program.own | ~forced[:, program.target])
    lots = np.where(allowed, generator.random(allowed.shape), -1.0)
    ends = np.append(program.starts[1:], len(program.target))
    spans = list(zip(program.starts, ends, strict=True))
    chosen = np.stack([begin + lots[:, begin:end].argmax(axis=1) for begin, end in spans], axis=1)
    return chosen, np.all(np.take_along_axis(lots, chosen, axis=1) >= 0, axis=1)
