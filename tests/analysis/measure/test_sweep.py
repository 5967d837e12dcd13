from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from taskaffinity.analysis.measure import Sweep, replay, replay_at_random
from taskaffinity.analysis.measure.choose import assess, first_transfers, ranked
from taskaffinity.analysis.plan import PlanOptions, PlanTables, build
from taskaffinity.errors import InputError

STEPS = [PlanOptions(budget=budget) for budget in (1, 2, 3, 4)]


def affinities(seed: int = 0, tasks: int = 10) -> PlanTables:
    """Affinities that sum to 1 for each target, from two factors, with own networks."""
    random = np.random.default_rng(seed)
    names = [f"t{k}" for k in range(tasks)]
    places = random.standard_normal((tasks, 2))
    near = -((places[:, None] - places) ** 2).sum(axis=2) + 0.3 * random.standard_normal((tasks, tasks))
    near += 0.8 * random.standard_normal(tasks)
    own = near.max(axis=1) + 0.5
    shares = np.exp(np.column_stack([near, own]))
    shares /= shares.sum(axis=1, keepdims=True)
    rows = [
        (target, source, shares[i, k])
        for i, target in enumerate(names)
        for k, source in enumerate([*names, "self"])
    ]
    return PlanTables(pd.DataFrame(rows, columns=["target", "sources", "affinity"]))


def uncovered(sweep: Sweep, truth: np.ndarray) -> np.ndarray:
    """Measure whatever the sweep asks for; every row is asked for once."""
    values = np.where(sweep.is_free, truth, np.nan)
    while len((decision := sweep.decide(values)).rows):
        assert np.isnan(values[decision.rows]).all()
        assert len(set(decision.rows.tolist())) == len(decision.rows)
        values[decision.rows] = truth[decision.rows]
    return values


@pytest.mark.parametrize("share", [0.1, 0.3, 0.5])
def test_no_more_is_asked_for_than_the_share(share: float) -> None:
    tables = affinities()
    sweep = Sweep(tables, STEPS, share)
    values = uncovered(sweep, tables.affinities["affinity"].to_numpy())
    spent = int((~np.isnan(values) & ~sweep.is_free).sum())
    assert spent <= share * sweep.counted
    assert spent == sweep.allowed or share > 0.4  # may end before, where nothing is worth measuring


def test_what_is_asked_for_follows_from_results_alone() -> None:
    tables = affinities()
    truth = tables.affinities["affinity"].to_numpy()
    first, second = (uncovered(Sweep(tables, STEPS, 0.3, seed=1), truth) for _ in range(2))
    np.testing.assert_array_equal(first, second)


def test_auto_ends_and_its_plans_are_near_the_best() -> None:
    found = replay(affinities(), STEPS, None)
    assert found.share < 1
    assert found.regret.max() <= 0.01
    assert (found.reached >= 0.95).all()


def test_measuring_everything_reaches_everything() -> None:
    np.testing.assert_allclose(replay(affinities(), STEPS, 1.0).reached, 1.0)


def test_chosen_transfers_serve_plans_better_than_random_ones() -> None:
    chosen, random = [], []
    for seed in range(4):
        tables = affinities(seed, 12)
        chosen.append(replay(tables, STEPS, 0.3, seed).reached)
        random.append(replay_at_random(tables, STEPS, 0.3, seed).reached)
    assert np.mean(chosen) > np.mean(random) + 0.02
    assert np.mean(chosen) > 0.95


def test_values_and_their_order_of_rows_decide_and_no_hidden_value() -> None:
    """What is not measured must not be read: other hidden values give the same decision."""
    tables = affinities()
    other = replace(tables, affinities=tables.affinities.assign(affinity=0.5))
    known = np.random.default_rng(0).random(len(tables.affinities)) < 0.3
    values = np.where(known, tables.affinities["affinity"], np.nan)
    np.testing.assert_array_equal(
        Sweep(tables, STEPS, 0.5).decide(values).rows, Sweep(other, STEPS, 0.5).decide(values).rows
    )


def test_relative_values_give_shares_that_sum_to_one() -> None:
    tables = affinities()
    known = np.random.default_rng(0).random(len(tables.affinities)) < 0.4
    values = np.where(known, 7.0 * tables.affinities["affinity"], np.nan)
    sweep = Sweep(tables, STEPS, is_relative=True)
    draws = sweep.draws(values)
    for draw in draws[:3]:
        np.testing.assert_allclose(np.bincount(sweep.layout.target, draw), 1.0)
    inside = np.flatnonzero(known & (sweep.layout.target == 0))
    np.testing.assert_allclose(
        draws[:, inside] / draws[:, inside[:1]], np.tile(values[inside] / values[inside[0]], (len(draws), 1))
    )


def test_where_draws_agree_there_is_no_regret_and_nothing_to_resolve() -> None:
    problem = build(affinities(), STEPS[0])
    values = np.tile(problem.program.value, (5, 1))
    capacities = np.array([problem.with_budgets(step).capacity for step in STEPS])
    found = assess(problem.program, values, np.zeros(len(problem.program.target), bool), capacities)
    np.testing.assert_allclose(found.regret, 0.0, atol=1e-12)
    np.testing.assert_allclose(found.score, 0.0, atol=1e-12)
    assert (found.lack[found.edges.ravel()] > 0).all()  # nothing was measured: every edge lacks


def test_measured_transfers_are_never_asked_for_again() -> None:
    problem = build(affinities(), STEPS[0])
    random = np.random.default_rng(0)
    values = problem.program.value * np.exp(random.normal(0, 0.5, (9, len(problem.program.target))))
    measured = random.random(len(problem.program.target)) < 0.5
    capacities = np.array([problem.with_budgets(step).capacity for step in STEPS])
    found = assess(problem.program, values, measured, capacities)
    assert not found.score[measured].any()
    assert not found.lack[measured].any()


def test_a_batch_is_spread_over_targets_and_sources() -> None:
    score = np.linspace(1.0, 2.0, 40)
    target, source = np.arange(40) % 10, np.arange(40) // 10
    chosen = ranked(score, target, source, 10)
    assert len(chosen) <= 10
    assert np.bincount(target[chosen]).max() == 1
    assert np.bincount(source[chosen]).max() <= 5


def test_first_transfers_use_targets_and_sources_alike() -> None:
    target, source = np.divmod(np.arange(60), 10)
    chosen = first_transfers(target, source, 5, seed=0)
    assert (np.bincount(target[chosen]) == 5).all()
    assert np.ptp(np.bincount(source[chosen], minlength=10)) <= 1


@pytest.mark.parametrize("share", [0.0, -0.1, 1.5])
def test_shares_out_of_range_are_refused(share: float) -> None:
    with pytest.raises(InputError, match="share"):
        replay(affinities(), STEPS, share)
