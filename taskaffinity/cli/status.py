"""``taskaffinity status``: what of a run is done."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from taskaffinity.engine.plan import Plan, State


def command(
    run: Annotated[Path, typer.Argument(help="A run folder.")],
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Show which jobs of a run are done, which are left, and which diverged.

    \b
    Example:
      taskaffinity status results/rooms
    """
    from taskaffinity.cli.progress import Watch, out
    from taskaffinity.engine.plan import read_state
    from taskaffinity.pipeline import prepare_run
    from taskaffinity.store import RunFolder

    folder = RunFolder(run).require()
    with Watch() as watch:
        prepared = prepare_run(folder.config(), watch)
    plan = prepared.waves(folder)[-1]
    state = read_state(plan, folder)
    if as_json:
        out(json.dumps(record_of(plan, state)))
        return
    out(table_of(plan, state))
    report = run / "report.html"
    out(
        f"report  {report}"
        if report.is_file()
        else "report  not written yet; go on with the same `taskaffinity run`"
    )


def record_of(plan: "Plan", state: "State") -> dict[str, object]:
    """Return the state as plain values."""
    jobs = {
        kind: {
            "total": sum(job.kind == kind for job in plan.jobs),
            "done": sum(job.kind == kind and job.name in state.done for job in plan.jobs),
        }
        for kind in plan.kinds
    }
    return {
        "complete": len(state.done) == len(plan.jobs),
        "jobs": jobs,
        "stale": state.stale,
        "diverged": [{"target": target, "sources": sources.split("+")} for target, sources in state.diverged],
    }


def table_of(plan: "Plan", state: "State") -> str:
    """Return the state as a table for people."""
    lines = [f"{'jobs':<10}{'done':>6}{'of':>6}"]
    for kind in plan.kinds:
        names = [job.name for job in plan.jobs if job.kind == kind]
        lines.append(f"{kind:<10}{sum(name in state.done for name in names):>6}{len(names):>6}")
    if state.stale:
        lines.append(f"{state.stale} results belong to another configuration; they would be measured anew")
    lines += [f"diverged: {target} from {sources}" for target, sources in state.diverged]
    return "\n".join(lines)
