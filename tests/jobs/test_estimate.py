from dataclasses import replace

import pytest
import torch

from taskaffinity.config import parse
from taskaffinity.engine.forecast import Amount, by_kind, record_of
from taskaffinity.jobs.base import RunJob
from taskaffinity.jobs.estimate import with_assumed_orders
from taskaffinity.models.encoder import make_encoder
from taskaffinity.models.shapes import EncodingShape
from taskaffinity.outputs import Classes, Dense, Embedding, Output, PixelClasses, Projections, Vector
from taskaffinity.pipeline import Prepared
from taskaffinity.training.calibration import Calibration
from taskaffinity.training.workload import (
    Blueprint,
    ConstantBlueprint,
    EncoderBlueprint,
    OwnBlueprint,
    Predictor,
    ReadoutBlueprint,
    operations,
    stored_values,
)

CONFIG = parse({"model": {"width": 8, "channels": 4, "decoder_width": 8}})
SIZE = (32, 32)
SMALL = EncodingShape(4, 4, 4)


def encoder(model: object = CONFIG.model, size: tuple[int, int] = SIZE) -> EncoderBlueprint:
    return EncoderBlueprint(model, size, "fp32", lambda: make_encoder(model))  # type: ignore[arg-type]


def own(output: Output, loss: str, images: int = 1) -> OwnBlueprint:
    return OwnBlueprint(output, loss, SIZE, CONFIG.source, images, CONFIG.model)


def readout(output: Output, loss: str, *shapes: EncodingShape) -> ReadoutBlueprint:
    return ReadoutBlueprint(output, loss, SIZE, CONFIG.transfer, 1, shapes, CONFIG.model)


def constant(output: Output, loss: str) -> ConstantBlueprint:
    return ConstantBlueprint(output, loss, SIZE, CONFIG.source, own(output, loss).prediction_shape())


BLUEPRINTS: list[Blueprint] = [
    own(Dense(3), "l1"),
    own(Vector(6), "l2", images=2),
    own(Projections(8), "nt_xent", images=2),
    readout(PixelClasses(5, stride=2), "softmax", SMALL, SMALL),
    readout(Classes(7), "softmax", SMALL),
    readout(Embedding(8), "pixel_metric", SMALL),
    readout(Dense(2), "l1", EncodingShape(10, 7, 7), SMALL),
    constant(Dense(1), "l1"),
    constant(Embedding(8), "pixel_metric"),
    constant(PixelClasses(5, stride=2), "balanced_softmax"),
    encoder(),
]
each = pytest.mark.parametrize("blueprint", BLUEPRINTS, ids=lambda one: type(one).__name__)


def test_operations_are_those_of_the_convolutions():
    """Closed form of a readout that ends in a vector is tedious; that of one convolution is not."""
    one = operations(encoder())
    assert operations(encoder(size=(64, 64))) == 4 * one
    whole, read = operations(own(Dense(3), "l1")), operations(readout(Dense(3), "l1", SMALL))
    pixels, channels = 4 * 4, CONFIG.model.channels
    transfer = 2 * pixels * 9 * (channels * 4 * channels) * 2  # two convolutions, C to 4C and back
    assert whole - one == read - transfer
    assert operations(constant(Dense(1), "l1")) == 0


def test_operations_of_resnet50_agree_with_the_published_count():
    """He et al. (2016), table 1: 3.8e9 multiply-adds at 224, ours with the last stage at stride 1."""
    model = parse({"model": {"encoder": "resnet50"}}).model
    multiply_adds = operations(encoder(model, (224, 224))) / 2
    assert 1.2 * 3.8e9 < multiply_adds < 2.0 * 3.8e9


@each
def test_what_is_weighed_is_what_is_built(blueprint: Blueprint):
    network = blueprint.build().eval()
    with torch.no_grad():
        assert len(network(blueprint.inputs(3))) == 3
    assert stored_values(blueprint) == sum(value.numel() for value in network.state_dict().values())


@each
def test_every_network_can_be_timed_and_is_timed_once(blueprint: Blueprint):
    state = torch.get_rng_state()
    calibration = Calibration(CONFIG, torch.device("cpu"))
    pace = calibration.pace(blueprint)
    assert pace.score > 0
    assert (pace.update > 0) == isinstance(blueprint, Predictor)
    assert calibration.pace(blueprint) is pace
    assert torch.equal(torch.get_rng_state(), state)


def test_work_counts_what_the_jobs_do(prepared: Prepared):
    setup, rows = prepared.estimator.setup, prepared.experiment.rows
    work = {job.name: job.work(setup) for job in prepared.plan.jobs if isinstance(job, RunJob)}
    source = work["source:depth_zbuffer"]
    assert (source.updates, source.batch) == (6, 4)
    assert source.scored == 2 * len(rows["validation"]) + len(rows["test"])
    assert source.passes == 3 * 6 * 4 + source.scored
    assert work["source:jigsaw"].scored == 2 * len(rows["validation"])  # no target: never tested
    encoded = len(rows["transfer"]) + len(rows["validation"]) + len(rows["test"])
    assert work["encode:jigsaw:depth_zbuffer"].passes == encoded
    assert work["random:random"].passes == 0
    assert isinstance(work["transfer:jigsaw:depth_zbuffer"].blueprint, ReadoutBlueprint)


def test_an_estimate_adds_up(prepared: Prepared):
    plan = prepared.estimator.weighed(prepared.plan)
    amounts = by_kind(plan.jobs)
    assert {kind: amount.jobs for kind, amount in amounts.items()} == {
        "source": 3, "random": 1, "scratch": 2, "constant": 2, "encode": 8, "transfer": 8,
    }  # fmt: skip
    record = record_of(amounts, prepared.estimator.bytes_of(plan), slots=2)
    assert record["total"]["seconds"] == pytest.approx(sum(job.load.seconds for job in plan.jobs))
    assert record["hours"] == pytest.approx(record["total"]["seconds"] / 7200)
    assert sum(amounts.values(), Amount()).load.updates == 3 * 6 + 2 * 4 + 2 * 300 + 8 * 4


def test_bytes_are_those_of_a_finished_run(prepared: Prepared, finished):
    size = prepared.estimator.bytes_of(prepared.plan)
    weights = sum(file.stat().st_size for file in finished.glob("sources/*.safetensors"))
    encodings = sum(file.stat().st_size for file in finished.glob("features/*.npy"))
    assert size["sources"] == pytest.approx(weights, rel=0.2)  # besides the names of the arrays
    assert size["encodings"] == pytest.approx(encodings, rel=0.2)


def test_higher_orders_are_counted_before_they_can_be_planned(prepared: Prepared):
    config = prepared.experiment.config
    transfer = config.transfer.model_copy(update={"orders": [1, 2]})
    experiment = replace(prepared.experiment, config=config.model_copy(update={"transfer": transfer}))
    changed = replace(prepared, experiment=experiment)
    plan = with_assumed_orders(changed.plan, changed.planner)
    added = [job for job in plan.jobs if len(job.reads) == 2]
    assert len(added) == 2  # two targets, each with the one pair of the two other sources
    assert all(target not in job.reads for job in added for target, _ in job.cells)
