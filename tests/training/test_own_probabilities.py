"""Probabilities of a task's own network, which LEEP and NCE read."""

import numpy as np
import torch

from taskaffinity.pipeline import Prepared
from taskaffinity.tasks import Classes, Label, Task
from taskaffinity.training.bench import Bench
from taskaffinity.training.facts import weights_of
from taskaffinity.training.own import own_probabilities


def test_they_are_those_of_the_recorded_network(prepared: Prepared):
    task = Task(
        "brightness", "Brightness", "semantic", Classes(3), "softmax", needs=("rgb",),
        target=lambda views: Label(np.zeros(len(views["rgb"]), np.int64), np.ones(len(views["rgb"]), bool)),
    )  # fmt: skip
    bench = Bench(prepared.experiment, torch.device("cpu"))
    network, rows = bench.network(task).eval(), np.arange(5)
    found = own_probabilities(bench, task, weights_of(network), "fp32", rows)
    images = torch.from_numpy(prepared.experiment.data.read(rows, ["rgb"])["rgb"])
    with torch.inference_mode():
        expected = network.predict([images]).softmax(1).numpy()
    np.testing.assert_allclose(found, expected, atol=1e-5)
    np.testing.assert_allclose(found.sum(1), 1)


def test_sources_without_classes_have_none(prepared: Prepared):
    bench = Bench(prepared.experiment, torch.device("cpu"))
    for source in prepared.sources.values():
        assert source.class_probabilities(bench, {}, np.arange(2)) is None
