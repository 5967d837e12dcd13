"""A kind of output in a task file: trained, scored, timed, kept and drawn without a line elsewhere."""

from pathlib import Path

import numpy as np
import pytest
import torch
from support import tiny

from taskaffinity.outputs import Classes, Dense, Embedding, Output, PixelClasses, Projections, Vector
from taskaffinity.pipeline import prepare_run, sweep_all
from taskaffinity.report.gather import gather
from taskaffinity.runs.folder import RunFolder
from taskaffinity.training.losses import loss_of

BINS = 4
TONES = '''
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from taskaffinity.tasks import Label, Output, Task

@dataclass(frozen=True)
class Shares(Output):
    """Shares that sum to 1, one a bin, from logits (N, bins)."""

    bins: int
    per_pixel: ClassVar[bool] = False

    def decoder(self, place):
        from taskaffinity.models.decoders import VectorDecoder
        return VectorDecoder(place.channels, self.bins, place.pixels, place.width)

    def random_truth(self, prediction, image, count):
        import torch
        from taskaffinity.training.losses import Truth
        return Truth(torch.rand(count, *prediction).softmax(1), torch.ones(count, dtype=torch.bool))

    def kept(self, prediction):
        return prediction.float().softmax(1).numpy()

    def painting(self, task, value, valid, classes):
        from taskaffinity.plots.paint import Painting
        return Painting(kind="vector", high=1.0)

def tones(views):
    grey = views["rgb"].mean(axis=1).reshape(len(views["rgb"]), -1)
    edges = np.linspace(0, 256, 5)
    counts = [np.histogram(one, edges)[0] / one.size for one in grey]
    return Label(np.array(counts, np.float32), np.ones(len(grey), bool))

def entropy(prediction, truth):
    return -(truth.value * prediction.log_softmax(1)).sum(1)

task = Task(name="tones", title="Tones", group="2D", target=tones, needs=("rgb",), mirror=(),
            output=Shares(4), loss=entropy, metric="cross entropy")
'''


def test_a_kind_of_output_in_a_task_file_goes_through_a_run(frames: Path, tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "tones.py").write_text(TONES)
    tasks = {"folders": [str(tmp_path / "mine")], "names": ["tones", "denoising"]}
    folder = RunFolder(tmp_path / "run")
    config = tiny.parse(tiny.content(frames, tasks=tasks))
    prepared = prepare_run(config, tiny.Silent())
    plan = sweep_all(prepared, folder, tiny.Silent())
    losses = folder.losses_table(list(plan.cells))
    of_tones = losses[losses["target"] == "tones"]
    assert {"self", "denoising", "constant"} <= set(of_tones["sources"])
    assert np.isfinite(of_tones["loss"]).all()
    cell = folder.read_cell("tones", "denoising")
    np.testing.assert_allclose(np.asarray(cell.predictions).sum(axis=1), 1, rtol=1e-5)
    pictures = gather(prepared.experiment, prepared.experiment.tasks["tones"], cell.shown)
    drawn = pictures.facts.painting.prediction(cell.predictions[0])
    assert drawn.pixels is not None
    load = prepared.estimator.load(next(job for job in plan.jobs if job.cells == (("tones", "denoising"),)))
    assert load.seconds > 0


@pytest.mark.parametrize(
    ("output", "loss", "prediction"),
    [
        (Dense(2), "l1", (2, 8, 8)),
        (PixelClasses(5, stride=2), "softmax", (5, 4, 4)),
        (Embedding(6), "pixel_metric", (6, 8, 8)),
        (Vector(3), "l2", (3,)),
        (Classes(4), "softmax", (4,)),
        (Projections(5, images=2), "nt_xent", (2, 5)),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, Output) else "",
)
def test_random_labels_can_be_scored_and_predictions_kept(
    output: Output, loss: str, prediction: tuple[int, ...]
) -> None:
    torch.manual_seed(0)
    values = torch.randn(6, *prediction)
    truth = output.random_truth(prediction, (8, 8), 6)
    assert torch.isfinite(loss_of(loss)(values, truth)).all()
    assert truth.has_label.all()
    assert (truth.valid.ndim > 1) == output.per_pixel
    kept = output.kept(values)
    assert len(kept) == 6
    np.testing.assert_array_equal(kept, output.kept(values))
