import numpy as np
import pandas as pd
import pytest

from taskaffinity.analysis.measure.search import Search
from taskaffinity.analysis.plan import PlanOptions, PlanTables, Solver, SourceRecord, build
from taskaffinity.names import join


def tables(seed: int, targets: int = 6, sources: int = 8) -> PlanTables:
    """Transfers from one and from two sources, own networks, and sources that share labels."""
    random = np.random.default_rng(seed)
    names = [f"s{k}" for k in range(sources)]
    rows = []
    for t in range(targets):
        sets = [[name] for name in names] + [
            random.choice(names, 2, replace=False).tolist() for _ in range(6)
        ]
        unique = {join(some) for some in sets}
        rows += [(f"s{t}", some, random.gamma(1.0)) for some in sorted(unique)] + [
            (f"s{t}", "self", random.gamma(2.0))
        ]
    records = (SourceRecord("s7", {"s6": 1.0, "s7": 0.5}),)
    return PlanTables(pd.DataFrame(rows, columns=["target", "sources", "affinity"]), sources=records)


@pytest.mark.parametrize("seed", range(4))
def test_plans_of_every_draw_are_nearly_the_best(seed: int) -> None:
    given, budgets = tables(seed), (1.0, 2.0, 3.5, 5.0)
    problem = build(given, PlanOptions(budget=1))
    random = np.random.default_rng(seed)
    draws = random.gamma(1.0, size=(5, len(problem.program.target)))
    capacities = np.array([problem.with_budgets(PlanOptions(budget=b)).capacity for b in budgets])
    search = Search(problem.program, draws)
    plans = search.plans(capacities)
    reached = []
    for k, capacity in enumerate(capacities):
        values = search.objective(plans[k])
        for draw, value in enumerate(values):
            program = problem.program.with_affinity(draws[draw])
            bought = Solver(program).solve(capacity).bought
            best = program.score_of(bought)
            assert problem.program.affords(capacity, problem.program.items_of(plans[k][draw]))
            assert value <= best + 1e-9
            reached.append(value / best)
    assert np.mean(reached) > 0.98
    assert np.min(reached) > 0.9


def test_edges_are_worth_the_objective() -> None:
    problem = build(tables(0), PlanOptions(budget=3))
    draws = np.random.default_rng(0).random((4, len(problem.program.target)))
    search = Search(problem.program, draws)
    chosen = search.plans(problem.capacity[None])[0]
    worth = np.take_along_axis(draws, search.edges(chosen), axis=1).sum(axis=1)
    np.testing.assert_allclose(worth, search.objective(chosen))


def test_required_sources_are_used() -> None:
    problem = build(tables(1), PlanOptions(budget=3, required={"s5"}))
    search = Search(problem.program, np.random.default_rng(0).random((3, len(problem.program.target))))
    position = problem.program.sources.index("s5")
    assert search.plans(problem.capacity[None])[0][:, position].all()
