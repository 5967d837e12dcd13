"""Options that the analysing commands share, and how their values are read."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from taskaffinity.text import one_line

if TYPE_CHECKING:
    from taskaffinity.runs.affinities import Affinities

Measured = Annotated[
    Path,
    typer.Argument(
        metavar="RUN|AFFINITIES", help="A run folder, a CSV or Parquet table, or a published .pkl."
    ),
]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]
Budget = Annotated[
    float | None,
    typer.Option(help="What the labels may cost together.  [default: no limit]", show_default=False),
]
Compute = Annotated[
    str | None,
    typer.Option(
        metavar="AMOUNT|SHARE",
        help="What the encoders used may cost to run: 2.5, 1.2G, or 50% of all.  [default: no limit]",
        show_default=False,
    ),
]
Order = Annotated[
    int | None,
    typer.Option(help="Most sources of one transfer.  [default: as measured]", show_default=False),
]
Objective = Annotated[
    str, typer.Option(metavar="affinity|sqrt|gain|quality", help="What to maximise.", show_default=True)
]
Gain = Annotated[
    Path | None, typer.Option(metavar="FILE", help="Table of win rates against training from scratch.")
]
Quality = Annotated[
    Path | None, typer.Option(metavar="FILE", help="Table of win rates against full supervision.")
]
Sources = Annotated[
    Path | None,
    typer.Option(
        metavar="FILE",
        help="Table of what sources need and cost.  [default: the sources.csv beside]",
        show_default=False,
    ),
]
Importance = Annotated[
    Path | None, typer.Option(metavar="FILE", help="CSV (target, importance) or JSON: weights of targets.")
]
LabelCost = Annotated[
    Path | None, typer.Option(metavar="FILE", help="CSV (source, label_cost) or JSON: costs of labels.")
]
ComputeCost = Annotated[
    Path | None,
    typer.Option(
        metavar="FILE",
        help="CSV (source, compute_cost) or JSON: costs of running encoders.  [default: their operations]",
        show_default=False,
    ),
]
Exclude = Annotated[
    list[str] | None, typer.Option(metavar="SOURCE", help="A source that cannot be used; may be repeated.")
]
Require = Annotated[
    list[str] | None, typer.Option(metavar="SOURCE", help="A source that has to be used; may be repeated.")
]
Novel = Annotated[
    list[str] | None,
    typer.Option(metavar="TARGET", help="A target that has no labels to buy; may be repeated."),
]
TransferSize = Annotated[
    int | None,
    typer.Option(
        metavar="N",
        help="Take transfers that were measured with so many examples.  [default: the best]",
        show_default=False,
    ),
]
SolverName = Annotated[str, typer.Option("--solver", help="highs, cbc, scip, gurobi or cplex.")]
TimeLimit = Annotated[
    float, typer.Option(metavar="SECONDS", help="Stop there, for one budget, and report the gap.")
]


@dataclass(frozen=True)
class Asked:
    """What the solving commands share, as it was typed.

    Attributes
    ----------
    objective, importance, label_cost, compute_cost, exclude, require, novel, transfer_size
        The options of these names; files are not read yet.
    """

    objective: str
    importance: Path | None
    label_cost: Path | None
    compute_cost: Path | None
    exclude: list[str] | None
    require: list[str] | None
    novel: list[str] | None
    transfer_size: int | None

    def read(self) -> dict[str, Any]:
        """Read the files; returns the fields of `PlanOptions` that were given."""
        from taskaffinity.analysis.weights import read_weights
        from taskaffinity.names import tidy

        files = {
            "importance": (self.importance, "target"),
            "label_cost": (self.label_cost, "source"),
            "compute_cost": (self.compute_cost, "source"),
        }
        weights = {name: read_weights(file, key, name) for name, (file, key) in files.items() if file}
        return {
            "objective": self.objective, "excluded": [*map(tidy, self.exclude or ())],
            "required": [*map(tidy, self.require or ())], "novel": [*map(tidy, self.novel or ())],
            "transfer_size": self.transfer_size, **weights,
        }  # fmt: skip


def measured(
    path: Path, gain: Path | None = None, quality: Path | None = None, sources: Path | None = None
) -> "Affinities":
    """Read what a command works on."""
    from taskaffinity.analysis.tables import require_same_names
    from taskaffinity.runs.opening import open_measured

    measurements = open_measured(path, gain, quality, sources)
    tables = (
        (str(path), measurements.affinities),
        ("--gain", measurements.gain),
        ("--quality", measurements.quality),
    )
    require_same_names(tables)
    return measurements


def amounts(text: str) -> list[str]:
    """Read ``FIRST:LAST`` or amounts joined by commas; returns their texts."""
    span = re.fullmatch(r"(-?\d+):(-?\d+)", text.strip())
    if span:
        return [str(n) for n in range(int(span[1]), int(span[2]) + 1)] or [text]
    return [part.strip() for part in text.split(",")]


def hint(affinities: "Affinities") -> str | None:
    """Say which published win rates lie beside affinities that were read without any."""
    stem, path = "all_affinities", affinities.path
    if path.suffix != ".pkl" or not path.name.startswith(stem):
        return None
    files = {"gain": ("wins_vs_pixels", affinities.gain), "quality": ("wins_vs_task", affinities.quality)}
    beside = [
        f"--{option} {path.with_name(name + path.name.removeprefix(stem))}"
        for option, (name, table) in files.items()
        if table is None and path.with_name(name + path.name.removeprefix(stem)).is_file()
    ]
    return f"win rates lie beside: add {' '.join(beside)}" if beside else None


def table(head: Sequence[str], rows: Sequence[Sequence[object]]) -> str:
    """Lay out a table for people: text to the left, numbers to the right, unknown as a dash."""
    cells = [list(head), *([_cell(value) for value in row] for row in rows)]
    widths = [max(len(row[column]) for row in cells) for column in range(len(head))]
    left = [
        all(not isinstance(row[column], int | float | None) for row in rows) for column in range(len(head))
    ]
    lines = (
        "  ".join(
            c.ljust(w) if is_left else c.rjust(w) for c, w, is_left in zip(row, widths, left, strict=True)
        )
        for row in cells
    )
    return "\n".join(line.rstrip() for line in lines)


def _cell(value: object) -> str:
    if value is None:
        return "-"
    return f"{value:.4f}" if isinstance(value, float) else one_line(value)
