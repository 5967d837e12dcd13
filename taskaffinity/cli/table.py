"""``taskaffinity table``: numbers measured elsewhere as a table of transfers."""

from pathlib import Path
from typing import Annotated, Literal

import typer


def command(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A table, a matrix, or a published .pkl.")],
    out: Annotated[Path, typer.Option(metavar="FILE", help="Write the table here, as .csv or .parquet.")],
    value: Annotated[
        Literal["affinity", "gain", "quality", "loss"], typer.Option(help="What the numbers are.")
    ] = "affinity",
    source: Annotated[
        list[str] | None,
        typer.Option(metavar="COLUMN", help="Names the sources; repeated, the names are joined by /."),
    ] = None,
    target: Annotated[
        list[str] | None,
        typer.Option(metavar="COLUMN", help="Names the targets; in a matrix, a row of its header."),
    ] = None,
    number: Annotated[str | None, typer.Option(metavar="COLUMN", help="Holds the numbers.")] = None,
    where: Annotated[
        list[str] | None,
        typer.Option(metavar="COLUMN=VALUE", help="Take only what has this value; may be repeated."),
    ] = None,
    mean: Annotated[bool, typer.Option("--mean", help="Average what was measured more than once.")] = False,
    lower_is_better: Annotated[
        bool,
        typer.Option("--lower-is-better", help="Take the opposites: these are losses, not accuracies."),
    ] = False,
) -> None:
    """Convert accuracies and other results into a table to solve.

    The numbers stay as they are. With accuracies, a plan then maximises their sum over the targets.

    \b
    Examples:
      taskaffinity table accuracies.csv --out affinities.csv
      taskaffinity table vtab_results.csv --where train_examples_if_subset=1000 --out vtab.csv
      taskaffinity table parc_controlled.csv --source Architecture --source "Source Dataset"
      --target "Target Dataset" --number Oracle --out parc.csv
    """
    from taskaffinity.analysis.convert import Columns, converted
    from taskaffinity.analysis.tables import write_table
    from taskaffinity.errors import InputError

    if out.suffix not in (".csv", ".parquet"):
        raise InputError(f"{out} is neither .csv nor .parquet; give --out a name that ends in one of these")
    if out.exists() and out.samefile(file):
        raise InputError(f"{out} is the file that is read; give --out another name")
    parted = [condition.partition("=") for condition in where or []]
    if not all(name.strip() and sign for name, sign, _ in parted):
        raise InputError("--where takes COLUMN=VALUE, as in --where run=1")
    columns = Columns(
        tuple(source or ()), tuple(target or ()), number, {name.strip(): what for name, _, what in parted},
        mean, lower_is_better,
    )  # fmt: skip
    table = converted(file, value, columns)
    write_table(table, out)
    counts = f"{table['sources'].nunique()} sources, {table['target'].nunique()} targets"
    typer.echo(f"{len(table)} transfers ({counts}) in {out}")
