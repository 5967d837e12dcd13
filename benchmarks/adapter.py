"""What is lost by the adapter of pretrained encoders: fewer channels, and a coarser grid.

    python benchmarks/adapter.py examples/backbones.yaml --set data.path=FRAMES --run results/adapter

The config's first declared encoder is declared again and again, with other limits of `channels` and `grid`,
and readouts on it are trained for every target. The run's own networks get one update: nothing depends on
them. ``ratio`` is the mean test loss over that with all channels and cells, as a geometric mean over targets;
``worst`` is the largest of a target, and ``better`` on how many targets the loss is no higher.
"""

import argparse
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from table import Silent, show

from taskaffinity import pipeline
from taskaffinity.config import load

WHOLE = "all"
CHANNELS = ("all", 512, 128, 32)
GRIDS = (4, 1)


def variants(keys: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """Declare the encoder with every limit; names say which."""
    whole = {**keys, "channels": WHOLE, "grid": WHOLE}
    by_channels = {f"channels_{limit}": {**whole, "channels": limit} for limit in CHANNELS if limit != WHOLE}
    by_grid = {f"grid_{limit}": {**whole, "grid": limit} for limit in GRIDS}
    return {WHOLE: whole, **by_channels, **by_grid}


def losses_of(folder: Path) -> pd.DataFrame:
    """Read the mean test losses of first order: targets by sources."""
    table = pd.read_csv(folder / "performance.csv")
    return table.pivot_table(index="target", columns="sources", values="loss")


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("config", type=Path, help="a config that declares a pretrained encoder")
    parser.add_argument(
        "--set", action="append", default=[], metavar="KEY=VALUE", help="as in taskaffinity run"
    )
    parser.add_argument("--run", type=Path, required=True, help="the run folder to make")
    parser.add_argument("--out", type=Path, help="write the JSON here too")
    given = parser.parse_args()
    config = load(given.config, given.set)
    name, keys = next(iter(config.sources.declared.items()))
    declared = variants(keys)
    config = config.model_copy(
        update={
            "sources": config.sources.model_copy(update={"declared": declared}),
            "source": config.source.model_copy(update={"updates": 1, "checkpoints": 1}),
            "scratch": config.scratch.model_copy(update={"updates": 1, "checkpoints": 1}),
        }
    )
    pipeline.run(config, given.run, Silent())
    losses = losses_of(given.run)
    shapes = pd.read_csv(given.run / "sources.csv", index_col="source")["encoder_operations"]
    rows = []
    for variant in declared:
        ratios = losses[variant] / losses[WHOLE]
        rows.append({"encoder": name, "limit": variant, "targets": len(ratios),
                     "ratio": float(np.exp(np.log(ratios).mean())), "worst": float(ratios.max()),
                     "better": int((ratios <= 1).sum()), "operations": int(shapes[variant])})  # fmt: skip
    show(rows, given.out, run=str(given.run))


if __name__ == "__main__":
    main()
