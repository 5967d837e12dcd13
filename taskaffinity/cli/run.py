"""``taskaffinity run``: the main job."""

import json
from pathlib import Path
from typing import Annotated

import typer


def command(
    config: Annotated[
        Path | None, typer.Argument(help="A YAML config; the default run on the rooms when left out.")
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option(help="The run folder.  [default: results/ and the config's name]", show_default=False),
    ] = None,
    settings: Annotated[
        list[str] | None,
        typer.Option("--set", metavar="KEY=VALUE", help="Set one key of the config; may be repeated."),
    ] = None,
    executor: Annotated[str | None, typer.Option(help="Where jobs run: local or ray.")] = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Print the plan and what it will take, and stop.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Train sources, measure transfers, solve plans, write the report.

    You can interrupt a run at any moment; the same command continues it. Results of an earlier run in the
    folder are kept where they still fit the configuration.

    \b
    Example:
      taskaffinity run examples/kitchen.yaml --set data.path=frames --out results/kitchen
    """
    from taskaffinity.cli.progress import Watch
    from taskaffinity.cli.progress import out as say
    from taskaffinity.config import load

    overrides = list(settings or [])
    if executor:
        overrides.append(f"executor.kind={executor}")
    loaded = load(config, overrides)
    folder = out or Path("results") / (config.stem if config else "rooms")
    with Watch() as watch:
        if dry_run:
            from taskaffinity.cli.forecast import forecast

            say(forecast(loaded, folder, watch, as_json))
            return
        from taskaffinity.pipeline import run

        report = run(loaded, folder, watch)
    say(json.dumps({"run": str(folder), "report": str(report)}) if as_json else _summary(folder, report))


def _summary(folder: Path, report: Path) -> str:
    """Say what the run found, and where it is."""
    from taskaffinity.report.summary import in_words

    places = {
        "report": report,
        "tables": f"{folder}/*.csv, {folder}/losses.parquet",
        "taxonomy": f"{folder}/taxonomy/",
    }
    return "\n".join([in_words(folder), *(f"{name:<9}{place}" for name, place in places.items())])
