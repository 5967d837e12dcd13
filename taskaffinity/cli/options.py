"""Options that the analysing commands share, and how their values are read."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from taskaffinity.notebook import Affinities

Measured = Annotated[
    Path,
    typer.Argument(
        metavar="RUN|AFFINITIES", help="A run folder, a CSV or Parquet table, or a published .pkl."
    ),
]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]
Objective = Annotated[
    str, typer.Option(metavar="affinity|sqrt|gain|quality", help="What to maximise.", show_default=True)
]
Gain = Annotated[
    Path | None, typer.Option(metavar="FILE", help="Table of win rates against training from scratch.")
]
Quality = Annotated[
    Path | None, typer.Option(metavar="FILE", help="Table of win rates against full supervision.")
]
Importance = Annotated[
    Path | None, typer.Option(metavar="FILE", help="CSV (target, importance) or JSON: weights of targets.")
]
LabelCost = Annotated[
    Path | None, typer.Option(metavar="FILE", help="CSV (source, label_cost) or JSON: costs of sources.")
]
Exclude = Annotated[
    list[str] | None, typer.Option(metavar="SOURCE", help="A source that cannot be bought; may be repeated.")
]
Require = Annotated[
    list[str] | None, typer.Option(metavar="SOURCE", help="A source that has to be bought; may be repeated.")
]
Novel = Annotated[
    list[str] | None,
    typer.Option(metavar="TARGET", help="A target that cannot be a source; may be repeated."),
]
SolverName = Annotated[str, typer.Option("--solver", help="highs, cbc, scip, gurobi or cplex.")]
TimeLimit = Annotated[
    float | None, typer.Option(metavar="SECONDS", help="Stop there and report the gap.  [default: none]")
]


def measured(path: Path, gain: Path | None, quality: Path | None) -> "Affinities":
    """Read what a command works on."""
    from taskaffinity.analysis.tables import require_same_names
    from taskaffinity.notebook import load_affinities

    found = load_affinities(path, gain, quality)
    tables = ((str(path), found.affinities), ("--gain", found.gain), ("--quality", found.quality))
    require_same_names(tables)
    return found


def program_options(
    found: "Affinities",
    importance: Path | None,
    label_cost: Path | None,
    exclude: list[str] | None,
    require: list[str] | None,
    novel: list[str] | None,
) -> dict[str, Any]:
    """Gather what the solver is to know, files over what the run recorded."""
    from taskaffinity.analysis.weights import read_weights
    from taskaffinity.names import tidy

    exclude, require, novel = (list(map(tidy, names or ())) for names in (exclude, require, novel))
    given: dict[str, Any] = {"exclude": exclude, "require": require}
    if importance:
        given["importance"] = read_weights(importance, "target", "importance")
    if label_cost:
        given["label_cost"] = read_weights(label_cost, "source", "label_cost")
    if novel:
        given["novel"] = (*found.novel, *novel)
    return found.options(**given)


def hint(found: "Affinities") -> str | None:
    """Say which published win rates lie beside affinities that were read without any."""
    stem, path = "all_affinities", found.path
    if path.suffix != ".pkl" or not path.name.startswith(stem):
        return None
    files = {"gain": ("wins_vs_pixels", found.gain), "quality": ("wins_vs_task", found.quality)}
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
    return f"{value:.4f}" if isinstance(value, float) else str(value)
