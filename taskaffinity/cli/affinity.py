"""``taskaffinity affinity``: from losses to affinities."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from taskaffinity.cli import options

if TYPE_CHECKING:
    import pandas as pd

    from taskaffinity.analysis.measured import Analysis

BEST = 5  # sources printed for each target
KINDS = (".csv", ".parquet")


def command(
    losses: Annotated[Path, typer.Argument(metavar="RUN|LOSSES", help="A run folder or a losses table.")],
    out: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Write the affinities here, as .csv or .parquet.")
    ] = None,
    normaliser: Annotated[
        Literal["ahp", "bradley-terry"], typer.Option(help="What makes affinities of win rates.")
    ] = "ahp",
    resamples: Annotated[
        int, typer.Option(min=0, help="Bootstrap resamples for the intervals; 0 for none.")
    ] = 200,
    seed: Annotated[int, typer.Option(min=0, help="Seed of the bootstrap.")] = 0,
    as_json: options.AsJson = False,
) -> None:
    """Compute affinities, with intervals, from losses per image.

    Affinities rank the sources of each target. For every target, the best sources are printed.

    \b
    Examples:
      taskaffinity affinity results/rooms
      taskaffinity affinity losses.csv --out affinities.csv
    """
    from taskaffinity.analysis.measured import analyse
    from taskaffinity.analysis.tables import read_losses, write_table
    from taskaffinity.errors import InputError

    if out is not None and out.suffix not in KINDS:
        raise InputError(f"{out} is neither .csv nor .parquet; give --out a name that ends in one of these")
    analysis = analyse(read_losses(losses_file(losses)), resamples, seed, normaliser)
    if out is not None:
        write_table(analysis.affinities, out)
    for one in analysis.unknown:
        typer.echo(f"note: {one}", err=True)
    if as_json:
        typer.echo(json.dumps(record_of(analysis, normaliser), ensure_ascii=False, allow_nan=False))
    elif out is not None:
        typer.echo(f"{len(analysis.affinities)} affinities of {len(analysis.consistency)} targets in {out}")
    else:
        typer.echo(text_of(analysis))


def losses_file(path: Path) -> Path:
    """Return the losses table of a run folder; any other path is one itself.

    Raises
    ------
    RunError
        The run is not finished, or its losses belong to an earlier configuration.
    """
    from taskaffinity.runs.folder import RunFolder
    from taskaffinity.runs.state import require_current

    if not path.is_dir():
        return path
    folder = RunFolder(path).require()
    require_current(folder, "losses.parquet")
    return folder.path / "losses.parquet"


def record_of(analysis: "Analysis", normaliser: str) -> dict[str, Any]:
    """Return an analysis as plain values; missing numbers are None."""
    transfers = joined(analysis)
    targets = []
    for row in plain_rows(analysis.consistency):
        mine = transfers[transfers["target"] == row["target"]].drop(columns="target")
        records = plain_rows(mine.sort_values("affinity", ascending=False))
        for record in records:
            record["sources"] = record["sources"].split("+")
        targets.append({**row, "transfers": records})
    unknown = [one.record() for one in analysis.unknown]
    return {
        "normaliser": normaliser, "sanity": analysis.sanity["mean"], "targets": targets, "unknown": unknown,
    }  # fmt: skip


def text_of(analysis: "Analysis") -> str:
    """Return the best sources of each target as a table for people; references are left out."""
    from taskaffinity.names import RESERVED

    transfers = joined(analysis)
    ranked = transfers[~transfers["sources"].isin(RESERVED)].sort_values("affinity", ascending=False)
    best = ranked.groupby("target").head(BEST).sort_values("target", kind="stable")
    return options.table(list(best.columns), [list(row.values()) for row in plain_rows(best)])


def joined(analysis: "Analysis") -> "pd.DataFrame":
    """Return the affinities with gain and quality beside, empty where they were not measured."""
    table = analysis.affinities
    key = [name for name in ("target", "sources", "transfer_size") if name in table]
    for name in ("gain", "quality"):
        rates = getattr(analysis, name).reindex(columns=[*key, name]).astype({name: float})
        table = table.merge(rates, on=key, how="left")
    return table


def plain_rows(table: "pd.DataFrame") -> list[dict[str, Any]]:
    """Return rows as plain values, None for missing ones."""
    return json.loads(table.to_json(orient="records", double_precision=15))
