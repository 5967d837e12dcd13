from itertools import combinations

import numpy as np
import pytest
from support.affinities import random_table

from taskaffinity.analysis.plan import PlanOptions, PlanTables, Problem, Program, build
from taskaffinity.analysis.plan.bound import Knapsack, bound
from taskaffinity.analysis.plan.heuristic import additions, search
from taskaffinity.analysis.plan.program import NONE
from taskaffinity.analysis.plan.solver import ProgramScale


def problem(seed: int, budget: float) -> tuple[Program, np.ndarray]:
    built: Problem = build(PlanTables(random_table(seed)), PlanOptions(budget=budget))
    return ProgramScale.of(built.program).apply(built.program), built.capacity


def scores(program: Program, budget: int) -> dict[tuple[int, ...], float]:
    """Objective of every set of items that fits and reaches every target."""
    items = np.arange(len(program.items.names))
    every = {}
    for size in range(budget + 1):
        for chosen in combinations(items, size):
            policy = program.best(np.isin(items, chosen))
            if (policy != NONE).all():
                every[chosen] = program.score(policy)
    return every


@pytest.mark.parametrize("seed", range(8))
@pytest.mark.parametrize("budget", [1, 3])
def test_nothing_beats_the_bound_or_uses_what_was_ruled_out(seed: int, budget: int) -> None:
    program, capacity = problem(seed, budget)
    every = scores(program, budget)
    incumbent = sorted(every.values())[-min(3, len(every))]
    limit = bound(program, capacity, incumbent)
    assert limit.value >= max(every.values()) - 1e-9
    for chosen, score in every.items():
        if score > incumbent + 1e-9:
            bought = np.isin(np.arange(len(program.items.names)), chosen)
            used = program.needs[program.best(bought)].sum(axis=0) > 0
            assert limit.possible[program.best(bought)].all()
            assert (limit.in_some | ~used).all()
            assert (bought | ~limit.in_all).all()


@pytest.mark.parametrize("seed", range(8))
def test_search_ends_where_no_addition_or_swap_helps(seed: int) -> None:
    program, capacity = problem(seed, 3)
    chosen = search(program, capacity)
    score = program.score_of(program.items_of(chosen))
    assert chosen.sum() <= 3
    for out in [None, *np.flatnonzero(chosen)]:
        for into in np.flatnonzero(~chosen):
            other = chosen.copy()
            other[into] = True
            if out is not None:
                other[out] = False
            if other.sum() <= 3:
                assert program.score_of(program.items_of(other)) <= score + 1e-8


@pytest.mark.parametrize("seed", range(5))
def test_additions_are_differences_of_scores(seed: int) -> None:
    program, _ = problem(seed, 3)
    bought = np.isin(np.arange(len(program.items.names)), [0, 2])
    now = program.score_of(bought)
    gains = additions(program, bought)
    for source in np.flatnonzero(~bought):
        more = bought.copy()
        more[source] = True
        assert gains[source] == pytest.approx(program.score_of(more) - now)


def knapsack() -> Knapsack:
    return Knapsack(np.array([0.0, 2.0, 1.0, 1.0]), np.zeros(4, bool), 1.0, np.arange(4))


def test_knapsack_buys_the_last_item_in_part_and_nothing_that_is_too_dear() -> None:
    total, share = knapsack().fill(np.array([1.0, 9.0, 0.5, -1.0]))
    assert (total, share.tolist()) == (1.5, [1.0, 0.0, 1.0, 0.0])
    half = Knapsack(np.array([1.0, 1.0]), np.zeros(2, bool), 1.5, np.arange(2))
    assert half.fill(np.array([3.0, 2.0]))[0] == pytest.approx(4.0)


def test_changes_are_those_of_filling_again() -> None:
    worth = np.array([1.0, 9.0, 0.5, 0.4])
    total = knapsack().fill(worth)[0]
    inside, outside = knapsack().changes(worth)
    for item in range(4):
        assert inside[item] == knapsack().fill(worth, forced=item)[0] - total
        assert outside[item] == knapsack().fill(worth, barred=item)[0] - total
    assert inside[1] == -np.inf
