import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.affinities import random_table
from support.plans import random_instance

from taskaffinity.analysis.plan import PlanOptions, PlanTables, Program, build
from taskaffinity.analysis.plan import reduce as module
from taskaffinity.analysis.plan.program import NONE
from taskaffinity.analysis.plan.reduce import undominated
from taskaffinity.errors import InputError


def values(program: Program, bought: np.ndarray) -> np.ndarray:
    """What the best plan gives each target; NaN where there is no transfer."""
    chosen = program.best(bought)
    return np.where(chosen == NONE, np.nan, program.value[chosen])


@settings(max_examples=60, deadline=None)
@given(seed=st.integers(0, 10_000), code=st.integers(0, 2**14 - 1))
def test_what_is_left_is_worth_as_much_with_any_items(seed: int, code: int) -> None:
    try:
        program = build(*random_instance(seed)).program
    except InputError:
        return
    bought = np.array([bool(code >> i & 1) for i in range(len(program.items.names))], bool)
    left = program.only(undominated(program))
    np.testing.assert_array_equal(values(left, bought), values(program, bought))


def program_of(table: pd.DataFrame) -> Program:
    return build(PlanTables(table), PlanOptions(budget=1)).program


def test_blocks_change_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    program = program_of(random_table(4, tasks=6))
    whole = undominated(program)
    monkeypatch.setattr(module, "BLOCK", 50)
    np.testing.assert_array_equal(undominated(program), whole)
    assert 0 < whole.sum() < len(whole)


def test_of_several_transfer_sizes_the_best_is_kept_unless_one_is_named() -> None:
    table = pd.DataFrame(
        [("a", "b", 0.3, 1000), ("a", "b", 0.5, 16000), ("a", "b+c", 0.4, 1000)],
        columns=["target", "sources", "affinity", "transfer_size"],
    )
    program = program_of(table)
    assert program.affinity[undominated(program)].tolist() == [0.5]
    named = build(PlanTables(table), PlanOptions(budget=1, transfer_size=1000)).program
    assert named.affinity.tolist() == [0.4, 0.3]
    with pytest.raises(InputError, match="no transfer was measured at size 5; there are 1000, 16000"):
        build(PlanTables(table), PlanOptions(budget=1, transfer_size=5))
