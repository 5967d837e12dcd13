"""Networks of several tasks: what they share with single ones, to the bit."""

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
import pytest
import torch
from torch import Tensor

from taskaffinity.config import Model, SourceSettings
from taskaffinity.models.encoder import make_encoder
from taskaffinity.models.joint import Branch, JointNetwork, tail_of, trunk_of, trunk_shape
from taskaffinity.tasks import Task, discover
from taskaffinity.training.bench import Bench
from taskaffinity.training.combine import (
    Aggregated,
    Term,
    Uncertainty,
    WeightedSum,
    losses_of,
    objective_of,
)
from taskaffinity.training.interference import MeasuredInterference
from taskaffinity.training.joint import JointTraining, Plan
from taskaffinity.training.losses import Truth, l1
from taskaffinity.training.own import train_source
from taskaffinity.training.streams import Part, labelled_rows, streams_of

CPU = torch.device("cpu")
SETTINGS = SourceSettings(updates=4, batch=4, checkpoints=2, precision="fp32")


@pytest.fixture(scope="module")
def tasks() -> Mapping[str, Task]:
    return discover()


def plan(bench: Bench, *parts: Part, **changed: object) -> Plan:
    key = "+".join(part.task.name for part in parts)
    made = Plan("net", key, parts, bench.experiment.config.model, SETTINGS)
    return replace(made, **changed)  # type: ignore[arg-type]


def network_of(training: JointTraining) -> JointNetwork:
    training.bench.seed("weights", training.plan.key, "source")
    return training._network()


def gradients(network: JointNetwork) -> dict[str, Tensor]:
    return {name: w.grad for name, w in network.named_parameters() if w.grad is not None}


def step(objective: WeightedSum | Aggregated, network: JointNetwork, batch: tuple) -> dict[str, Tensor]:
    for weight in network.parameters():
        weight.grad = None
    with torch.random.fork_rng():
        torch.manual_seed(0)
        objective.backward(network, *batch, torch.enable_grad)
    return gradients(network)


@pytest.fixture
def pair(bench: Bench, tasks: Mapping[str, Task]) -> tuple[JointNetwork, tuple[list[Tensor], list[Truth]]]:
    """An untrained network of two tasks, and a batch in its units."""
    two = plan(bench, Part(tasks["depth_zbuffer"]), Part(tasks["autoencoding"]))
    network = network_of(JointTraining(bench, two, {}))
    torch.manual_seed(1)
    images = [torch.rand(4, 3, *bench.experiment.data.size)]
    predictions = network(images)
    truths = [
        Truth(torch.randn_like(one), torch.ones_like(one[:, :1], dtype=torch.bool)) for one in predictions
    ]
    return network, (images, truths)


TERMS = (Term(l1, "l1"), Term(l1, "l1"))


@pytest.mark.parametrize("name", ["depth_zbuffer", "denoising", "jigsaw"])
def test_a_network_of_one_task_is_the_tasks_own_network(bench: Bench, tasks: Mapping[str, Task], name: str):
    single = train_source(bench, tasks[name], SETTINGS)
    joint = JointTraining(bench, plan(bench, Part(tasks[name])), {}).run()
    assert single.source is not None
    assert joint.source is not None
    for key, value in single.source.weights.items():
        renamed = key.replace("decoder.", "decoders.0.", 1).replace("scale.", "scales.0.", 1)
        np.testing.assert_array_equal(joint.source.weights[renamed], value)
    assert joint.source.facts["course"] == single.source.facts["course"]
    for one, other in zip(single.cells, joint.cells, strict=True):
        np.testing.assert_array_equal(one.losses, other.losses)
        np.testing.assert_array_equal(one.predictions, other.predictions)


def test_all_labels_without_self_supervision_are_the_own_network(bench: Bench, tasks: Mapping[str, Task]):
    task = tasks["depth_zbuffer"]
    few = JointTraining(bench, plan(bench, Part(task, share=1.0)), {}).run()
    half = JointTraining(bench, plan(bench, Part(task, share=0.5)), {}).run()
    assert few.source is not None
    assert half.source is not None
    assert half.source.facts["examples"] == round(0.5 * few.source.facts["examples"])
    own = train_source(bench, task, SETTINGS)
    np.testing.assert_array_equal(few.cells[0].losses, own.cells[0].losses)
    assert (half.cells[0].losses != own.cells[0].losses).any()


def test_the_gradient_of_the_sum_is_the_sum_of_the_gradients(pair: tuple):
    network, batch = pair
    together = step(WeightedSum(TERMS), network, batch)
    first = step(WeightedSum((TERMS[0], Term(l1, weight=0.0))), network, batch)
    second = step(WeightedSum((Term(l1, weight=0.0), TERMS[1])), network, batch)
    for name, gradient in together.items():
        torch.testing.assert_close(gradient, first[name] + second[name], rtol=1e-4, atol=1e-6)
    assert any(name.startswith("encoder.") and bool(g.any()) for name, g in together.items())


def test_labels_that_are_masked_everywhere_change_nothing(pair: tuple):
    network, (images, (seen, masked)) = pair
    nothing = torch.zeros_like(masked.valid)
    with_zeros = step(WeightedSum(TERMS), network, (images, [seen, Truth(masked.value * 0, nothing)]))
    with_others = step(WeightedSum(TERMS), network, (images, [seen, Truth(masked.value + 9, nothing)]))
    alone = step(WeightedSum((TERMS[0], Term(l1, weight=0.0))), network, (images, [seen, masked]))
    for name, gradient in alone.items():
        assert torch.equal(with_zeros[name], with_others[name])
        assert torch.equal(with_zeros[name], gradient)


def test_an_image_without_a_label_trains_the_other_tasks(pair: tuple):
    network, (images, (full, part)) = pair
    valid = part.valid.clone()
    valid[:2] = False
    with torch.no_grad():
        predictions = network.eval()(images)
        both = losses_of(TERMS, predictions, [full, Truth(part.value, valid)])
    torch.testing.assert_close(both[0][0], l1(predictions[0], full).mean())
    torch.testing.assert_close(both[1][0], l1(predictions[1], part)[2:].mean())


def test_a_certain_task_weighs_as_much_as_its_noise_says(pair: tuple):
    """With absolute errors the likelihood is best at σ = L, where the objective no longer depends on it."""
    network, (images, truths) = pair
    objective = objective_of("uncertainty", TERMS, network)
    assert isinstance(objective, Uncertainty)
    with torch.no_grad():
        losses = losses_of(TERMS, network.eval()(images), truths)
        network.log_spreads.copy_(torch.cat(losses).log())
    gradient = step(objective, network, (images, truths))
    torch.testing.assert_close(gradient["log_spreads"], torch.zeros(2), atol=1e-5, rtol=0)
    assert objective_of("equal", TERMS, network) == WeightedSum(TERMS)
    assert not network.log_spreads.requires_grad


def test_gradients_that_are_added_up_are_those_of_the_sum(pair: tuple):
    aggregation = pytest.importorskip("torchjd.aggregation")
    network, batch = pair
    together = step(WeightedSum(TERMS), network, batch)
    added = step(Aggregated(TERMS, aggregation.Sum()), network, batch)
    for name, gradient in together.items():
        torch.testing.assert_close(added[name], gradient, rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize("combine", ["upgrad", "pcgrad", "mgda", "imtl_g", "aligned_mtl", "config"])
def test_a_network_is_trained_by_aggregated_gradients(bench: Bench, tasks: Mapping[str, Task], combine: str):
    pytest.importorskip("torchjd")
    pytest.importorskip("quadprog")
    parts = Part(tasks["depth_zbuffer"]), Part(tasks["denoising"])
    result = JointTraining(bench, plan(bench, *parts, combine=combine), {}).run()
    assert result.source is not None
    assert not result.source.facts["diverged"]
    assert [cell.target for cell in result.cells] == ["depth_zbuffer", "denoising"]


def test_tasks_that_see_the_same_images_read_one_stream(bench: Bench, tasks: Mapping[str, Task]):
    names = ("depth_zbuffer", "denoising", "autoencoding", "jigsaw")
    streams = streams_of([Part(tasks[name]) for name in names])
    assert [stream.parts for stream in streams] == [(0, 2), (1,), (3,)]
    assert [stream.images for stream in streams] == [1, 1, tasks["jigsaw"].images]
    split = streams_of([Part(tasks["depth_zbuffer"]), Part(tasks["autoencoding"], share=0.5)])
    assert len(split) == 2


def test_fewer_labels_are_among_more(bench: Bench, tasks: Mapping[str, Task]):
    experiment, task = bench.experiment, tasks["depth_zbuffer"]
    every = set(labelled_rows(experiment, task, 1.0).ravel())
    some = set(labelled_rows(experiment, task, 0.5).ravel())
    few = set(labelled_rows(experiment, task, 0.25).ravel())
    assert few < some < every
    other = replace(experiment, config=experiment.config.model_copy(update={"seed": 1}))
    assert set(labelled_rows(other, task, 0.5).ravel()) != some
    np.testing.assert_array_equal(
        labelled_rows(experiment, tasks["autoencoding"], 0.25), labelled_rows(experiment, task, 0.25)
    )


def test_measuring_what_tasks_do_to_each_other_changes_no_weight(bench: Bench, tasks: Mapping[str, Task]):
    parts = Part(tasks["depth_zbuffer"]), Part(tasks["autoencoding"])
    plain = JointTraining(bench, plan(bench, *parts), {}).run()
    measured = JointTraining(bench, plan(bench, *parts, interference_every=2), {}).run()
    assert plain.source is not None
    assert measured.source is not None
    for name, value in plain.source.weights.items():
        np.testing.assert_array_equal(measured.source.weights[name], value)
    record = measured.source.facts["interference"]
    assert record.keys() == {"lookahead", "gradients"}
    assert record["lookahead"].keys() == {"depth_zbuffer", "autoencoding"}


def test_a_small_step_does_what_its_gradient_says(pair: tuple):
    """Both ways to measure agree for small steps, and a step along its own gradient helps a task."""
    network, batch = pair
    network.eval()
    objective = MeasuredInterference(WeightedSum(TERMS), TERMS, 1, rate=1e-4)
    step(objective, network, batch)  # type: ignore[arg-type]
    record = objective.record(["a", "b"])
    for acting in ("a", "b"):
        for other in ("a", "b"):
            expected = record["gradients"][acting][other]
            assert record["lookahead"][acting][other] == pytest.approx(expected, rel=0.2, abs=2e-6)
        assert record["gradients"][acting][acting] > 0


@pytest.mark.parametrize("branch", ["encoding", "layer3", "layer2", "layer1"])
@pytest.mark.parametrize("encoder", ["small", "resnet18"])
def test_trunk_and_tail_are_the_whole_encoder(branch: Branch, encoder: str):
    model = Model(encoder=encoder, width=8)
    torch.manual_seed(0)
    whole, trunk, tail = make_encoder(model).eval(), trunk_of(model, branch), tail_of(model, branch)
    state = whole.state_dict()
    trunk.load_state_dict({name: state[name] for name in trunk.state_dict()})
    stages = ("layer1", "layer2", "layer3", "layer4", "project")
    for stage, part in zip(stages[len(stages) - len(tail) :], tail, strict=True):
        part.load_state_dict(getattr(whole, stage).state_dict())
    images = torch.rand(2, 3, 64, 64)
    with torch.no_grad():
        encoding = trunk.eval()(images)
        torch.testing.assert_close(tail.eval()(encoding), whole(images))
    shape = trunk_shape(model, branch, (64, 64))
    assert tuple(encoding.shape[1:]) == (shape.channels, *shape.grid)
