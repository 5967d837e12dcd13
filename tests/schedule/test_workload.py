from dataclasses import replace

import pytest
import torch

from taskaffinity.config import parse
from taskaffinity.outputs import Classes, Dense, Embedding, PixelClasses, Projections, Vector
from taskaffinity.pipeline import Prepared
from taskaffinity.schedule.calibration import Calibration
from taskaffinity.schedule.estimate import Amount, estimator_of, record_of, with_assumed_orders
from taskaffinity.schedule.workload import (
    Shape,
    build,
    counts_of,
    inputs_of,
    operations,
    parameters,
    prediction_shape,
    work_of,
)

CONFIG = parse({"model": {"width": 8, "channels": 4, "decoder_width": 8}})
SIZE = (32, 32)
SHAPES = [
    Shape("own", Dense(3), "l1"),
    Shape("own", Vector(6), "l2", images=2),
    Shape("own", Projections(8), "nt_xent", images=2),
    Shape("readout", PixelClasses(5, stride=2), "softmax", sources=2),
    Shape("readout", Classes(7), "softmax"),
    Shape("readout", Embedding(8), "pixel_metric"),
    Shape("constant", Dense(1), "l1"),
    Shape("constant", Embedding(8), "pixel_metric"),
    Shape("constant", PixelClasses(5, stride=2), "balanced_softmax"),
]


def test_operations_are_those_of_the_convolutions():
    """Closed form of a readout that ends in a vector is tedious; that of one convolution is not."""
    model = CONFIG.model
    one = operations(Shape("encoder"), model, SIZE)
    four = operations(Shape("encoder"), model, (64, 64))
    assert four == 4 * one
    own = operations(Shape("own", Dense(3), "l1"), model, SIZE)
    readout = operations(Shape("readout", Dense(3), "l1"), model, SIZE)
    pixels, channels = 4 * 4, model.channels
    transfer = 2 * pixels * 9 * (channels * 4 * channels) * 2  # two convolutions, C to 4C and back
    assert own - one == readout - transfer


def test_operations_of_resnet50_agree_with_the_published_count():
    """He et al. (2016), table 1: 3.8e9 multiply-adds at 224, ours with the last stage at stride 1."""
    model = parse({"model": {"encoder": "resnet50"}}).model
    multiply_adds = operations(Shape("encoder"), model, (224, 224)) / 2
    assert 1.2 * 3.8e9 < multiply_adds < 2.0 * 3.8e9


@pytest.mark.parametrize("shape", [s for s in SHAPES if s.part != "constant"])
def test_what_is_weighed_is_what_is_built(shape: Shape):
    network = build(shape, CONFIG.model, SIZE).eval()
    with torch.no_grad():
        prediction = network(inputs_of(shape, CONFIG.model, SIZE, 3))
    assert prediction.shape == (3, *prediction_shape(shape, CONFIG.model, SIZE))
    assert parameters(shape, CONFIG.model, SIZE) == sum(v.numel() for v in network.state_dict().values())


@pytest.mark.parametrize("shape", [*SHAPES, Shape("encoder")])
def test_every_shape_can_be_timed_and_is_timed_once(shape: Shape):
    state = torch.get_rng_state()
    calibration = Calibration(CONFIG, SIZE, torch.device("cpu"))
    pace = calibration.pace(shape)
    assert pace.score > 0
    assert (pace.update > 0) == (shape.part != "encoder")
    assert calibration.pace(shape) is pace
    assert torch.equal(torch.get_rng_state(), state)


def test_work_counts_what_the_jobs_do(prepared: Prepared):
    experiment = prepared.experiment
    counts, config = counts_of(experiment), experiment.config
    outputs = {t.name: experiment.output(t) for t in experiment.tasks.values() if t.is_trained}
    work = {job.name: work_of(job, config, counts, experiment.tasks, outputs) for job in prepared.plan.jobs}
    rows = experiment.rows
    source = work["source:depth_zbuffer"]
    assert (source.updates, source.batch) == (6, 4)
    assert source.scored == 2 * len(rows["validation"]) + len(rows["test"])
    assert source.passes == 3 * 6 * 4 + source.scored
    assert work["source:jigsaw"].scored == 2 * len(rows["validation"])  # no target: never tested
    encoded = len(rows["transfer"]) + len(rows["validation"]) + len(rows["test"])
    assert work["encode:jigsaw:depth_zbuffer"].passes == encoded
    assert work["random:random"].passes == 0
    assert work["transfer:jigsaw:depth_zbuffer"].shape.part == "readout"


def test_an_estimate_adds_up(prepared: Prepared):
    estimator = estimator_of(prepared.experiment)
    plan = estimator.weighed(prepared.plan)
    amounts = estimator.by_kind(plan.jobs)
    assert {kind: amount.jobs for kind, amount in amounts.items()} == {
        "source": 3, "random": 1, "scratch": 2, "constant": 2, "encode": 8, "transfer": 8,
    }  # fmt: skip
    record = record_of(amounts, estimator.bytes_of(plan), slots=2)
    assert record["total"]["seconds"] == pytest.approx(sum(job.cost for job in plan.jobs))
    assert record["hours"] == pytest.approx(record["total"]["seconds"] / 7200)
    assert sum(amounts.values(), Amount()).updates == 3 * 6 + 2 * 4 + 2 * 300 + 8 * 4


def test_bytes_are_those_of_a_finished_run(prepared: Prepared, finished):
    estimator = estimator_of(prepared.experiment)
    size = estimator.bytes_of(prepared.plan)
    weights = sum(file.stat().st_size for file in finished.glob("sources/*.safetensors"))
    encodings = sum(file.stat().st_size for file in finished.glob("features/*.npy"))
    assert size["sources"] == pytest.approx(weights, rel=0.2)  # besides the names of the arrays
    assert size["encodings"] == pytest.approx(encodings, rel=0.2)


def test_higher_orders_are_counted_before_they_can_be_planned(prepared: Prepared):
    config = prepared.experiment.config
    transfer = config.transfer.model_copy(update={"orders": [1, 2]})
    experiment = replace(prepared.experiment, config=config.model_copy(update={"transfer": transfer}))
    plan = with_assumed_orders(prepared.plan, experiment)
    added = [job for job in plan.jobs if len(job.sources) == 2]
    assert len(added) == 2  # two targets, each with the one pair of the two other sources
    assert all(job.target not in job.sources for job in added)
