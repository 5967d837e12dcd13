"""What every task of the dictionary keeps to."""

from pathlib import Path

import numpy as np
import pytest
import torch

from taskaffinity.data.derive import can_provide
from taskaffinity.data.keep import DataSet
from taskaffinity.data.offer import is_offered
from taskaffinity.tasks import (
    Classes,
    Dense,
    Embedding,
    Label,
    PixelClasses,
    Projections,
    Task,
    Vector,
    dictionary_folder,
    discover,
)
from taskaffinity.training.bench import Bench, score
from taskaffinity.training.losses import Truth, loss_of

TASKS = discover()
TRAINED = [task for task in TASKS.values() if task.is_trained]
TARGETS = [task for task in TASKS.values() if "target" in task.roles]
BATCH = 6

every_task = pytest.mark.parametrize("task", TASKS.values(), ids=lambda task: task.name)
every_trained = pytest.mark.parametrize("task", TRAINED, ids=lambda task: task.name)
every_target = pytest.mark.parametrize("task", TARGETS, ids=lambda task: task.name)


def batch_of(bench: Bench, task: Task, index: np.ndarray) -> tuple[list[torch.Tensor], Truth]:
    return bench.examples(task, "source").batch(index)


def label_of(bench: Bench, task: Task) -> Label:
    truth = batch_of(bench, task, np.arange(BATCH))[1]
    return Label(truth.value.numpy(), truth.valid.numpy())


def test_every_file_was_found() -> None:
    files = {file.stem for file in Path(dictionary_folder()).glob("*.py") if not file.name.startswith("_")}
    assert files == set(TASKS)


@every_task
def test_is_offered_where_all_channels_are(full: DataSet, task: Task) -> None:
    assert all(can_provide(channel, full.provides) for channel in task.channels)
    assert is_offered(task, full.provides, dict(full.classes))


@every_trained
def test_label_fits_the_output(bench: Bench, task: Task) -> None:
    label, output = label_of(bench, task), bench.experiment.output(task)
    height, width = bench.experiment.data.size
    match output:
        case Dense(channels):
            assert label.value.dtype == np.float32
            assert label.value.shape == (BATCH, channels, height, width)
        case PixelClasses(classes, stride):
            assert label.value.dtype == np.int64
            assert label.value.shape == (BATCH, height // stride, width // stride)
            assert label.value.min() >= 0
            assert label.value.max() < classes
        case Embedding():
            assert label.value.dtype == np.int64
            assert label.value.shape == (BATCH, height, width)
        case Vector(dimensions):
            assert label.value.dtype == np.float32
            assert label.value.shape == (BATCH, dimensions)
        case Classes(int(classes)):
            assert label.value.dtype == np.int64
            assert label.value.shape == (BATCH,)
            assert label.value[label.valid].max() < classes
        case Projections():
            assert label.value.shape == (BATCH,)
        case _:
            pytest.fail(f"no check for {output}")
    per_pixel = (BATCH, 1, *label.value.shape[-2:])
    assert label.valid.dtype == bool
    assert label.valid.shape == (per_pixel if output.per_pixel else (BATCH,))
    assert label.valid.any()


@every_trained
def test_valid_labels_are_finite_and_of_ordinary_size(bench: Bench, task: Task) -> None:
    label = label_of(bench, task)
    if label.value.dtype == np.float32:
        valid = label.valid if label.valid.ndim > 1 else label.valid[:, None]
        assert np.abs(label.value[np.broadcast_to(valid, label.value.shape)]).max() < 4


@every_trained
def test_same_example_same_images_and_label_in_any_batch(bench: Bench, task: Task) -> None:
    index = np.arange(BATCH)
    images, truth = batch_of(bench, task, index)
    again, same = batch_of(bench, task, index[::-1].copy())
    assert len(images) == len(again) == task.images
    for one, other in zip(images, again, strict=True):
        assert torch.equal(one, other.flip(0))
    assert torch.equal(truth.valid, same.valid.flip(0))
    if not isinstance(task.output, Projections):  # their label is the place in the batch
        assert torch.equal(truth.value, same.value.flip(0))


@every_trained
def test_labels_alone_are_those_of_the_batch(bench: Bench, task: Task) -> None:
    examples = bench.examples(task, "test")
    whole = examples.truth(batch=4)
    assert len(whole) == len(examples)
    if not isinstance(task.output, Projections):
        part = examples.batch(np.arange(4, min(8, len(examples))))[1]
        assert torch.equal(whole.value[4:8], part.value)
        assert torch.equal(whole.valid[4:8], part.valid)


@every_trained
def test_network_fits_and_loss_teaches(bench: Bench, task: Task) -> None:
    bench.seed("test", task.name)
    network = bench.network(task)
    images, truth = batch_of(bench, task, np.arange(BATCH))
    losses = loss_of(task.loss)(network(images), truth)
    assert losses.shape == (BATCH,)
    assert torch.isfinite(losses).all()
    assert (losses >= 0).all()
    losses.sum().backward()
    taught = [p.grad.abs().sum() for p in network.encoder.parameters() if p.grad is not None]
    assert all(torch.isfinite(grad) for grad in taught)
    assert sum(taught) > 0


@every_target
def test_examples_without_label_have_no_loss(bench: Bench, task: Task) -> None:
    images, truth = batch_of(bench, task, np.arange(BATCH))
    truth.valid[0] = False
    with torch.inference_mode():
        losses = score(task, bench.network(task).eval()(images), truth)
    assert torch.isnan(losses[0])
    assert torch.equal(torch.isnan(losses), ~truth.has_label)


@pytest.mark.parametrize(
    "task", [t for t in TARGETS if isinstance(t.output, Dense | Vector)], ids=lambda task: task.name
)
def test_the_truth_has_no_loss(bench: Bench, task: Task) -> None:
    _, truth = batch_of(bench, task, np.arange(BATCH))
    assert torch.equal(loss_of(task.loss)(truth.value.clone(), truth), torch.zeros(BATCH))


@every_trained
def test_enough_examples_of_one_scene_each(bench: Bench, task: Task) -> None:
    for split, rows in bench.experiment.rows.items():
        examples = bench.examples(task, split).rows
        assert examples.shape[1] == task.draws.images
        assert len(examples) >= len(rows) / 3
        assert np.isin(examples, rows).all()
        assert split == "source" or len(np.unique(examples[:, 0])) == len(examples)
