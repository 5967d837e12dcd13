import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.affinities import random_table

from taskaffinity.analysis.taxonomy import Program, build
from taskaffinity.analysis.taxonomy import prune as module
from taskaffinity.analysis.taxonomy.program import NONE
from taskaffinity.analysis.taxonomy.prune import undominated


def values(program: Program, bought: np.ndarray) -> np.ndarray:
    """What the best policy gives each target; NaN where there is no transfer."""
    chosen = program.best(bought)
    return np.where(chosen == NONE, np.nan, program.value[chosen])


@settings(max_examples=30, deadline=None)
@given(seed=st.integers(0, 10_000), bought=st.integers(0, 2**7 - 1))
def test_what_is_left_is_worth_as_much_with_any_sources(seed: int, bought: int) -> None:
    program = build(random_table(seed))
    mask = np.array([bool(bought >> i & 1) for i in range(len(program.sources))])
    left = program.only(undominated(program))
    np.testing.assert_array_equal(values(left, mask), values(program, mask))


def test_blocks_change_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    program = build(random_table(4, tasks=6))
    whole = undominated(program)
    monkeypatch.setattr(module, "BLOCK", 50)
    np.testing.assert_array_equal(undominated(program), whole)
    assert 0 < whole.sum() < len(whole)


def test_of_several_transfer_sizes_the_best_is_kept() -> None:
    table = pd.DataFrame(
        [("a", "b", 0.3, 1000), ("a", "b", 0.5, 16000), ("a", "b+c", 0.4, 1000)],
        columns=["target", "sources", "affinity", "transfer_size"],
    )
    program = build(table)
    assert program.affinity[undominated(program)].tolist() == [0.5]
