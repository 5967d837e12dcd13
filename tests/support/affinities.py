"""Small tables of affinities, and the best taxonomy found by trying everything."""

from itertools import combinations
from pathlib import Path
from typing import Any

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


def brute_force(
    table: pd.DataFrame, budget: float, value: str = "affinity", order: int = 99, **given: Any
) -> float | None:
    """Try every source set; None where none reaches every target. The rules are written out from the text."""
    costs, weights = given.get("label_cost", {}), given.get("importance", {})
    worth = {(r.target, frozenset(r.sources.split("+"))): getattr(r, value) for r in table.itertuples()}
    targets = sorted(set(table["target"]))
    names = sorted({n for _, s in worth for n in s if n not in ("self", "random", "scratch")} | set(targets))
    names = [n for n in names if n not in given.get("barred", ())]
    best = None
    for size in range(len(names) + 1):
        for bought in map(frozenset, combinations(names, size)):
            if sum(costs.get(n, 1.0) for n in bought) > budget + 1e-9 or not bought >= set(
                given.get("require", ())
            ):
                continue
            values = [_best_transfer(worth, target, bought, order) for target in targets]
            if None not in values:
                total = sum(weights.get(t, 1.0) * v for t, v in zip(targets, values, strict=True))
                best = total if best is None else max(best, total)
    return best


def _best_transfer(worth: dict[Any, float], target: str, bought: frozenset[str], order: int) -> float | None:
    own = (target, frozenset({"self"}))
    if target in bought and own in worth:
        return worth[own]
    values = [v for (t, s), v in worth.items() if t == target and s <= bought and len(s) <= order]
    return max(values, default=None)
