"""Identities: every key of a configuration changes those it should, and no other."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from pydantic import BaseModel
from support import tiny

from taskaffinity.config import DATA_SECTIONS, Adaptation, Config, parse
from taskaffinity.models.weights import InitialWeights
from taskaffinity.pipeline import Prepared
from taskaffinity.training.identity import hashed

ALL = {"source", "random", "scratch", "constant", "encode", "transfer"}
NETWORKS = ALL - {"scratch", "constant"}  # sources, and what is built on them
OWN = {"source", "encode:task", "transfer:task"}  # the same of trained sources alone

# What each key of a configuration changes, and a value to change it to.
CHANGES: dict[str, tuple[Any, set[str]]] = {
    "seed": (1, ALL),
    "splits.seed": (1, ALL),
    "splits.source": ({"source": 0.3, "transfer": 0.3}, ALL),
    "splits.transfer": ({"source": 0.3, "transfer": 0.3}, ALL),
    "splits.validation": ({"source": 0.3, "validation": 0.3}, ALL),
    "splits.test": ({"source": 0.3, "test": 0.3}, ALL),
    "model.encoder": ("resnet18", ALL),
    "model.width": (16, ALL),
    "model.channels": (2, ALL),
    "model.decoder_width": (16, ALL),
    **{f"source.{key}": (value, OWN) for key, value in (
        ("updates", 7), ("batch", 5), ("learning_rate", 0.1), ("muon_rate", 0.1), ("weight_decay", 0.3),
        ("warmup", 0.5), ("checkpoints", 3), ("jitter", 0.5), ("mirror", False),
    )},
    "source.precision": ("bf16", NETWORKS),  # all encodings are made at it
    **{f"scratch.{key}": (value, {"scratch"}) for key, value in (
        ("updates", 7), ("batch", 5), ("learning_rate", 0.1), ("muon_rate", 0.1), ("weight_decay", 0.3),
        ("warmup", 0.5), ("checkpoints", 3), ("jitter", 0.5), ("mirror", False), ("precision", "bf16"),
    )},
    **{f"transfer.{key}": (value, {"transfer"}) for key, value in (
        ("updates", 7), ("batch", 5), ("learning_rate", 0.1), ("muon_rate", 0.1), ("weight_decay", 0.3),
        ("warmup", 0.5), ("checkpoints", 3), ("precision", "bf16"),
    )},
    "transfer.images": (5, {"transfer", "scratch"}),
}  # fmt: skip

UNCHANGED: dict[str, str] = {
    "version": "part of every hash; there is only one",
    "tasks.names": "chooses jobs; none of those that stay changes",
    "tasks.exclude": "chooses jobs; none of those that stay changes",
    "tasks.folders": "a path; the code of its tasks is part of theirs",
    "sources.declared": "chooses jobs; its keys are part of the sources declared (tests/sources)",
    "sources.folders": "a path; the code of its kinds is part of theirs (tests/sources)",
    **{
        f"adaptation.{key}": "chooses sources; its values are part of theirs (tests/sources/test_adapted.py)"
        for key in Adaptation.model_fields
    },
    "model.weights": "a path or a name; the weights count by their content",
    "transfer.orders": "chooses jobs; none of those of first order changes",
    "transfer.measure": "chooses jobs; none of those of first order changes",
    "transfer.regret": "chooses jobs; none of those of first order changes",
    "executor.kind": "where jobs run",
    "executor.workers": "where jobs run",
    "executor.device": "where jobs run",
    "executor.retries": "where jobs run",
    "executor.bundle": "how many readouts are trained side by side changes no loss on a processor",
    "executor.address": "where jobs run",
    "executor.gpus_per_worker": "where jobs run",
    "executor.num_gpus": "where jobs run",
    "taxonomy.budgets": "of the analysis",
    "taxonomy.objective": "of the analysis",
    "report.examples": "what is shown; the losses stay",
    **{
        f"data.{key}": "part of the identity of the prepared data (tests/data)"
        for section in DATA_SECTIONS.values()
        for key in section.model_fields
    },
}


def keys_of(section: type[BaseModel], prefix: str = "") -> Iterator[str]:
    """Yield the path of every key of a configuration."""
    for name, field in section.model_fields.items():
        if isinstance(field.annotation, type) and issubclass(field.annotation, BaseModel):
            yield from keys_of(field.annotation, f"{prefix}{name}.")
        elif name != "data":
            yield f"{prefix}{name}"
    if section is Config:
        yield from (f"data.{key}" for kind in DATA_SECTIONS.values() for key in kind.model_fields)


def identities(prepared: Prepared, content: dict[str, Any] | None = None) -> dict[str, str]:
    """The identity of every job, under a changed configuration where one is given."""
    if content is None:
        return {job.name: job.identity for job in prepared.plan.jobs}
    experiment = replace(prepared.experiment, config=parse(content))
    return {job.name: job.identity for job in replace(prepared, experiment=experiment).plan.jobs}


def changed_by(prepared: Prepared, content: dict[str, Any]) -> set[str]:
    """Names of the jobs whose identity another configuration changes."""
    before, after = identities(prepared), identities(prepared, content)
    assert before.keys() == after.keys()
    return {name for name in before if before[name] != after[name]}


def jobs_of(names: set[str], groups: set[str]) -> set[str]:
    """Those of some jobs that belong to a kind, or to a kind with a source that is trained."""
    return {
        name
        for name in names
        for kind, source in [name.split(":")[:2]]
        if kind in groups or (f"{kind}:task" in groups and source != "random")
    }


def test_every_key_is_thought_of():
    keys = set(keys_of(Config))
    assert not set(CHANGES) & set(UNCHANGED)
    assert set(CHANGES) | set(UNCHANGED) == keys


@pytest.mark.parametrize("key", CHANGES)
def test_a_key_changes_the_identities_it_should(prepared: Prepared, key: str):
    value, groups = CHANGES[key]
    section, _, leaf = key.rpartition(".")
    keys = value if isinstance(value, dict) else {leaf: value}
    content = tiny.content(Path("wherever"), **({section: keys} if section else {}))
    content |= {} if section else keys
    assert changed_by(prepared, content) == jobs_of(set(identities(prepared)), groups)


@pytest.mark.parametrize(
    "sections",
    [
        {"executor": {"workers": 1, "retries": 9, "device": "auto", "bundle": 1, "kind": "ray"}},
        {"executor": {"address": "auto", "gpus_per_worker": 0.5, "num_gpus": 3}},
        {"taxonomy": {"budgets": [1], "objective": "sqrt"}, "report": {"examples": 9}},
        {"model": {"weights": "somewhere.pt"}, "transfer": {"orders": [1, 2]}},
        {"data": {"path": "elsewhere"}},
    ],
)
def test_where_jobs_run_and_what_is_made_of_losses_changes_no_identity(prepared: Prepared, sections: dict):
    assert changed_by(prepared, tiny.content(Path("wherever"), **sections)) == set()


def test_weights_count_by_their_content_and_for_what_is_built_on_sources(prepared: Prepared):
    def planned(value: float | None) -> dict[str, str]:
        initial = None if value is None else InitialWeights({"bn1.bias": np.full(2, value, np.float32)})
        experiment = replace(prepared.experiment, initial=initial)
        return identities(replace(prepared, experiment=experiment))

    none, zeros, ones = planned(None), planned(0), planned(1)
    assert planned(1) == ones
    for one, other in ((none, zeros), (zeros, ones)):
        changed = {name for name in one if one[name] != other[name]}
        assert changed == jobs_of(set(one), OWN)


def test_results_of_other_networks_or_training_are_others(
    prepared: Prepared, monkeypatch: pytest.MonkeyPatch
):
    before = identities(prepared)
    monkeypatch.setattr("taskaffinity.training.identity.RESULTS_VERSION", 1)
    after = identities(replace(prepared))
    assert not [name for name in before if before[name] == after[name]]


def test_the_code_of_a_task_changes_its_own_jobs_and_what_is_built_on_it(prepared: Prepared):
    tasks = prepared.experiment.tasks
    changed = {**tasks, "denoising": replace(tasks["denoising"], fingerprint="other")}
    before = identities(prepared)
    after = identities(replace(prepared, experiment=replace(prepared.experiment, tasks=changed)))
    assert {name for name in before if before[name] != after[name]} == {
        name for name in before if "denoising" in name.split(":") and name != "encode:random:denoising"
        and not (name.startswith("encode:") and name.split(":")[1] != "denoising")
    }  # fmt: skip


def test_a_hash_does_not_depend_on_the_order_of_keys():
    assert hashed(a=1, b={"x": 1, "y": 2}) == hashed(b={"y": 2, "x": 1}, a=1)
    assert hashed(a=1) != hashed(a=2)


def test_names_of_jobs_are_unique_and_each_cell_is_made_once(prepared: Prepared):
    jobs = prepared.plan.jobs
    names, cells = [job.name for job in jobs], [cell for job in jobs for cell in job.cells]
    assert len(names) == len(set(names))
    assert len(cells) == len(set(cells))
