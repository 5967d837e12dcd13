"""Adapted networks as sources: which there are, what they need, and what changes them."""

from pathlib import Path
from typing import Any

import pytest
from support import tiny, two_domains

from taskaffinity.config import parse
from taskaffinity.errors import ConfigError
from taskaffinity.jobs.preparation import Prepared, prepare_run
from taskaffinity.jobs.source import SourceJob
from taskaffinity.names import SELF
from taskaffinity.sources import Source
from taskaffinity.sources.adapted import AdaptedSource

DOMAINS = ("night", "day", "noon")


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return two_domains.write(tmp_path_factory.mktemp("domains") / "root", DOMAINS)


def prepared(root: Path, **adaptation: Any) -> Prepared:
    return prepare_run(parse(two_domains.content(root) | {"adaptation": adaptation}), tiny.Silent())


def adapted(root: Path, **adaptation: Any) -> dict[str, Source]:
    sources = prepared(root, **adaptation).sources
    return {name: source for name, source in sources.items() if isinstance(source, AdaptedSource)}


def test_there_is_one_for_every_method_and_ordered_pair(root: Path) -> None:
    assert len(adapted(root, methods=["coral", "dann"])) == 2 * 3 * 2
    assert set(adapted(root, methods=["dann"], pairs=[["night", "day"]])) == {"dann-object_class-night-day"}
    assert not adapted(root)


def test_it_needs_the_labels_of_its_source_domain_and_predicts_in_the_other(root: Path) -> None:
    source = adapted(root, methods=["dann"], pairs=[["night", "day"]])["dann-object_class-night-day"]
    assert [(one.task, one.share) for one in source.labels] == [("object_class@night", 1.0)]
    assert [(head.target, head.cell) for head in source.heads] == [("object_class@day", source.name)]


def test_closed_forms_wait_for_the_network_that_they_build_on(root: Path) -> None:
    run = prepared(root, methods=["coral", "dann"], pairs=[["night", "day"]])
    jobs = {job.makes: job for job in run.plan.jobs if isinstance(job, SourceJob)}
    own = jobs["object_class@night"]
    assert jobs["coral-object_class-night-day"].needs == {own.name}
    assert jobs["coral-object_class-night-day"].reads == ("object_class@night",)
    assert not jobs["dann-object_class-night-day"].needs


def test_its_own_predictions_are_no_readout_and_those_of_others_are(root: Path) -> None:
    run = prepared(root, methods=["dann"], pairs=[["night", "day"]])
    name = "dann-object_class-night-day"
    made = [(job.name, cell) for job in run.plan.jobs for cell in job.cells if cell[1] == name]
    assert len(made) == len({cell for _, cell in made}) == len(DOMAINS)
    assert (f"adapted:{name}", ("object_class@day", name)) in made
    alone = prepared(root, methods=["dann"], pairs=[["night", "day"]], offered=False)
    assert [cell for job in alone.plan.jobs for cell in job.cells if cell[1] == name] == [
        ("object_class@day", name)
    ]
    assert ("object_class@day", SELF) in {cell for job in alone.plan.jobs for cell in job.cells}


def test_leaving_one_out_leaves_out_each_domain_and_each_pair(root: Path) -> None:
    sources = adapted(root, leave_one_out=["erm", "dann"], strengths=[0.5, 2])
    assert len(sources) == (1 + 2) * (3 + 3)
    alone = sources["dann-0.5-object_class-without-day"]
    assert {one.task for one in alone.labels} == {"object_class@night", "object_class@noon"}
    assert [head.target for head in alone.heads] == ["object_class@day"]


@pytest.mark.parametrize(
    ("method", "key", "value"),
    [("dann", "dann", 0.7), ("deep_coral", "deep_coral", 0.7), ("subspace_alignment", "variance", 0.7)],
)
def test_its_strength_is_part_of_its_identity_alone(root: Path, method: str, key: str, value: float) -> None:
    keys = {"methods": ["source_only", "coral", "dann", "deep_coral", "subspace_alignment"],
            "pairs": [["night", "day"]]}  # fmt: skip
    before, after = adapted(root, **keys), adapted(root, **keys, **{key: value})
    changed = {name for name in before if before[name].identity != after[name].identity}
    assert changed == {f"{method}-object_class-night-day"}


@pytest.mark.parametrize(
    ("keys", "said"),
    [
        ({"pairs": [["night", "dusk"]]}, "must be two domains"),
        ({"pairs": [["night", "night"]]}, "must be two domains"),
        ({"tasks": ["normal"]}, "no target in two domains"),
    ],
)
def test_what_is_not_there_is_refused(root: Path, keys: dict[str, Any], said: str) -> None:
    with pytest.raises(ConfigError, match=said):
        prepared(root, methods=["dann"], **keys)


def test_data_without_domains_are_refused(frames: Path) -> None:
    content = tiny.content(frames) | {"adaptation": {"methods": ["dann"]}}
    with pytest.raises(ConfigError, match="no task is in two domains"):
        prepare_run(parse(content), tiny.Silent())
