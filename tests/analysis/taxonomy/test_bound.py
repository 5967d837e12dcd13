from itertools import combinations

import numpy as np
import pytest
from support.affinities import random_table

from taskaffinity.analysis.taxonomy import Program, build
from taskaffinity.analysis.taxonomy.bound import bound, knapsack
from taskaffinity.analysis.taxonomy.heuristic import additions, search
from taskaffinity.analysis.taxonomy.program import NONE


def scores(program: Program, budget: int) -> dict[tuple[int, ...], float]:
    """Objective of every set of sources that fits and reaches every target."""
    found = {}
    for size in range(budget + 1):
        for chosen in combinations(range(len(program.sources)), size):
            bought = np.isin(np.arange(len(program.sources)), chosen)
            policy = program.best(bought)
            if (policy != NONE).all():
                found[chosen] = program.score(policy)
    return found


@pytest.mark.parametrize("seed", range(8))
@pytest.mark.parametrize("budget", [1, 3])
def test_nothing_beats_the_bound_or_uses_what_was_ruled_out(seed: int, budget: int) -> None:
    program = build(random_table(seed))
    every = scores(program, budget)
    incumbent = sorted(every.values())[-min(3, len(every))]
    found = bound(program, budget, incumbent)
    assert found.value >= max(every.values()) - 1e-9
    for chosen, score in every.items():
        if score > incumbent + 1e-6:
            bought = np.isin(np.arange(len(program.sources)), chosen)
            used = program.members[program.best(bought)].sum(axis=0) > 0
            assert found.possible[program.best(bought)].all()
            assert (found.in_some | ~used).all()


@pytest.mark.parametrize("seed", range(8))
def test_search_ends_where_no_addition_or_swap_helps(seed: int) -> None:
    program = build(random_table(seed))
    bought = search(program, 3)
    score = program.score(program.best(bought))
    assert bought.sum() <= 3
    for out in [None, *np.flatnonzero(bought)]:
        for into in np.flatnonzero(~bought):
            other = bought.copy()
            other[into] = True
            if out is not None:
                other[out] = False
            if other.sum() <= 3:
                assert program.score(program.best(other)) <= score + 1e-8


@pytest.mark.parametrize("seed", range(5))
def test_additions_are_differences_of_scores(seed: int) -> None:
    program = build(random_table(seed))
    bought = np.isin(np.arange(len(program.sources)), [0, 2])
    now = program.score(program.best(bought))
    gains = additions(program, bought)
    for source in np.flatnonzero(~bought):
        more = bought.copy()
        more[source] = True
        assert gains[source] == pytest.approx(program.score(program.best(more)) - now)


def test_knapsack_takes_the_last_source_in_part() -> None:
    program = build(random_table(1), label_cost={"s0": 0.0, "s1": 2.0})
    worth = np.array(
        [5.0 if name == "s1" else 1.0 if name in ("s0", "t0") else -1.0 for name in program.sources]
    )
    total, share = knapsack(program, 1.0, worth)
    assert total == pytest.approx(1.0 + 2.5)
    assert share[program.sources.index("s1")] == 0.5
