import numpy as np
import pandas as pd
import pytest
from scipy.optimize import LinearConstraint, milp
from support.affinities import random_table

from taskaffinity.analysis.taxonomy import build, explain, solve
from taskaffinity.analysis.taxonomy.matrices import matrices

WORKED = pd.DataFrame(
    [("normal", "self", 0.5), ("normal", "depth", 0.3), ("depth", "self", 0.4), ("depth", "normal", 0.2),
     ("depth", "edges+normal", 0.35)],
    columns=["target", "sources", "affinity"],
)  # fmt: skip


def test_worked_example() -> None:
    system = matrices(build(WORKED), 1)
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
    assert solve(WORKED, 1).sources == ("depth",)


def test_explanation_prints_every_variable_and_row() -> None:
    text = explain(build(WORKED), 1)
    assert "edges+normal→depth" in text
    assert text.count("≤") == 1 + 4 + 0  # the first line, then rows I that are no equality, and the budget
    assert text.count("\n") > 16


@pytest.mark.parametrize("seed", range(3))
def test_another_solver_on_the_matrices_agrees(seed: int) -> None:
    table = random_table(seed, tasks=6)
    system = matrices(build(table), 3)
    rows = LinearConstraint(system.A, np.where(system.equal, system.b, -np.inf), system.b)
    kinds = np.arange(len(system.c)) < system.sources
    answer = milp(-system.c, constraints=rows, integrality=kinds, bounds=(0, 1), options={"mip_rel_gap": 0})
    assert -answer.fun == pytest.approx(solve(table, 3).objective, abs=1e-7)
