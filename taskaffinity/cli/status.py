"""``taskaffinity status``: what of a run is done."""

import json
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from taskaffinity.runs.jobs import JobsRecord, Progress


def command(
    run: Annotated[Path, typer.Argument(help="A run folder.")],
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Show which jobs of a run are done, left, or diverged.

    Everything is read from the run folder; neither its data nor its tasks are needed.

    \b
    Example:
      taskaffinity status results/rooms
    """
    from taskaffinity.cli.progress import out
    from taskaffinity.errors import RunError
    from taskaffinity.runs.folder import RunFolder
    from taskaffinity.runs.jobs import read_progress

    folder = RunFolder(run).require()
    jobs = folder.jobs()
    if jobs is None:
        raise RunError(
            f"{run} does not record its jobs (an earlier version made it); "
            "`taskaffinity run` with its configuration and --dry-run counts them"
        )
    progress = read_progress(jobs, folder)
    if as_json:
        out(json.dumps({**record_of(jobs, progress), "damaged": progress.damaged}))
        return
    lines = [f"damaged: {line}" for line in progress.damaged]
    out("\n".join([table_of(jobs, progress), *lines, _report_line(folder.path)]))


def _report_line(run: Path) -> str:
    """Say where the report is, and whether it belongs to the current configuration."""
    from taskaffinity.runs.folder import RunFolder
    from taskaffinity.runs.state import is_current

    folder = RunFolder(run)
    if not folder.report_file.is_file():
        return "report  not written yet; go on with the same `taskaffinity run`"
    if not is_current(folder):
        return f"report  {folder.report_file} (of an earlier configuration; `taskaffinity run` makes it new)"
    return f"report  {folder.report_file}"


def record_of(plan: "JobsRecord", state: "Progress") -> dict[str, object]:
    """Return the state as plain values."""
    total, done = counts_of(plan, state)
    return {
        "complete": len(state.done) == len(plan.jobs),
        "jobs": {kind: {"total": total[kind], "done": done[kind]} for kind in total},
        "stale": state.stale,
        "diverged": [{"target": target, "sources": sources.split("+")} for target, sources in state.diverged],
    }


def table_of(plan: "JobsRecord", state: "Progress") -> str:
    """Return the state as a table for people."""
    from taskaffinity.text import one_line

    total, done = counts_of(plan, state)
    lines = [f"{'jobs':<10}{'done':>6}{'of':>6}"]
    lines += [f"{one_line(kind):<10}{done[kind]:>6}{total[kind]:>6}" for kind in total]
    if state.stale:
        lines.append(f"{state.stale} results belong to another configuration; they would be measured again")
    lines += [f"diverged: {one_line(target)} from {one_line(sources)}" for target, sources in state.diverged]
    return "\n".join(lines)


def counts_of(plan: "JobsRecord", state: "Progress") -> tuple[Counter[str], Counter[str]]:
    """Count all jobs and finished jobs by kind, kinds in the order in which they first come."""
    total = Counter(job.kind for job in plan.jobs)
    return total, Counter(job.kind for job in plan.jobs if job.name in state.done)
