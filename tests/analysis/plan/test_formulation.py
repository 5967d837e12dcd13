import numpy as np
import pandas as pd
import pytest
from scipy.optimize import LinearConstraint, milp
from support.affinities import random_table

from taskaffinity.analysis.plan import PlanOptions, PlanTables, SourceRecord, build, explain, solve
from taskaffinity.analysis.plan.formulation import formulate

WORKED = pd.DataFrame(
    [("normal", "self", 0.5), ("normal", "depth", 0.3), ("depth", "self", 0.4), ("depth", "normal", 0.2),
     ("depth", "edges+normal", 0.35)],
    columns=["target", "sources", "affinity"],
)  # fmt: skip


def test_worked_example() -> None:
    problem = build(PlanTables(WORKED), PlanOptions(budget=1))
    system = formulate(problem.program, problem.capacity)
    # x: depth, edges, normal | depth→depth, edges+normal→depth, normal→depth | normal→normal, depth→normal
    np.testing.assert_allclose(system.c, [0, 0, 0, 0.4, 0.35, 0.2, 0.5, 0.3])
    expected = [
        [-1, 0, 0, 1, 0, 0, 0, 0],  # I, depth's own network: an equality
        [0, -1, 0, 0, 1, 0, 0, 0],  # I, edges into depth
        [0, 0, -1, 0, 1, 1, 0, 0],  # I, normal into depth: both transfers that need it, in one row
        [-1, 0, 0, 0, 0, 0, 0, 1],  # I, depth into normal
        [0, 0, -1, 0, 0, 0, 1, 0],  # I, normal's own network: an equality
        [0, 0, 0, 1, 1, 1, 0, 0],  # II, depth
        [0, 0, 0, 0, 0, 0, 1, 1],  # II, normal
        [1, 1, 1, 0, 0, 0, 0, 0],  # III
    ]
    np.testing.assert_array_equal(system.A.toarray(), expected)
    np.testing.assert_array_equal(system.b, [0, 0, 0, 0, 0, 1, 1, 1])
    np.testing.assert_array_equal(system.equal, [1, 0, 0, 0, 1, 1, 1, 0])
    assert solve(PlanTables(WORKED), PlanOptions(budget=1)).sources == ("depth",)


def test_two_budgets_have_a_row_each_over_their_own_items() -> None:
    options = PlanOptions(budget=2, compute=3, compute_cost={"depth": 1, "edges": 2, "normal": 4})
    problem = build(PlanTables(WORKED), options)
    system = formulate(problem.program, problem.capacity)
    assert problem.program.items.names == (
        "depth", "edges", "normal", "encoder of depth", "encoder of edges", "encoder of normal",
    )  # fmt: skip
    np.testing.assert_array_equal(system.A.toarray()[-2:, :6], [[1, 1, 1, 0, 0, 0], [0, 0, 0, 1, 2, 4]])
    np.testing.assert_array_equal(system.b[-2:], [2, 3])
    np.testing.assert_array_equal(system.upper[:6], [1, 1, 1, 1, 1, 0])


def test_an_own_network_that_needs_two_items_has_a_row_of_its_own() -> None:
    few = SourceRecord("few", {"depth": 0.1})
    table = pd.concat([WORKED, pd.DataFrame([("depth", "few", 0.1)], columns=WORKED.columns)])
    problem = build(PlanTables(table, sources=(few,)), PlanOptions(budget=1))
    system = formulate(problem.program, problem.capacity)
    assert problem.program.items.names[:2] == ("depth:0.1", "depth")
    np.testing.assert_allclose(problem.program.items.cost[:2], [0.1, 0.9])
    np.testing.assert_array_equal(system.A.toarray()[-1, :2], [1, 1])
    assert system.b[-1] == 1


def test_explanation_prints_every_variable_and_row() -> None:
    problem = build(PlanTables(WORKED), PlanOptions(budget=1))
    text = explain(problem.program, problem.capacity)
    assert "edges+normal→depth" in text
    assert text.count("≤") == 1 + 4 + 0  # the first line, then rows I that are no equality, and the budget
    assert text.count("\n") > 16


@pytest.mark.parametrize("seed", range(3))
def test_another_solver_on_the_matrices_agrees(seed: int) -> None:
    tables, options = PlanTables(random_table(seed, tasks=6)), PlanOptions(budget=3)
    problem = build(tables, options)
    system = formulate(problem.program, problem.capacity)
    rows = LinearConstraint(system.A, np.where(system.equal, system.b, -np.inf), system.b)
    kinds = np.arange(len(system.c)) < system.items
    answer = milp(-system.c, constraints=rows, integrality=kinds, bounds=(0, 1), options={"mip_rel_gap": 0})
    assert -answer.fun == pytest.approx(solve(tables, options).objective, abs=1e-7)
