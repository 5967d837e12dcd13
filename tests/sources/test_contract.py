"""What every kind of source keeps to: the two of the package, and one of a user's own."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from support import gabor, tiny

from taskaffinity.config import parse
from taskaffinity.engine.result import Result
from taskaffinity.pipeline import Prepared
from taskaffinity.sources import ENCODER, Source, sources_of
from taskaffinity.training.bench import Bench
from taskaffinity.training.experiment import Experiment
from taskaffinity.training.workload import counts_of

NAMES = ("depth_zbuffer", "jigsaw", "random", "filters")
CPU = torch.device("cpu")


@pytest.fixture(scope="module")
def experiment(prepared: Prepared, frames: Path, tmp_path_factory: pytest.TempPathFactory) -> Experiment:
    folder = gabor.write(tmp_path_factory.mktemp("own") / "kinds")
    content = tiny.content(
        frames, source={"updates": 2},
        sources={"folders": [str(folder)], "declared": {"filters": {"kind": "gabor"}}},
    )  # fmt: skip
    return replace(prepared.experiment, config=parse(content))


@pytest.fixture(scope="module", params=NAMES)
def made(request: pytest.FixtureRequest, experiment: Experiment) -> tuple[Source, Result]:
    """A source, and what making it gave."""
    source = sources_of(experiment.outline)[request.param]
    return source, source.make(Bench(experiment, CPU), None)


def encoded(source: Source, result: Result, images: torch.Tensor) -> np.ndarray:
    assert result.source is not None
    encoder = source.encoder(result.source.weights)
    assert not encoder.training
    assert not any(weight.requires_grad for weight in encoder.parameters())
    with torch.inference_mode():
        return encoder(images).numpy()


def test_an_encoding_has_the_shape_that_the_source_says(made: tuple[Source, Result]):
    source, result = made
    encoding = encoded(source, result, torch.rand(2, 3, *source.image.size))
    assert encoding.shape == (2, source.shape.channels, *source.shape.grid)
    assert np.isfinite(encoding).all()


def test_an_image_is_encoded_alike_in_any_company_and_again(made: tuple[Source, Result]):
    source, result = made
    images = torch.rand(5, 3, *source.image.size)
    once = encoded(source, result, images)
    np.testing.assert_array_equal(encoded(source, result, images), once)
    np.testing.assert_allclose(encoded(source, result, images[2:3]), once[2:3], rtol=1e-4, atol=1e-4)


def test_it_is_made_the_same_again(made: tuple[Source, Result], experiment: Experiment):
    source, result = made
    again = sources_of(experiment.outline)[source.name].make(Bench(experiment, CPU), None)
    assert again.source is not None
    assert result.source is not None
    assert again.source.weights.keys() == result.source.weights.keys()
    for name, value in result.source.weights.items():
        np.testing.assert_array_equal(again.source.weights[name], value)


def test_it_records_what_it_promises(made: tuple[Source, Result], experiment: Experiment):
    source, result = made
    assert result.source is not None
    assert result.source.name == source.name
    assert {"diverged", "examples"} <= result.source.facts.keys()
    assert {cell.key for cell in result.cells} == {(head.target, head.cell) for head in source.heads}
    assert {label.task for label in source.labels} <= experiment.tasks.keys()
    assert all(0 < label.share <= 1 for label in source.labels)
    encoder = {n.removeprefix(ENCODER) for n in result.source.weights if n.startswith(ENCODER)}
    assert encoder <= source.build().state_dict().keys()


def test_its_costs_are_counted(made: tuple[Source, Result], experiment: Experiment):
    source, counts = made[0], counts_of(experiment)
    parameters = sum(weight.numel() for weight in source.build().parameters())
    assert source.encoder_operations > 0
    assert source.encoder_parameters == parameters
    assert (source.training_operations(counts) > 0) == (source.work(counts).updates > 0)


def test_its_identity_is_that_of_the_run_alone(made: tuple[Source, Result], experiment: Experiment):
    """Another source of the same run has another, and so has the same source at another precision."""
    source = made[0]
    sources = sources_of(experiment.outline)
    assert sources[source.name].identity == source.identity
    assert len({one.identity for one in sources.values()}) == len(sources)
    settings = experiment.config.source.model_copy(update={"precision": "bf16"})
    config = experiment.config.model_copy(update={"source": settings})
    other = sources_of(replace(experiment.outline, config=config))[source.name]
    assert other.identity != source.identity
