"""``taskaffinity estimate``: how well frozen encodings serve targets, without training readouts."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    import pandas as pd

    from taskaffinity.runs.estimates import EstimatesRecord
    from taskaffinity.runs.folder import RunFolder


def command(
    run: Annotated[Path, typer.Argument(help="A run folder; with --config it may be a new one.")],
    estimates: Annotated[
        str | None,
        typer.Option(metavar="NAMES", help="Estimates joined by commas.  [default: all]", show_default=False),
    ] = None,
    config: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Make a new run folder from this YAML config first."),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Estimate how well each source serves each target, without training a readout.

    Encodings of the run are read from its cache, or computed where they are missing; so are sources. Where
    readouts were measured, it is also said how well each estimate ranks them, beside a constant ranking and a
    ranking by size. Results go into the run folder, and into its report when it is written again.

    \b
    Examples:
      taskaffinity estimate results/rooms
      taskaffinity estimate results/rooms --estimates logme,hscore --json
      taskaffinity estimate results/new --config examples/tiny.yaml
    """
    from taskaffinity.analysis.estimates import choose
    from taskaffinity.cli.progress import Watch, out
    from taskaffinity.estimation import estimate_run
    from taskaffinity.runs.folder import RunFolder

    chosen, folder = choose(estimates), RunFolder(run)
    if config is not None:
        _begin(folder, config)
    with Watch() as watch:
        table, record = estimate_run(folder.require(), chosen, watch)
    out(json.dumps(_plain(run, table, record), ensure_ascii=False) if as_json else _text(table, record))


def _begin(folder: "RunFolder", config: Path) -> None:
    """Make a new run folder."""
    from taskaffinity.config import load
    from taskaffinity.errors import InputError
    from taskaffinity.pipeline import check_input

    if folder.exists():
        raise InputError(f"{folder.path} is a run already; leave --config out, or choose another folder")
    loaded = load(config)
    check_input(loaded)
    with folder.locked():
        folder.write_config(loaded)


def _plain(run: Path, table: "pd.DataFrame", record: "EstimatesRecord") -> dict[str, object]:
    """Return everything as plain values; values that are not defined are null."""
    values = table.astype(object).where(table.notna(), None).to_dict("records")
    rankings = [
        {**row.model_dump(), "beats_constant": row.beats_constant, "verdict": row.verdict}
        for row in record.rankings
    ]
    return {"run": str(run), **record.model_dump(), "rankings": rankings, "estimates": values}


def _text(table: "pd.DataFrame", record: "EstimatesRecord") -> str:
    """Say everything for people."""
    lines = [f"{len(record.sources)} sources, {len(record.targets)} targets; values are in estimates.csv"]
    if record.is_measured:
        return "\n".join([*lines, *_notes(record), "", _rankings(record), "", *_verdicts(record)])
    told = (
        "The readouts of the run are not all measured yet, so it cannot be said how well the estimates rank."
    )
    return "\n".join([*lines, *_notes(record), "", _counts(table, record), "", told])


def _notes(record: "EstimatesRecord") -> list[str]:
    """Say what is not defined, and what says little; estimates of one reason in one line."""
    names: dict[tuple[str, str, int], list[str]] = {}
    for said, notes in (("not defined", record.undefined), ("warning", record.warnings)):
        for note in notes:
            names.setdefault((said, note.reason, note.pairs), []).append(note.estimate)
    return [
        f"{said} for {pairs} pairs: {', '.join(estimates)} ({reason})"
        for (said, reason, pairs), estimates in names.items()
    ]


def _rankings(record: "EstimatesRecord") -> str:
    """Lay out how well each estimate ranks, each number with those of both baselines behind it."""
    from taskaffinity.cli.options import table as layout

    head = ["estimate", "targets"]
    for name in ("spearman", "weighted tau", "regret"):
        head += [name, "(constant)", "(size)"]
    rows = []
    for row in record.rankings:
        sides = (row.own, row.constant, row.size)
        numbers = [getattr(side, name) for name in ("spearman", "weighted_tau", "regret") for side in sides]
        rows.append((row.estimate, row.targets, *numbers))
    return layout(head, rows)


def _verdicts(record: "EstimatesRecord") -> list[str]:
    """Compare each estimate with the constant ranking, in words."""
    return [row.verdict for row in record.rankings]


def _counts(table: "pd.DataFrame", record: "EstimatesRecord") -> str:
    """Lay out for how many pairs each estimate is defined, and what it took."""
    from taskaffinity.cli.options import table as layout

    defined = table.groupby("estimate", sort=False)["value"].count()
    rows = [(str(name), int(count), record.seconds.get(str(name))) for name, count in defined.items()]
    return layout(("estimate", "pairs", "seconds"), rows)
