"""Chains: a readout of one source, whose last hidden map or output is encoded again."""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import torch
import torch.nn.functional as F
from support import tiny

from taskaffinity.config import parse
from taskaffinity.errors import InputError
from taskaffinity.jobs.executor import local_context
from taskaffinity.jobs.preparation import prepare_run
from taskaffinity.jobs.source import SourceJob
from taskaffinity.jobs.worker import Worker
from taskaffinity.models.chained import BeforeLast
from taskaffinity.models.decoders import PixelDecoder, VectorDecoder
from taskaffinity.runs.folder import RunFolder
from taskaffinity.sources import sources_of
from taskaffinity.training.encodings import Encodings, SourceSet
from taskaffinity.training.transfer import train_readout

CHAINS = {
    "hidden": {"kind": "chain", "source": "depth_zbuffer", "through": "denoising"},
    "output": {"kind": "chain", "source": "random", "through": "depth_zbuffer", "takes": "output", "grid": 8},
    "twice": {"kind": "chain", "source": "hidden", "through": "depth_zbuffer"},
}

pytestmark = pytest.mark.xdist_group("run with chains")


def _content(frames: Path, declared: dict[str, Any]) -> dict[str, Any]:
    return tiny.content(frames, sources={"declared": declared})


@pytest.fixture(scope="module")
def measured(frames: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[RunFolder, pd.DataFrame]:
    folder = RunFolder(tmp_path_factory.mktemp("chains") / "run")
    return folder, tiny.measure(_content(frames, CHAINS), folder)


@pytest.fixture(scope="module")
def worker(frames: Path, measured: tuple[RunFolder, pd.DataFrame]) -> Worker:
    prepared = prepare_run(parse(_content(frames, CHAINS)), tiny.Silent())
    return local_context(prepared.experiment, measured[0]).open("cpu")


def test_chains_are_measured_beside_the_direct_transfers(measured: tuple[RunFolder, pd.DataFrame]) -> None:
    losses = measured[1]
    for target in ("denoising", "depth_zbuffer"):
        sets = set(losses.loc[losses["target"] == target, "sources"])
        assert {*CHAINS, "depth_zbuffer", "random"} <= sets
    assert np.isfinite(losses["loss"]).all()


def test_a_chain_is_made_after_its_source_and_needs_its_labels(frames: Path) -> None:
    prepared = prepare_run(parse(_content(frames, CHAINS)), tiny.Silent())
    jobs = {job.makes: job for job in prepared.plan.source_jobs}
    assert jobs["hidden"].needs == {jobs["depth_zbuffer"].name}
    assert jobs["twice"].reads == ("hidden",)
    order = list(jobs)
    assert order.index("depth_zbuffer") < order.index("hidden") < order.index("twice")
    assert prepared.sources["twice"].labels == prepared.sources["depth_zbuffer"].labels
    assert prepared.sources["output"].labels == ()
    assert (
        prepared.sources["hidden"].encoder_operations > prepared.sources["depth_zbuffer"].encoder_operations
    )


def test_another_source_or_task_is_another_chain(frames: Path) -> None:
    def identity(**keys: object) -> str:
        content = _content(frames, {"x": {**CHAINS["hidden"], **keys}})
        return prepare_run(parse(content), tiny.Silent()).sources["x"].identity

    identities = {identity(), identity(source="random"), identity(through="depth_zbuffer"),
                  identity(takes="output"), identity(grid=4)}  # fmt: skip
    assert len(identities) == 5


def test_how_many_transfers_are_measured_changes_no_chain(frames: Path) -> None:
    def identity(**transfer: object) -> str:
        content = _content(frames, {"x": CHAINS["hidden"]})
        content["transfer"] = {**content["transfer"], **transfer}
        return prepare_run(parse(content), tiny.Silent()).sources["x"].identity

    assert identity() == identity(measure=0.5) == identity(regret=0.1) == identity(orders=[1, 2])
    assert identity() != identity(updates=9)


def test_the_output_is_what_the_readout_predicts(worker: Worker) -> None:
    source, bench, task = worker.sources["output"], worker.bench, worker.task("depth_zbuffer")
    base = worker.sources["random"]
    rows = np.sort(np.concatenate([bench.experiment.rows[name] for name in ("transfer", "validation")]))
    images = torch.from_numpy(bench.experiment.data.read(rows, ["rgb"])["rgb"])
    with torch.no_grad():
        maps = base.encoder(worker.supplies.weights("random"))(images)
    one = SourceSet(("random",), [Encodings(rows, maps.numpy())])
    trained = train_readout(bench, task, one, bench.experiment.config.transfer)
    with torch.no_grad():
        predicted = trained.network((maps - trained.mean) / trained.spread)
        encoded = source.encoder(worker.supplies.weights("output"))(images)
    assert encoded.shape[1:] == (source.shape.channels, 8, 8)
    torch.testing.assert_close(encoded, F.adaptive_avg_pool2d(predicted, (8, 8)), rtol=1e-4, atol=1e-5)


def test_encodings_have_the_shape_that_a_chain_says(worker: Worker) -> None:
    for name in CHAINS:
        source, images = worker.sources[name], torch.rand(2, 3, 32, 32)
        encoded = source.encoder(worker.supplies.weights(name))(images)
        assert tuple(encoded.shape) == (2, source.shape.channels, *source.shape.grid)


def test_the_source_inside_a_chain_stays_as_it_was(worker: Worker) -> None:
    own, kept = worker.supplies.weights("depth_zbuffer"), worker.supplies.weights("hidden")
    inside = {name: value for name, value in kept.items() if name.startswith("encoder.base.")}
    assert inside
    for name, value in inside.items():
        np.testing.assert_array_equal(value, own[name.replace("encoder.base.", "encoder.", 1)])


def test_a_chain_on_a_source_that_diverged_has_diverged(worker: Worker) -> None:
    job = SourceJob.of(worker.sources["hidden"], worker.sources)
    facts = {"depth_zbuffer": {"diverged": True}}

    class Supplies:
        def facts(self, source: str) -> dict[str, Any]:
            return facts[source]

    class Told(Worker):
        def __init__(self) -> None:
            pass

        supplies = Supplies()  # type: ignore[assignment]

    made = job.perform(Told()).source
    assert made is not None
    assert made.facts["diverged"]


@pytest.mark.parametrize(
    ("declared", "words"),
    [
        ({"x": {"kind": "chain", "source": "nothing", "through": "denoising"}}, "nothing"),
        ({"x": {"kind": "chain", "source": "random", "through": "jigsaw"}}, "through"),
        ({"x": {"kind": "chain", "source": "x", "through": "denoising"}}, "never ends"),
        (
            {
                "x": {"kind": "chain", "source": "y", "through": "denoising"},
                "y": {"kind": "chain", "source": "x", "through": "denoising"},
            },
            "never ends",
        ),
    ],
)
def test_chains_that_cannot_be_are_refused(frames: Path, declared: dict[str, Any], words: str) -> None:
    with pytest.raises(InputError, match=words):
        prepare_run(parse(_content(frames, declared)), tiny.Silent())


@pytest.mark.parametrize(
    ("decoder", "shape"),
    [(PixelDecoder(4, 2, 4, 8), (1, 16, 8, 8)), (VectorDecoder(4, 3, 16, 8), (1, 256))],
)
def test_what_comes_before_the_last_layer_leads_to_the_output(
    decoder: torch.nn.Module, shape: tuple[int, ...]
) -> None:
    import copy

    decoder.eval()
    whole, maps = copy.deepcopy(decoder), torch.rand(1, 4, 4, 4)
    hidden = BeforeLast(decoder)(maps)
    assert tuple(hidden.shape) == shape
    assert isinstance(whole.body, torch.nn.Sequential)
    last = max(i for i, m in enumerate(whole.body) if isinstance(m, torch.nn.Conv2d | torch.nn.Linear))
    torch.testing.assert_close(whole.body[last:](hidden), whole(maps))


def test_a_run_without_chains_has_sources_of_the_same_identity(frames: Path) -> None:
    plain = prepare_run(parse(tiny.content(frames)), tiny.Silent())
    with_chains = sources_of(prepare_run(parse(_content(frames, CHAINS)), tiny.Silent()).experiment.outline)
    assert all(with_chains[name].identity == source.identity for name, source in plain.sources.items())
