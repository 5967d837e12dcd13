from itertools import pairwise

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.affinities import brute_force, published, random_table, rates

from taskaffinity.analysis.tables import read_table
from taskaffinity.analysis.taxonomy import Solver, build, faults, is_feasible, objective_of, solve
from taskaffinity.analysis.taxonomy import solver as module
from taskaffinity.analysis.taxonomy.answer import Answer
from taskaffinity.errors import InfeasibleError, InputError, SolverError

seeds = st.integers(0, 10_000)
quick = settings(max_examples=25, deadline=None)


@quick
@given(seed=seeds, budget=st.integers(1, 6), order=st.integers(1, 3))
def test_equals_trying_everything(seed: int, budget: int, order: int) -> None:
    table = random_table(seed)
    taxonomy = solve(table, budget, order=order)
    assert taxonomy.status == "optimal"
    assert taxonomy.objective == pytest.approx(brute_force(table, budget, order=order), abs=1e-9)
    assert faults(taxonomy, table) == []
    assert objective_of(taxonomy) == pytest.approx(taxonomy.objective)


@quick
@given(seed=seeds, budget=st.floats(1, 6))
def test_equals_trying_everything_with_costs_weights_and_bars(seed: int, budget: float) -> None:
    table = random_table(seed)
    generator = np.random.default_rng(seed)
    names = [f"t{i}" for i in range(5)]
    options = {
        "label_cost": {name: float(generator.choice([0.0, 0.4, 1.3, 2.0])) for name in ("s0", "s1", *names)},
        "importance": {name: float(generator.integers(0, 4)) for name in names},
    }
    expected = brute_force(table, budget, barred=("t1", "t2"), require=("t0",), **options)
    rules = {"exclude": ["t1"], "novel": ["t2"], "require": ["t0"]}
    if expected is None:
        with pytest.raises(InfeasibleError, match="least budget"):
            solve(table, budget, **options, **rules)
        return
    taxonomy = solve(table, budget, **options, **rules)
    assert taxonomy.objective == pytest.approx(expected, abs=1e-9)
    assert is_feasible(taxonomy, table, label_cost=options["label_cost"], **rules)


@settings(max_examples=8, deadline=None)
@given(seed=seeds)
def test_a_larger_budget_never_lowers_the_objective(seed: int) -> None:
    solver = Solver(build(random_table(seed, tasks=7)))
    scores = [solver.program.score(solver.program.best(solver.solve(b).bought)) for b in range(1, 8)]
    assert all(later >= earlier - 1e-9 for earlier, later in pairwise(scores))


@pytest.mark.parametrize("seed", range(3))
def test_many_budgets_in_any_order_equal_one_at_a_time(seed: int) -> None:
    table = random_table(seed, tasks=6)
    solver = Solver(build(table))
    for budget in (6, 2, 4, 1, 9):
        bought = solver.solve(budget).bought
        assert solver.program.score(solver.program.best(bought)) == pytest.approx(
            solve(table, budget).objective
        )


def test_cbc_agrees_with_highs() -> None:
    table = random_table(11, tasks=7)
    assert solve(table, 3, solver="cbc").objective == pytest.approx(solve(table, 3).objective, abs=1e-7)


@pytest.mark.parametrize("objective", ["gain", "quality"])
def test_win_rates_as_objective(objective: str) -> None:
    table = random_table(5)
    given_rates = {name: rates(table, name, 1) for name in ("gain", "quality")}
    taxonomy = solve(table, 2, objective=objective, **given_rates)
    known = table.merge(given_rates[objective])
    assert taxonomy.objective == pytest.approx(brute_force(known, 2, value=objective))
    mean = {"gain": taxonomy.mean_gain, "quality": taxonomy.mean_quality}[objective]
    assert mean == pytest.approx(taxonomy.objective / 5)


def test_a_bought_target_uses_its_own_network_though_another_transfer_is_better() -> None:
    table = pd.DataFrame(
        [("a", "self", 0.1), ("a", "b", 0.9), ("b", "self", 0.2), ("b", "a", 0.7), ("a", "a", 0.5)],
        columns=["target", "sources", "affinity"],
    )
    both = solve(table, 2, require=["a", "b"])
    assert [(t.target, t.sources, t.affinity) for t in both.transfers] == [
        ("a", ("a",), 0.1),
        ("b", ("b",), 0.2),
    ]
    assert solve(table, 2).sources == ("b",)


def test_what_no_transfer_uses_is_not_bought() -> None:
    table = random_table(3)
    taxonomy = solve(table, 7)
    used = {name for transfer in taxonomy.transfers for name in transfer.sources}
    assert set(taxonomy.sources) == used


def test_too_small_a_budget_names_the_target_and_the_least_budget() -> None:
    table = pd.DataFrame(
        [("a", "b+c+d", 0.5), ("a", "b+c", 0.4), ("b", "c", 0.2)], columns=["target", "sources", "affinity"]
    )
    with pytest.raises(
        InfeasibleError, match=r"budget 1 is too small: every transfer into 'a' .* least .* is 2"
    ):
        solve(table, 1)
    assert solve(table, 2).sources == ("b", "c")


def test_targets_that_fit_one_by_one_but_not_together() -> None:
    table = pd.DataFrame([("a", "b", 0.5), ("c", "d", 0.2)], columns=["target", "sources", "affinity"])
    with pytest.raises(InfeasibleError, match=r"no affordable set .* least budget that does is 2"):
        solve(table, 1)


def test_required_sources_beyond_the_budget() -> None:
    with pytest.raises(InfeasibleError, match=r"required sources \(t0, t1\) alone cost 2"):
        solve(random_table(1), 1, require=["t0", "t1"])


@pytest.mark.parametrize("budget", [0, -3, 0.5, float("nan")])
def test_budgets_below_one_are_refused(budget: float) -> None:
    with pytest.raises(InputError, match="below 1"):
        solve(random_table(1), budget)


def test_unknown_solver_and_time_limit_are_refused() -> None:
    with pytest.raises(InputError, match="choose from highs"):
        solve(random_table(1), 2, solver="simplex")
    with pytest.raises(InputError, match="above 0"):
        solve(random_table(1), 2, time_limit=0)


def test_an_unproven_answer_says_so_with_its_gap(monkeypatch: pytest.MonkeyPatch) -> None:
    table = random_table(8, tasks=8)
    best = solve(table, 3).objective

    def give_up(*_: object) -> Answer:
        return Answer(None, proven=False)

    monkeypatch.setattr(module.backend, "solve_matrices", give_up)
    monkeypatch.setattr(module, "STEPS", 1)  # too few to prove anything
    record = solve(table, 3).to_record()
    assert record["status"] == "feasible"
    assert record["objective"] <= best <= record["bound"]
    assert record["gap"] == pytest.approx(record["bound"] / record["objective"] - 1)


def test_no_answer_in_time_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    table = pd.DataFrame([("a", "b+c", 0.5), ("b", "c+d", 0.2)], columns=["target", "sources", "affinity"])
    monkeypatch.setattr(module, "require_feasible", lambda *_: None)
    monkeypatch.setattr(module.backend, "solve_matrices", lambda *_: Answer(None, proven=False))
    with pytest.raises(SolverError, match="--time-limit"):
        solve(table, 3, time_limit=1)


@pytest.mark.parametrize(
    ("budget", "order", "objective", "expected", "gain", "quality"),
    [
        (3, 1, "affinity", 2.8589, 0.707, 0.324),
        (4, 1, "affinity", 3.3523, 0.752, 0.347),
        (8, 1, "affinity", 3.80277, 0.811, 0.415),
        (8, 2, "affinity", 4.56865, 0.837, 0.506),
        (8, 1, "sqrt", 7.17586, None, None),
    ],
)
def test_published_numbers(
    budget: int, order: int, objective: str, expected: float, gain: float | None, quality: float | None
) -> None:
    table = read_table(published("all_affinities.pkl"), "affinity")
    won = {"gain": read_table(published("wins_vs_pixels.pkl"), "gain")}
    won |= {"quality": read_table(published("wins_vs_task.pkl"), "quality")}
    taxonomy = solve(table, budget, order=order, objective=objective, **won)
    assert taxonomy.objective == pytest.approx(expected, abs=5e-5)
    assert taxonomy.status == "optimal"
    assert faults(taxonomy, table) == []
    if gain is not None:
        assert taxonomy.mean_gain == pytest.approx(gain, abs=5e-4)
        assert taxonomy.mean_quality == pytest.approx(quality, abs=5e-4)
    if budget == 3:
        assert taxonomy.sources == ("denoise", "edge2d", "rgb2sfnorm")
