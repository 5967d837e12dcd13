from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from support import tiny

from taskaffinity.config import parse
from taskaffinity.models.weights import InitialWeights
from taskaffinity.pipeline import Prepared
from taskaffinity.schedule.jobs import Identities, Job, hashed
from taskaffinity.schedule.plan import make_plan


def identities(prepared: Prepared, **sections: dict) -> dict[str, str]:
    """The identity of every job under a changed configuration."""
    frames = Path("wherever")
    config = parse(tiny.content(frames, **{k: v for k, v in sections.items() if k != "top"}))
    config = config.model_copy(update=sections.get("top", {}))
    plan = make_plan(replace(prepared.experiment, config=config))
    return {job.name: job.identity for job in plan.jobs}


def kinds_changed(prepared: Prepared, **sections: dict) -> set[str]:
    before, after = identities(prepared), identities(prepared, **sections)
    assert before.keys() == after.keys()
    changed = {name.split(":")[0] for name in before if before[name] != after[name]}
    same = {name.split(":")[0] for name in before if before[name] == after[name]}
    assert not changed & same, "a kind of jobs depends on it for some of its tasks only"
    return changed


ALL = {"source", "random", "scratch", "constant", "encode", "transfer"}


@pytest.mark.parametrize(
    ("sections", "changed"),
    [
        ({}, set()),
        ({"executor": {"workers": 1, "retries": 9}}, set()),
        ({"taxonomy": {"budgets": [1], "objective": "sqrt"}}, set()),
        ({"top": {"seed": 1}}, ALL),
        ({"splits": {"seed": 1}}, ALL),
        ({"model": {"channels": 2}}, ALL),
        ({"model": {"weights": "somewhere.pt"}}, set()),
        ({"scratch": {"updates": 5}}, {"scratch"}),
        ({"transfer": {"updates": 5}}, {"transfer"}),
        ({"transfer": {"images": 5}}, {"transfer", "scratch"}),
    ],
)
def test_an_identity_changes_with_what_changes_the_result(
    prepared: Prepared, sections: dict, changed: set[str]
):
    assert kinds_changed(prepared, **sections) == changed


def test_a_path_is_no_part_of_an_identity(prepared: Prepared):
    assert identities(prepared) == identities(prepared, data={"path": "elsewhere"})


def test_training_sources_anew_changes_what_is_built_on_them(prepared: Prepared):
    before, after = identities(prepared), identities(prepared, source={"updates": 7})
    changed = {name for name in before if before[name] != after[name]}
    assert {name for name in before if name.startswith("source:")} <= changed
    assert "transfer:jigsaw:denoising" in changed
    assert "transfer:random:denoising" not in changed
    assert "scratch:scratch:denoising" not in changed


def test_weights_count_by_their_content_and_for_what_is_built_on_sources(prepared: Prepared):
    def planned(value: float | None) -> dict[str, str]:
        initial = None if value is None else InitialWeights({"bn1.bias": np.full(2, value, np.float32)})
        plan = make_plan(replace(prepared.experiment, initial=initial))
        return {job.name: job.identity for job in plan.jobs}

    none, zeros, ones = planned(None), planned(0), planned(1)
    assert planned(1) == ones
    for one, other in ((none, zeros), (zeros, ones)):
        same = {name for name in one if one[name] == other[name]}
        references = {name for name in one if name.startswith(("random:", "scratch:", "constant:"))}
        assert same == references | {name for name in one if name.split(":")[1] == "random"}


def test_a_run_without_weights_keeps_the_identities_from_before_the_key(prepared: Prepared):
    config = prepared.experiment.config
    model = {"encoder": "small", "width": 8, "channels": 4, "decoder_width": 8}
    before = hashed(
        kind="random", data=prepared.experiment.data.identity, splits=config.splits.model_dump(), model=model,
        seed=config.seed,
    )  # fmt: skip
    assert Identities(prepared.experiment).random() == before


def test_results_of_other_networks_or_training_are_others(
    prepared: Prepared, monkeypatch: pytest.MonkeyPatch
):
    before = identities(prepared)
    monkeypatch.setattr("taskaffinity.schedule.jobs.RESULTS_VERSION", 1)
    after = identities(prepared)
    assert not [name for name in before if before[name] == after[name]]


def test_the_code_of_a_task_is_part_of_its_identity(prepared: Prepared):
    task = prepared.experiment.tasks["jigsaw"]
    ids = Identities(prepared.experiment)
    changed = replace(task, fingerprint="other")
    assert ids.source(task) != ids.source(changed)
    assert ids.scratch(task) != ids.scratch(changed)


def test_a_hash_does_not_depend_on_the_order_of_keys():
    assert hashed(a=1, b={"x": 1, "y": 2}) == hashed(b={"y": 2, "x": 1}, a=1)
    assert hashed(a=1) != hashed(a=2)


def test_names_of_jobs_are_unique(prepared: Prepared):
    names = [job.name for job in prepared.plan.jobs]
    assert len(names) == len(set(names))


@pytest.mark.parametrize(
    ("job", "cell"),
    [
        (Job("transfer", ("a", "b"), "x", "i"), ("x", "a+b")),
        (Job("scratch", ("scratch",), "x", "i"), ("x", "scratch")),
        (Job("constant", ("constant",), "x", "i"), ("x", "constant")),
        (Job("source", ("a",), None, "i"), None),
        (Job("encode", ("a",), "x", "i"), None),
    ],
)
def test_a_job_knows_the_cell_it_makes(job: Job, cell: tuple[str, str] | None):
    assert job.cell == cell
