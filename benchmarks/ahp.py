"""How time and memory of the tournament and of AHP grow, and what the bootstrap costs.

    python benchmarks/ahp.py [--quick] [--out FILE]

Prints one table and one line of JSON. Times are processor seconds, which other work on the machine changes
little. Three kinds of rows:

- ``growth``: one target with more and more transfers on 1,000 images; ``pairs`` is the same tournament by one
  NumPy comparison per pair, in the same run, up to 250 transfers.
- ``bulk``: 2,000 transfers on 20,000 images, the largest this is meant for; ``peak_mib`` is what the
  tournament allocates beside the losses, measured on a tenth of the images, since it does not depend on them.
- ``bootstrap``: a whole analysis of 22 targets, 37 transfers each in the tournament, on 1,000 images, with
  200 resamples.
"""

import argparse
import json
import time
import tracemalloc
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from taskaffinity.analysis.ahp import principal_eigenvectors, ratios
from taskaffinity.analysis.bradley_terry import strengths
from taskaffinity.analysis.measured import analyse
from taskaffinity.analysis.tournament import win_shares

IMAGES = 1000
SIZES = (40, 125, 250, 500, 1000, 2000)
PAIRS_UP_TO = 250
COLUMNS = (
    "kind",
    "transfers",
    "images",
    "tournament",
    "pairs",
    "ahp",
    "bradley_terry",
    "analysis",
    "peak_mib",
)


def losses_of(transfers: int, images: int, seed: int = 0) -> np.ndarray:
    """Draw losses (transfers, images) as a run records them: float32, some transfers better than others."""
    generator = np.random.default_rng(seed)
    losses = generator.standard_exponential((transfers, images), dtype=np.float32)
    losses *= np.geomspace(1, 8, transfers, dtype=np.float32)[:, None]
    return losses


def timed(work: Callable[[], Any]) -> tuple[float, Any]:
    """Return the processor seconds that some work takes, and its result."""
    begun = time.process_time()
    result = work()
    return time.process_time() - begun, result


def by_pairs(losses: np.ndarray) -> np.ndarray:
    """Return the win shares by one comparison per pair; there are no ties to speak of in these losses."""
    shares = np.full((len(losses), len(losses)), 0.5)
    for i in range(len(losses)):
        for j in range(i):
            shares[i, j] = (losses[i] < losses[j]).mean()
            shares[j, i] = 1.0 - shares[i, j]
    return shares


def growth(transfers: int) -> dict[str, Any]:
    """Measure one target."""
    losses = losses_of(transfers, IMAGES)
    row: dict[str, Any] = {"kind": "growth", "transfers": transfers, "images": IMAGES}
    row["tournament"], shares = timed(lambda: win_shares(losses))
    if transfers <= PAIRS_UP_TO:
        row["pairs"], plain = timed(lambda: by_pairs(losses))
        assert np.allclose(plain, shares, atol=2.0 / IMAGES)
    row["ahp"], _ = timed(lambda: principal_eigenvectors(ratios(shares)))
    row["bradley_terry"], _ = timed(lambda: strengths(shares))
    return row


def bulk(transfers: int, images: int) -> dict[str, Any]:
    """Measure the largest target, and what is allocated for it."""
    losses = losses_of(transfers, images)
    seconds, shares = timed(lambda: win_shares(losses))
    tracemalloc.start()
    win_shares(losses[:, : images // 10])
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    ahp, _ = timed(lambda: principal_eigenvectors(ratios(shares)))
    return {
        "kind": "bulk", "transfers": transfers, "images": images, "tournament": seconds, "ahp": ahp,
        "peak_mib": peak / 2**20,
    }  # fmt: skip


def bootstrap(targets: int, transfers: int, resamples: int) -> dict[str, Any]:
    """Measure a whole analysis with its intervals, from the table on."""
    names = [f"t{k:02d}" for k in range(transfers - 2)] + ["self", "random", "scratch"]
    parts = [
        pd.DataFrame(
            {
                "target": f"t{target:02d}",
                "sources": np.repeat(names, IMAGES),
                "image": np.tile([f"image-{k}" for k in range(IMAGES)], len(names)),
                "loss": losses_of(len(names), IMAGES, target).ravel(),
            }
        )
        for target in range(targets)
    ]
    table = pd.concat(parts, ignore_index=True)
    seconds, found = timed(lambda: analyse(table, resamples))
    return {
        "kind": f"bootstrap x{resamples}", "transfers": len(found.affinities), "images": IMAGES,
        "analysis": seconds,
    }  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--quick", action="store_true", help="small sizes, to see that it works")
    parser.add_argument("--out", type=Path, help="write the JSON here too")
    arguments = parser.parse_args()
    growth(3)  # SciPy and choix are imported
    rows = [growth(transfers) for transfers in (SIZES[:2] if arguments.quick else SIZES)]
    rows.append(bulk(200, 2000) if arguments.quick else bulk(2000, 20_000))
    rows.append(bootstrap(2, 9, 20) if arguments.quick else bootstrap(22, 37, 200))
    table = pd.DataFrame(rows, columns=list(COLUMNS))
    print(table.to_string(index=False, na_rep="-", float_format=lambda value: f"{value:.4g}"))
    text = json.dumps(rows)
    print(text)
    if arguments.out:
        arguments.out.write_text(text + "\n", "utf-8")


if __name__ == "__main__":
    main()
