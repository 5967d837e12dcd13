from dataclasses import replace

import pytest
from support.affinities import random_table

from taskaffinity.analysis.taxonomy import Taxonomy, faults, is_feasible, solve


@pytest.fixture
def solved() -> Taxonomy:
    return solve(random_table(7), 3)


def test_mutations_are_rejected(solved: Taxonomy) -> None:
    table = random_table(7)
    first, *others = solved.transfers
    unbought = next(n for n in ("t0", "t1", "t2", "t3", "t4", "s0", "s1") if n not in solved.sources)
    mutations = {
        "above the budget": replace(solved, budget=2),
        "not bought": replace(solved, transfers=(replace(first, sources=(unbought,)), *others)),
        "not in the table": replace(
            solved, transfers=(replace(first, affinity=first.affinity + 0.1), *others)
        ),
        "not exactly one transfer": replace(solved, transfers=tuple(others)),
        "cost": replace(solved, cost=solved.cost + 1),
        "bought twice": replace(solved, sources=(*solved.sources, solved.sources[0])),
        "above the order": replace(solved, order=0),
    }
    assert is_feasible(solved, table)
    for message, mutation in mutations.items():
        assert any(message in fault for fault in faults(mutation, table)), message


def test_own_network_of_a_bought_target_is_demanded(solved: Taxonomy) -> None:
    table = random_table(7)
    other = next(t for t in solved.transfers if t.sources != (t.target,))
    sources = tuple(sorted({*solved.sources, other.target}))
    wrong = replace(solved, sources=sources, budget=4, cost=4.0)
    assert f"{other.target} is bought and does not use its own network" in faults(wrong, table)


def test_bars_are_checked(solved: Taxonomy) -> None:
    table = random_table(7)
    assert not is_feasible(solved, table, exclude=[solved.sources[0]])
    assert not is_feasible(solved, table, require=["nobody"])
