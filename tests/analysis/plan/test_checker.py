from dataclasses import replace

import pytest
from support.affinities import random_table

from taskaffinity.analysis.plan import (
    PlanOptions,
    PlanTables,
    SourceRecord,
    Taxonomy,
    faults,
    is_feasible,
    solve,
)

TABLES = PlanTables(random_table(7))
OPTIONS = PlanOptions(budget=3)
NAMES = ("t0", "t1", "t2", "t3", "t4", "s0", "s1")


@pytest.fixture
def solved() -> Taxonomy:
    return solve(TABLES, OPTIONS)


def test_mutations_are_rejected(solved: Taxonomy) -> None:
    first, *others = solved.transfers
    unused = next(name for name in NAMES if name not in solved.sources)
    extra = solved.sources[0]
    mutations = {
        "the budget is": replace(solved, budget=2),
        "not there": replace(solved, transfers=(replace(first, sources=(unused,)), *others)),
        "not in the table": replace(
            solved, transfers=(replace(first, affinity=first.affinity + 0.1), *others)
        ),
        "not exactly one transfer": replace(solved, transfers=tuple(others)),
        "the labels cost": replace(solved, cost=solved.cost + 1),
        "named twice": replace(solved, sources=(*solved.sources, extra)),
        "above the order": replace(solved, order=0),
        "which are not bought": replace(solved, labels={}),
        "above the budget": replace(solved, labels={**solved.labels, "t9": 1.0, "t8": 1.0, "t7": 1.0}),
    }
    assert is_feasible(solved, TABLES, OPTIONS)
    for message, mutation in mutations.items():
        assert any(message in fault for fault in faults(mutation, TABLES, OPTIONS)), message


def test_own_network_of_a_bought_target_is_demanded(solved: Taxonomy) -> None:
    other = next(t for t in solved.transfers if t.sources != (t.target,))
    sources = tuple(sorted({*solved.sources, other.target}))
    wrong = replace(solved, sources=sources, labels=dict.fromkeys(sources, 1.0), budget=4.0, cost=4.0)
    message = f"{other.target} is bought and does not use its own network"
    assert message in faults(wrong, TABLES, PlanOptions(budget=4))
    costs = dict.fromkeys(NAMES, 1.0)
    assert message not in faults(wrong, TABLES, PlanOptions(compute=9, compute_cost=costs))


def test_bars_are_checked(solved: Taxonomy) -> None:
    first = solved.sources[0]
    assert not is_feasible(solved, TABLES, PlanOptions(budget=3, excluded=[first]))
    assert not is_feasible(solved, TABLES, PlanOptions(budget=3, required=["nobody"]))
    needing = replace(TABLES, sources=(SourceRecord(first, {"elsewhere": 1.0}),))
    assert any(
        "novel" in fault for fault in faults(solved, needing, PlanOptions(budget=3, novel=["elsewhere"]))
    )


def test_computation_is_checked() -> None:
    options = PlanOptions(compute=3, compute_cost=dict.fromkeys(NAMES, 1.0))
    solved = solve(TABLES, options)
    assert is_feasible(solved, TABLES, options)
    for wrong in (
        replace(solved, compute_used=1.0),
        replace(solved, compute=9.0),
        replace(solved, compute=None),
        replace(solved, compute=2.0, compute_used=3.0),
    ):
        assert not is_feasible(wrong, TABLES, options)
    dear = PlanOptions(compute=3, compute_cost=dict.fromkeys(NAMES, 2.0))
    assert any("above the compute budget" in fault for fault in faults(solved, TABLES, dear))
