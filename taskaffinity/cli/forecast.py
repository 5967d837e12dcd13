"""What ``taskaffinity run --dry-run`` prints: the plan, what is done, and how long the rest will take."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from taskaffinity.config import Config
    from taskaffinity.pipeline import Show


def forecast(config: "Config", out: Path, show: "Show", as_json: bool) -> str:
    """Plan a run, estimate the jobs that are left, and print both; nothing is written to the run folder."""
    from taskaffinity.cli.status import record_of as state_record
    from taskaffinity.cli.status import table_of as state_table
    from taskaffinity.engine.forecast import by_kind, record_of
    from taskaffinity.engine.plan import Plan, read_state
    from taskaffinity.jobs.estimate import with_assumed_orders
    from taskaffinity.pipeline import prepare_run
    from taskaffinity.runs.folder import RunFolder
    from taskaffinity.runs.jobs import record_jobs
    from taskaffinity.training.devices import slots_of

    folder, prepared = RunFolder(out), prepare_run(config, show)
    waves = prepared.waves(folder)
    plan = waves[-1] if len(waves) > 1 else with_assumed_orders(waves[0], prepared.planner)
    state, estimator, jobs = read_state(plan, folder), prepared.estimator, record_jobs(plan.jobs, {})
    to_do = estimator.weighed(Plan([job for job in plan.jobs if job.name not in state.done]))
    record = record_of(by_kind(to_do.jobs), estimator.bytes_of(plan), slots_of(config))
    if as_json:
        return json.dumps({**state_record(jobs, state), "left": record})
    where = f"{record['workers']} workers ({estimator.calibration.device.type})"
    return f"{state_table(jobs, state)}\n\n{table_of(record, where)}"


def table_of(record: Mapping[str, Any], where: str) -> str:
    """Lay out an estimate for people.

    Parameters
    ----------
    record
        As `taskaffinity.engine.forecast.record_of` returns it.
    where
        What the hours are of.
    """
    lines = [f"{'left':<10}{'jobs':>7}{'updates':>12}{'operations':>13}{'worker time':>13}"]
    rows = [*record["by_kind"].items(), ("all", record["total"])]
    lines += [
        f"{kind:<10}{row['jobs']:>7,}{row['updates']:>12,}{row['operations']:>13.2e}{_time(row['seconds']):>13}"
        for kind, row in rows
    ]
    lines.append(f"about {_time(3600 * record['hours'])} on {where}")
    sizes = ", ".join(f"{name} {_size(count)}" for name, count in record["bytes"].items())
    return "\n".join([*lines, f"on disk: {sizes}"])


def _time(seconds: float) -> str:
    for unit, length in (("h", 3600.0), ("min", 60.0)):
        if seconds >= length:
            return f"{seconds / length:,.1f} {unit}"
    return f"{seconds:.1f} s"


def _size(count: float) -> str:
    for unit in ("B", "KiB", "MiB", "GiB"):
        if count < 1024:
            return f"{count:.0f} {unit}"
        count /= 1024
    return f"{count:,.1f} TiB"
