from dataclasses import replace
from itertools import pairwise
from typing import Any

import numpy as np
import pandas as pd
import pytest
from support.affinities import published, random_table, rates
from support.plans import random_instance

from taskaffinity.analysis.plan import (
    PlanOptions,
    PlanTables,
    Solver,
    SourceRecord,
    Taxonomy,
    best_objective,
    build,
    faults,
    objective_of,
    solve,
)  # fmt: skip
from taskaffinity.analysis.plan import solver as module
from taskaffinity.analysis.plan.formulation import BackendAnswer
from taskaffinity.analysis.tables import read_table
from taskaffinity.errors import InfeasibleError, InputError, SolverError

COLUMNS = ["target", "sources", "affinity"]


def plan(rows: list[tuple[str, str, float]] | pd.DataFrame, **options: Any) -> Taxonomy:
    sources = options.pop("sources", ())
    table = rows if isinstance(rows, pd.DataFrame) else pd.DataFrame(rows, columns=COLUMNS)
    return solve(PlanTables(table, sources=sources), PlanOptions(**options))


INSTANCES, PARTS = 2000, 8


@pytest.mark.parametrize("part", range(PARTS))
def test_optimal_is_the_best_of_all_and_keeps_every_rule(part: int) -> None:
    feasible = 0
    for seed in range(part, INSTANCES, PARTS):
        tables, options = random_instance(seed)
        best = best_objective(tables, options)
        try:
            taxonomy = solve(tables, options)
        except InfeasibleError:
            assert best is None, seed
            continue
        assert best is not None, seed
        assert taxonomy.status == "optimal", seed
        assert taxonomy.objective == pytest.approx(best, rel=1e-9, abs=1e-12), seed
        assert objective_of(taxonomy, options) == pytest.approx(best, rel=1e-9, abs=1e-12), seed
        assert faults(taxonomy, tables, options) == [], seed
        feasible += 1
    assert feasible > INSTANCES / PARTS / 2


def test_more_budget_never_lowers_the_objective_and_order_does_not_matter() -> None:
    for seed in range(4):
        tables = PlanTables(random_table(seed, tasks=6))
        problem = build(tables, PlanOptions(budget=1))
        solver = Solver(problem.program)
        scores = {}
        for budget in (6, 2, 4, 1, 3, 5):
            capacity = problem.with_budgets(PlanOptions(budget=budget)).capacity
            scores[budget] = solver.program.score_of(solver.solve(capacity).bought)
            alone = solve(tables, PlanOptions(budget=budget)).objective
            assert scores[budget] == pytest.approx(alone, rel=1e-12)
        assert all(scores[a] <= scores[b] for a, b in pairwise(sorted(scores)))


def test_the_order_of_rows_changes_nothing() -> None:
    for seed in range(4):
        table = random_table(seed).round({"affinity": 1})
        shuffled = table.sample(frac=1.0, random_state=1)
        for options in (PlanOptions(budget=3), PlanOptions(budget=5, order=2)):
            assert solve(PlanTables(table), options) == solve(PlanTables(shuffled), options)


@pytest.mark.parametrize("unit", [1e-12, 1e-3, 1e6, 1e12])
def test_the_unit_of_values_and_of_costs_changes_nothing(unit: float) -> None:
    for seed in range(4):
        table = random_table(seed)
        names = sorted({n for s in table["sources"] for n in s.split("+")} - {"self", "random", "scratch"})
        plain = plan(table, budget=3)
        scaled = plan(
            table.assign(affinity=table["affinity"] * unit),
            budget=3 * unit,
            label_cost=dict.fromkeys(names, unit),
        )
        assert scaled.sources == plain.sources
        assert scaled.objective == pytest.approx(plain.objective * unit, rel=1e-9)


def test_rounding_of_sums_does_not_lose_a_budget() -> None:
    rows = [(name, name, 1.0) for name in "abc"]
    assert len(plan(rows, budget=0.3, label_cost=dict.fromkeys("abc", 0.1)).sources) == 3
    costs = {"a": 0.5, "b": 0.5, "c": 1.0}
    assert len(plan(rows, compute=2, compute_cost=costs).sources) == 3
    with pytest.raises(InfeasibleError, match=r"least budget that does is 0\.3"):
        plan(rows, budget=0.299999, label_cost=dict.fromkeys("abc", 0.1))


def test_where_nothing_but_own_networks_is_left() -> None:
    assert plan([("a", "self", 1.0)], budget=1).sources == ("a",)
    assert plan([("a", "self", 1.0), ("b", "self", 0.5)], budget=2).objective == 1.5


def test_sources_without_labels_are_free() -> None:
    records = (SourceRecord("pretrained", encoder_operations=5.0),)
    taxonomy = plan([("a", "pretrained", 0.5), ("a", "self", 0.9)], budget=0, sources=records)
    assert (taxonomy.cost, taxonomy.labels, taxonomy.compute_used) == (0.0, {}, 5.0)
    assert taxonomy.sources == ("pretrained",)


def test_a_joint_network_is_not_a_readout_of_both() -> None:
    rows = [("c", "joint", 0.9), ("c", "a+b", 0.6), ("c", "a", 0.5)]
    joint = SourceRecord("joint", {"a": 1.0, "b": 1.0})
    assert plan(rows, budget=2, sources=(joint,)).sources == ("joint",)
    costs = {"joint": 3.0, "a": 1.0, "b": 1.0}
    within = plan(rows, budget=2, compute=2, compute_cost=costs, sources=(joint,))
    assert (within.sources, within.labels) == (("a", "b"), {"a": 1.0, "b": 1.0})
    assert plan(rows, budget=1, sources=(joint,)).sources == ("a",)


def test_a_tenth_of_the_labels_of_five_tasks_or_all_of_one() -> None:
    tasks = [f"t{i}" for i in range(5)]
    rows = (
        [(t, f"{t}_few", 0.6) for t in tasks]
        + [(t, "self", 1.0) for t in tasks]
        + [(t, "t0", 0.2) for t in tasks]
    )
    records = tuple(SourceRecord(f"{t}_few", {t: 0.1}) for t in tasks)
    few = plan(rows, budget=0.5, sources=records)
    assert few.labels == dict.fromkeys(tasks, 0.1)
    assert few.cost == pytest.approx(0.5)
    one = plan(rows, budget=1.4, sources=records)  # a share of 0.1 lies within the whole
    assert one.objective == pytest.approx(1.0 + 4 * 0.6)
    assert one.labels == {"t0": 1.0, **dict.fromkeys(tasks[1:], 0.1)} or sum(
        one.labels.values()
    ) == pytest.approx(1.4)


def test_an_encoder_is_run_once_however_many_targets_read_it() -> None:
    rows = [("a", "self", 0.9), ("b", "a", 0.4), ("c", "a", 0.4), ("b", "self", 0.5), ("c", "self", 0.5)]
    costs = dict.fromkeys("abc", 1.0)
    assert plan(rows, compute=1, compute_cost=costs).transfers[0].sources == ("a",)
    assert plan(rows, compute=1, compute_cost=costs).compute_used == 1.0


def test_a_bought_target_uses_its_own_network_under_a_label_budget_alone() -> None:
    rows = [("a", "self", 0.1), ("a", "b", 0.9), ("b", "self", 0.2), ("b", "a", 0.7), ("a", "a", 0.5)]
    both = plan(rows, budget=2, required=["a", "b"])
    assert [(t.sources, t.affinity) for t in both.transfers] == [(("a",), 0.1), (("b",), 0.2)]
    assert plan(rows, budget=2).sources == ("b",)
    costs = dict.fromkeys("ab", 1.0)
    for limits in ({"compute": 2}, {"compute": 2, "budget": 2}):
        free = plan(rows, compute_cost=costs, **limits)
        assert [(t.sources, t.affinity) for t in free.transfers] == [(("b",), 0.9), (("a",), 0.7)]


def test_at_most_k_sources_each_target_takes_its_best() -> None:
    accuracy = {"x": [70.0, 50, 60], "y": [50, 70, 55], "z": [65, 64, 63]}
    rows = [(f"t{i}", name, float(v)) for name, values in accuracy.items() for i, v in enumerate(values)]
    assert [plan(rows, budget=k).objective for k in (1, 2, 3)] == [192.0, 200.0, 203.0]


def test_what_no_transfer_uses_is_not_bought() -> None:
    taxonomy = plan(random_table(3), budget=7)
    assert taxonomy.sources == taxonomy.sources_used


def test_cbc_agrees_with_highs() -> None:
    table = random_table(11, tasks=7)
    tables, options = PlanTables(table), PlanOptions(budget=3)
    assert solve(tables, options, solver="cbc").objective == pytest.approx(solve(tables, options).objective)


@pytest.mark.parametrize("objective", ["gain", "quality"])
def test_win_rates_as_objective(objective: str) -> None:
    table = random_table(5)
    tables = PlanTables(table, rates(table, "gain", 1), rates(table, "quality", 1))
    taxonomy = solve(tables, PlanOptions(budget=2, objective=objective))
    mean = {"gain": taxonomy.mean_gain, "quality": taxonomy.mean_quality}[objective]
    assert mean == pytest.approx(taxonomy.objective / 5)


class TestInfeasible:
    def test_the_target_and_the_least_budget_are_named(self) -> None:
        rows = [("a", "b+c+d", 0.5), ("a", "b+c", 0.4), ("b", "c", 0.2)]
        with pytest.raises(
            InfeasibleError, match=r"budget 1 is too small: every transfer into 'a' .* least .* is 2"
        ):
            plan(rows, budget=1)
        assert plan(rows, budget=2).sources == ("b", "c")

    def test_targets_that_fit_one_by_one_but_not_together(self) -> None:
        with pytest.raises(InfeasibleError, match=r"no affordable set .* least budget that does is 2"):
            plan([("a", "b", 0.5), ("c", "d", 0.2)], budget=1)

    def test_required_sources_beyond_the_budget(self) -> None:
        with pytest.raises(InfeasibleError, match=r"required sources \(t0, t1\) alone cost 2"):
            plan(random_table(1), budget=1, required=["t0", "t1"])

    def test_costs_of_very_different_sizes_do_not_blur_the_least_budget(self) -> None:
        rows = [(t, s, 0.5) for t in "ab" for s in ("tiny", "one", "dear")] + [
            ("c", "one", 0.1),
            ("c", "dear", 0.9),
        ]
        costs = {"tiny": 1e-6, "one": 1.0, "dear": 1e6}
        assert plan(rows, budget=1, label_cost=costs).sources == ("one",)
        assert plan(rows, budget=1.000001, label_cost=costs).sources == ("one",)
        with pytest.raises(InfeasibleError, match=r"least budget that does is 1$"):
            plan(rows, budget=0.9999999, label_cost=costs)

    def test_the_budget_that_fails_is_the_one_that_is_named(self) -> None:
        rows, costs = [("a", "b", 0.5), ("c", "d", 0.2)], {"b": 1.0, "d": 4.0}
        with pytest.raises(InfeasibleError, match=r"compute budget 2 .* least compute budget that does is 5"):
            plan(rows, budget=2, compute=2, compute_cost=costs)
        with pytest.raises(InfeasibleError, match=r"budget 1 .* least budget that does is 2"):
            plan(rows, budget=1, compute=5, compute_cost=costs)
        with pytest.raises(InfeasibleError, match="raise both"):
            plan(rows, budget=1, compute=2, compute_cost=costs)


def test_unknown_solver_and_time_limit_are_refused() -> None:
    tables, options = PlanTables(random_table(1)), PlanOptions(budget=2)
    with pytest.raises(InputError, match="choose from highs"):
        solve(tables, options, solver="simplex")
    with pytest.raises(InputError, match="above 0"):
        solve(tables, options, time_limit=0)


def test_an_unproven_answer_says_so_with_its_gap(monkeypatch: pytest.MonkeyPatch) -> None:
    tables, options = PlanTables(random_table(8, tasks=8)), PlanOptions(budget=3)
    best = solve(tables, options).objective

    def give_up(*_: object) -> BackendAnswer:
        return BackendAnswer(None, proven=False)

    monkeypatch.setattr(module.backends, "solve_system", give_up)
    monkeypatch.setattr(module, "STEPS", 1)  # too few to prove anything
    record = solve(tables, options).to_record()
    assert record["status"] == "feasible"
    assert record["objective"] <= best <= record["bound"]
    assert record["gap"] == pytest.approx(record["bound"] / record["objective"] - 1)


def test_no_answer_in_time_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    table = pd.DataFrame([("a", "b+c", 0.5), ("b", "c+d", 0.2)], columns=COLUMNS)
    monkeypatch.setattr(module.backends, "solve_system", lambda *_: BackendAnswer(None, proven=False))
    with pytest.raises(SolverError, match="--time-limit"):
        solve(PlanTables(table), PlanOptions(budget=3), time_limit=1)


def test_answers_that_exceed_a_budget_are_cut_off(monkeypatch: pytest.MonkeyPatch) -> None:
    tables, options = PlanTables(random_table(8, tasks=6)), PlanOptions(budget=2)
    expected = best_objective(tables, options)
    real, asked = module.backends.solve_system, []

    def careless(system: Any, *rest: Any) -> BackendAnswer:
        """Allow one item too many until the answer is sent back twice."""
        asked.append(system)
        if len(asked) > 2:
            return real(system, *rest)
        return real(replace(system, b=np.where(system.b == 2, 3.0, system.b)), *rest)

    monkeypatch.setattr(module.backends, "solve_system", careless)
    monkeypatch.setattr(module, "STEPS", 1)
    assert solve(tables, options).objective == pytest.approx(expected)
    assert len(asked) > 2
    assert len(asked[-1].b) == len(asked[0].b) + 2


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
    tables = PlanTables(
        read_table(published("all_affinities.pkl"), "affinity"),
        read_table(published("wins_vs_pixels.pkl"), "gain"),
        read_table(published("wins_vs_task.pkl"), "quality"),
    )
    options = PlanOptions(budget=budget, order=order, objective=objective)
    taxonomy = solve(tables, options)
    assert taxonomy.objective == pytest.approx(expected, abs=5e-5)
    assert taxonomy.status == "optimal"
    assert faults(taxonomy, tables, options) == []
    if gain is not None:
        assert taxonomy.mean_gain == pytest.approx(gain, abs=5e-4)
        assert taxonomy.mean_quality == pytest.approx(quality, abs=5e-4)
    if budget == 3:
        assert taxonomy.sources == ("denoise", "edge2d", "rgb2sfnorm")
