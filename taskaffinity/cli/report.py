"""``taskaffinity report``: write the report of a run again, or one about tables."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from taskaffinity.cli import options

if TYPE_CHECKING:
    from taskaffinity.cli.progress import Watch


def command(
    measured: options.Measured,
    gain: options.Gain = None,
    quality: options.Quality = None,
    out: Annotated[
        Path | None,
        typer.Option(
            help="Write the page here, and nothing else.  [default: RUN/report.html, or AFFINITIES.html here]"
        ),
    ] = None,
    pictures: Annotated[
        bool,
        typer.Option("--pictures/--no-pictures", help="Show test images with what networks made of them."),
    ] = True,
) -> None:
    """Write the report of a run or of a table of affinities.

    The report and figures of a run are drawn from the files in its folder; none of its code is executed. A
    table is CSV, Parquet, or one of Taskonomy's published .pkl files. Its plans are solved first, and its
    report has no images.

    \b
    Examples:
      taskaffinity report results/rooms
      taskaffinity report all_affinities.pkl --gain wins_vs_pixels.pkl --quality wins_vs_task.pkl
    """
    from taskaffinity.cli.progress import Watch
    from taskaffinity.cli.progress import out as say
    from taskaffinity.errors import InputError

    with Watch() as watch:
        if measured.is_dir():
            if gain or quality:
                raise InputError("--gain and --quality go with a table of affinities; a run has its own")
            page = _of_run(measured, out, pictures, watch)
        else:
            page = _of_tables(measured, gain, quality, out, watch)
    say(f"report   {page}")


def _of_run(run: Path, out: Path | None, pictures: bool, watch: "Watch") -> Path:
    from taskaffinity.report import write
    from taskaffinity.runs.folder import RunFolder
    from taskaffinity.runs.pictures import has_pictures

    folder = RunFolder(run).require()
    page = write(folder, watch.step, page=out, pictures=pictures)
    if pictures and not has_pictures(folder):
        watch.say("without pictures: the run folder keeps none")
    return page


def _of_tables(
    table: Path, gain: Path | None, quality: Path | None, out: Path | None, watch: "Watch"
) -> Path:
    from taskaffinity.report import write_findings
    from taskaffinity.report.tables import findings_of_tables

    page = out or Path(f"{table.stem}.html")
    found = options.measured(table, gain, quality)
    advance = watch.step("solving taxonomies", 1)
    findings = findings_of_tables(table.stem, found)
    advance(1)
    write_findings(findings, page, [], watch.step)
    return page
