"""Identities: hashes of what changes a result. No path, and nothing of the executor, is part of one."""

import hashlib
import json
from collections.abc import Iterable
from typing import Any

from taskaffinity.config import SCHEMA_VERSION, TransferSettings
from taskaffinity.data.derive import DERIVATIONS, in_order
from taskaffinity.tasks import Task
from taskaffinity.training.experiment import Outline

RESULTS_VERSION = 7  # raised when networks or their training change, and the same settings give other losses


def hashed(**parts: Any) -> str:
    """Hash plain values, with the versions of the schema and of the code that measures."""
    versions = {"schema": SCHEMA_VERSION, "results": RESULTS_VERSION}
    text = json.dumps({**versions, **parts}, sort_keys=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()[:20]


def parts_of_run(run: Outline) -> dict[str, Any]:
    """Return what every network that is trained or drawn in a run depends on.

    Weights that encoders start from are left out: they count by their content, for sources alone.
    """
    config = run.config
    return {
        "data": run.data,
        "splits": config.splits.model_dump(),
        "model": config.model.model_dump(exclude={"weights"}),
        "seed": config.seed,
    }


def parts_of_readouts(settings: TransferSettings) -> dict[str, Any]:
    """Return how readouts are trained, without the settings that only choose which of them are measured."""
    return settings.model_dump(exclude={"orders", "measure", "regret"})


def parts_of_task(task: Task, provides: Iterable[str]) -> dict[str, Any]:
    """Return what a task contributes: its code, its domain, and the versions of its derived channels."""
    derived = in_order(task.channels, frozenset(provides))
    versions = {name: DERIVATIONS[name].version for name in derived}
    parts = {"code": task.fingerprint, "derived": versions}
    return {**parts, "domain": task.domain} if task.domain else parts
