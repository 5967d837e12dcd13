"""Small tables of affinities."""

from itertools import combinations
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

PUBLISHED = Path(__file__).parents[3] / "shared" / "data" / "taskonomy-results"


def published(name: str) -> Path:
    """One of Taskonomy's published files; the test is skipped where they are not."""
    if not (PUBLISHED / name).is_file():
        pytest.skip(f"{PUBLISHED / name} is not there")
    return PUBLISHED / name


def random_table(
    seed: int, tasks: int = 5, extra: int = 2, order: int = 3, share: float = 0.7
) -> pd.DataFrame:
    """Tasks that are both source and target, sources alone, references; sets of several orders."""
    generator = np.random.default_rng(seed)
    targets = [f"t{i}" for i in range(tasks)]
    names = targets + [f"s{i}" for i in range(extra)]
    rows = []
    for target in targets:
        rows += [(target, reference) for reference in ("self", "random", "scratch")]
        for size in range(1, order + 1):
            rows += [
                (target, "+".join(c)) for c in combinations(names, size) if generator.random() < share / size
            ]
        rows.append((target, "s0"))
    table = pd.DataFrame(rows, columns=["target", "sources"]).drop_duplicates(ignore_index=True)
    table["affinity"] = generator.dirichlet(np.full(len(table), 0.3)).clip(1e-9)
    return table


def rates(table: pd.DataFrame, name: str, seed: int) -> pd.DataFrame:
    """Win rates of the transfers of a table."""
    generator = np.random.default_rng(seed)
    return table[["target", "sources"]].assign(**{name: generator.random(len(table))})
