"""How few transfers do: tables with all cells hidden, uncovered as `transfer.measure` asks for them.

Run ``python benchmarks/measuring.py [--starts 10] [NAME …]``. For every table, share and budget it prints
the objective of the plan from measured transfers, as a share of that from all: the mean and the worst of
the starts, by `taskaffinity.analysis.measure` and by as many cells at random.

Tables: ``reference`` (``results/reference``), ``first`` and ``second`` (Taskonomy's published affinities of
one and of up to two sources), ``higher`` (its affinities with 1,000 images, up to four sources), ``vtab``,
``parc``.
"""

import argparse
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd

from taskaffinity.analysis.convert import Columns, converted
from taskaffinity.analysis.measure import Replay, replay, replay_at_random
from taskaffinity.analysis.plan import PlanOptions, PlanTables
from taskaffinity.analysis.tables import read_table
from taskaffinity.names import order_of

ROOT = Path(__file__).parents[1]
DATA = ROOT.parent / "shared" / "data"
BUDGETS = range(2, 11)


def published(name: str, order: int | None = None) -> pd.DataFrame:
    """Read Taskonomy's affinities; those of a lower order alone are made to sum to 1 again."""
    table = read_table(DATA / "taskonomy-results" / name, "affinity")
    if order is not None:
        table = table[[order_of(sources) <= order for sources in table["sources"]]]
    total = table.groupby("target")["affinity"].transform("sum")
    return table.assign(affinity=table["affinity"] / total)


TABLES: dict[str, tuple[Callable[[], pd.DataFrame], float]] = {
    "reference": (lambda: read_table(ROOT / "results" / "reference" / "affinities.csv", "affinity"), 0.25),
    "first": (lambda: published("all_affinities.pkl", 1), 0.15),
    "second": (lambda: published("all_affinities.pkl"), 0.15),
    "higher": (lambda: published("all_affinities_1k.pkl"), 0.15),
    "vtab": (lambda: zoo("vtab"), 0.25),
    "parc": (lambda: zoo("parc"), 0.25),
}


def zoo(name: str) -> pd.DataFrame:
    """Read accuracies of pretrained models."""
    folder = DATA / "published" / "model-zoo"
    if name == "vtab":
        columns = Columns(where={"train_examples_if_subset": "1000"})
        return converted(folder / "vtab_results.csv", "affinity", columns)
    columns = Columns(("Architecture", "Source Dataset"), ("Target Dataset",), "Oracle")
    return converted(folder / "parc_controlled.csv", "affinity", columns)


def line(rule: str, replays: list[Replay]) -> str:
    """Write what a rule reached, budget by budget."""
    reached = 100 * np.array([one.reached for one in replays])
    cells = "  ".join(
        f"{mean:5.1f} {worst:5.1f}" for mean, worst in zip(reached.mean(0), reached.min(0), strict=True)
    )
    return f"{rule:<8}{cells}"


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*", default=list(TABLES))
    parser.add_argument("--starts", type=int, default=10)
    parser.add_argument("--share", type=float)
    asked = parser.parse_args()
    steps = [PlanOptions(budget=budget) for budget in BUDGETS]
    for name in asked.names:
        make, share = TABLES[name]
        share = asked.share or share
        tables = PlanTables(make())
        began = time.perf_counter()
        chosen = [replay(tables, steps, share, seed) for seed in range(asked.starts)]
        seconds = (time.perf_counter() - began) / asked.starts
        random = [replay_at_random(tables, steps, share, seed) for seed in range(asked.starts)]
        print(
            f"{name}, {share:.0%} of {len(tables.affinities)} rows, {seconds:.1f} s a start; mean, worst, %"
        )
        print(f"{'budget':<8}" + "  ".join(f"{budget:>11}" for budget in BUDGETS))
        print(line("chosen", chosen))
        print(line("random", random), flush=True)


if __name__ == "__main__":
    main()
