"""Networks that are trained across domains: what they depend on, and what they do not."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from support import tiny, two_domains

from taskaffinity.config import parse
from taskaffinity.jobs.preparation import Prepared, prepare_run
from taskaffinity.sources.adapted import AdaptedSource
from taskaffinity.tasks import Classes, Label, Task
from taskaffinity.training.adaptation import dann
from taskaffinity.training.adaptation.deep_coral import distance
from taskaffinity.training.bench import Bench
from taskaffinity.training.experiment import Experiment

METHODS = ["source_only", "subspace_alignment", "coral", "dann", "deep_coral"]
CPU = torch.device("cpu")


def adaptation(**keys: object) -> dict[str, object]:
    return {"methods": METHODS, "leave_one_out": ["erm", "dann"], "strengths": [0.5], **keys}


@pytest.fixture(scope="module")
def classes(tmp_path_factory: pytest.TempPathFactory) -> Prepared:
    """A task of classes in three domains."""
    root = two_domains.write(tmp_path_factory.mktemp("domains") / "root", ("night", "day", "noon"))
    return prepare_run(parse(two_domains.content(root) | {"adaptation": adaptation()}), tiny.Silent())


@pytest.fixture(scope="module")
def dense(frames: Path) -> Prepared:
    """A dense task in two domains, and one of pairs of images."""
    section = tiny.content(frames)["data"]
    parts = {"first": section, "second": {**section, "stretch": 5}}
    content = tiny.content(frames) | {
        "data": {"kind": "domains", "domains": parts},
        "tasks": {"names": ["depth_zbuffer", "egomotion"]},
        "adaptation": adaptation(),
    }
    return prepare_run(parse(content), tiny.Silent())


def changed(experiment: Experiment, **tasks: Task) -> Experiment:
    return replace(experiment, tasks={**experiment.tasks, **tasks})


def made(experiment: Experiment, source: AdaptedSource) -> dict[str, np.ndarray]:
    """Make a source, after the one that it builds on."""
    bench, before = Bench(experiment, CPU), None
    from taskaffinity.sources import sources_of

    sources = sources_of(experiment.outline)
    if source.builds_on:
        base = sources[source.builds_on].make(bench, None).source
        assert base is not None
        before = base.weights
    result = sources[source.name].make(bench, before)
    assert result.source is not None
    return result.source.weights


def adapted(prepared: Prepared, name: str) -> AdaptedSource:
    source = prepared.sources[name]
    assert isinstance(source, AdaptedSource)
    return source


def shuffled(task: Task, seed: int = 0) -> Task:
    """The same task with labels of other images."""
    rng = np.random.default_rng(seed)

    def target(*views: object) -> Label:
        label = task.label(views)  # type: ignore[arg-type]
        order = rng.permutation(len(label.value))
        return Label(label.value[order], label.valid[order])

    return replace(task, target=target, needs=task.label_channels, output=Classes(len(two_domains.CLASSES)))


@pytest.mark.parametrize("method", METHODS)
def test_permuted_labels_of_the_target_change_no_adapted_network(classes: Prepared, method: str) -> None:
    source = adapted(classes, f"{method}-object_class-night-day")
    experiment = classes.experiment
    before = made(experiment, source)
    again = made(
        changed(experiment, **{"object_class@day": shuffled(experiment.tasks["object_class@day"])}), source
    )
    assert before.keys() == again.keys()
    assert all(np.array_equal(before[name], again[name]) for name in before)


@pytest.mark.parametrize("method", METHODS)
def test_permuted_labels_of_the_source_change_it(classes: Prepared, method: str) -> None:
    source = adapted(classes, f"{method}-object_class-night-day")
    experiment = classes.experiment
    before = made(experiment, source)
    other = {"object_class@night": shuffled(experiment.tasks["object_class@night"])}
    again = made(changed(experiment, **other), source)
    assert any(not np.array_equal(before[name], again[name]) for name in before)


def weights_of(prepared: Prepared, name: str, **fields: object) -> dict[str, np.ndarray]:
    source = replace(adapted(prepared, name), **fields)  # type: ignore[arg-type]
    result = source.make(Bench(prepared.experiment, CPU), None).source
    assert result is not None
    return result.weights


@pytest.mark.parametrize("which", ["classes", "dense"])
@pytest.mark.parametrize("method", ["dann", "deep_coral"])
def test_without_strength_it_is_the_network_of_the_source_domain_to_the_bit(
    which: str, method: str, request: pytest.FixtureRequest
) -> None:
    prepared: Prepared = request.getfixturevalue(which)
    task, pair = ("object_class", "night-day") if which == "classes" else ("depth_zbuffer", "first-second")
    name = f"{method}-{task}-{pair}"
    plain = (
        prepared.sources[f"{task}@{pair.partition('-')[0]}"]
        .make(Bench(prepared.experiment, CPU), None)
        .source
    )
    assert plain is not None
    alone = weights_of(prepared, name, strength=0.0)
    assert all(np.array_equal(alone[key], plain.weights[key]) for key in plain.weights)
    with_strength = weights_of(prepared, name, strength=1.0)
    assert any(not np.array_equal(with_strength[key], plain.weights[key]) for key in plain.weights)


def test_a_critic_whose_gradient_counts_nothing_changes_nothing(
    classes: Prepared, monkeypatch: pytest.MonkeyPatch
) -> None:
    """λ is 0 in every update, and yet target images are encoded and the critic is trained."""
    monkeypatch.setattr(dann, "schedule", lambda progress: 0.0)
    plain = classes.sources["object_class@night"].make(Bench(classes.experiment, CPU), None).source
    assert plain is not None
    watched = weights_of(classes, "dann-object_class-night-day", strength=1.0)
    assert all(np.array_equal(watched[key], plain.weights[key]) for key in plain.weights)


def test_lambda_grows_from_0_to_almost_1() -> None:
    steps = [dann.schedule(progress) for progress in np.linspace(0, 1, 11)]
    assert steps[0] == 0
    assert steps == sorted(steps)
    assert 0.999 < steps[-1] < 1


def test_a_reversed_gradient_has_the_other_sign_and_the_strength() -> None:
    values = torch.tensor([1.0, -2.0], requires_grad=True)
    (dann.Reversal.apply(values, 0.25) * torch.tensor([2.0, 4.0])).sum().backward()
    assert values.grad is not None
    assert values.grad.tolist() == [-0.5, -1.0]


def test_the_distance_of_deep_coral_is_zero_between_equal_samples_alone() -> None:
    torch.manual_seed(0)
    one, other = torch.randn(200, 4), torch.randn(200, 4) * torch.tensor([1.0, 2.0, 1.0, 1.0])
    assert float(distance(one, one.flip(0))) < 1e-10
    covariance = (torch.cov(one.T) - torch.cov(other.T)).square().sum() / (4 * 16)
    expected = covariance + (one.mean(0) - other.mean(0)).square().mean()
    assert torch.isclose(distance(one, other), expected)


def test_a_network_that_leaves_a_domain_out_sees_nothing_of_it(classes: Prepared) -> None:
    source = adapted(classes, "dann-0.5-object_class-without-day")
    seen: list[str] = []
    data = classes.experiment.data
    read = type(data).read

    def watched(self: object, rows: Sequence[int], channels: Sequence[str]) -> object:
        seen.extend(data.ids[row].domain for row in rows)
        return read(self, rows, channels)  # type: ignore[arg-type]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(type(data), "read", watched)
        patch.setattr(Bench, "own_cell", lambda *_: pytest.skip("tested only after training"))
        with pytest.raises(pytest.skip.Exception):
            source.make(Bench(classes.experiment, CPU), None)
    assert set(seen) == {"night", "noon"}


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("task", ["depth_zbuffer", "egomotion"])
def test_dense_tasks_and_pairs_of_images_are_adapted(dense: Prepared, method: str, task: str) -> None:
    source = adapted(dense, f"{method}-{task}-first-second")
    weights = made(dense.experiment, source)
    bench = Bench(dense.experiment, CPU)
    network = source.network(bench, weights)
    target = dense.experiment.tasks[f"{task}@second"]
    losses = bench.own_losses(target, network, bench.examples(target, "test"), "fp32")
    assert torch.isfinite(losses).all()
    assert source.encoder(weights)(torch.rand(2, 3, 32, 32)).shape[1:] == tuple(
        source.shape.__dict__.values()
    )
