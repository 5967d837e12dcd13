from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from support import tiny

from taskaffinity.config import parse
from taskaffinity.engine.result import Cell
from taskaffinity.errors import RunError
from taskaffinity.pipeline import prepare_run
from taskaffinity.plots.labels import DisplayLabel
from taskaffinity.report.gather import gather, record_pictures
from taskaffinity.report.slides import extremes, make_slide
from taskaffinity.runs.folder import RunFolder
from taskaffinity.runs.pictures import write_pictures
from taskaffinity.tasks import discover
from taskaffinity.training.experiment import Experiment

TABLE = pd.DataFrame({
    "target": "depth_zbuffer",
    "sources": ["self", "depth_zbuffer", "autoencoding", "normal", "jigsaw", "denoising+jigsaw", "denoising"],
    "affinity": [0.5, 0.4, 0.3, 0.2, 0.1, 0.9, 0.05], "diverged": [False] * 6 + [True],
})  # fmt: skip
SHOWN = np.array([1, 3])


def test_extremes_leave_out_references_its_own_encoder_and_what_diverged() -> None:
    assert extremes(TABLE, "depth_zbuffer") == ["autoencoding", "jigsaw"]
    assert extremes(TABLE.head(3), "depth_zbuffer") == ["autoencoding"]
    assert extremes(TABLE, "normal") == []


@pytest.fixture(scope="module")
def experiment(frames: Path) -> Experiment:
    tasks = {"names": ["autoencoding", "denoising", "depth_zbuffer", "fixated_pose", "jigsaw"]}
    return prepare_run(parse(tiny.content(frames, tasks=tasks)), tiny.Silent()).experiment


def written(
    folder: RunFolder, experiment: Experiment, target: str, name: str, predictions: np.ndarray
) -> None:
    task = experiment.tasks[target]
    ids = [str(experiment.data.ids[row]) for row in experiment.examples(task, "test")[:, 0]]
    losses = np.linspace(0, 1, len(ids), dtype=np.float32)
    shown = SHOWN[: len(predictions)]
    folder.write_cell(Cell(target, (name,), ids, losses, shown, predictions, {"diverged": False}))
    write_pictures(folder, gather(experiment, task, shown))


def test_columns_are_input_truth_and_the_networks_that_are_there(
    tmp_path: Path, experiment: Experiment
) -> None:
    folder = RunFolder(tmp_path)
    for name, fill in (("self", 0.6), ("scratch", 0.5), ("autoencoding", 0.55), ("jigsaw", 0.1)):
        written(folder, experiment, "depth_zbuffer", name, np.full((2, 1, 32, 32), fill, np.float16))
    labels = {"autoencoding": DisplayLabel("Autoencoding", "2D")}
    slide = make_slide(folder, "depth_zbuffer", TABLE, labels, 4)
    assert slide is not None
    assert [(column.heading, column.detail) for column in slide.columns] == [
        ("Input", ""), ("Ground truth", ""),
        ("From scratch", "transfer split"), ("Own network", "source split"),
        ("Best transfer", "Autoencoding"), ("Worst transfer", "jigsaw"),
    ]  # fmt: skip
    for column in slide.columns:
        for picture in column.pictures:
            assert picture.pixels is not None
            assert picture.pixels.shape == (32, 32, 3)
    count = len(experiment.examples(experiment.tasks["depth_zbuffer"], "test"))
    assert slide.columns[2].losses == pytest.approx(np.linspace(0, 1, count)[SHOWN])


def test_the_input_is_what_the_network_saw(tmp_path: Path, experiment: Experiment) -> None:
    folder = RunFolder(tmp_path)
    written(folder, experiment, "denoising", "self", np.zeros((2, 3, 32, 32), np.float16))
    slide = make_slide(folder, "denoising", TABLE, {}, 4)
    assert slide is not None
    noisy, clean = (slide.columns[i].pictures[0].pixels for i in (0, 1))
    assert noisy is not None
    assert clean is not None
    assert slide.columns[0].detail == "with noise"
    assert 3 < np.abs(noisy.astype(float) - clean).mean() < 40


def test_two_views_stand_side_by_side(tmp_path: Path, experiment: Experiment) -> None:
    folder = RunFolder(tmp_path)
    written(folder, experiment, "fixated_pose", "scratch", np.zeros((1, 6), np.float32))
    slide = make_slide(folder, "fixated_pose", TABLE, {}, 4)
    assert slide is not None
    pixels = slide.columns[0].pictures[0].pixels
    assert pixels is not None
    assert pixels.shape == (32, 68, 3)
    assert slide.columns[2].pictures[0].text == "0°, shift 0.00"


def test_without_cells_there_is_no_slide(tmp_path: Path) -> None:
    assert make_slide(RunFolder(tmp_path), "depth_zbuffer", TABLE, {}, 4) is None


@pytest.mark.parametrize(("examples", "rows"), [(1, 1), (2, 2), (16, 2)])
def test_as_many_images_are_shown_as_asked_for_and_kept(
    tmp_path: Path, experiment: Experiment, examples: int, rows: int
) -> None:
    folder = RunFolder(tmp_path)
    written(folder, experiment, "depth_zbuffer", "self", np.zeros((2, 1, 32, 32), np.float16))
    slide = make_slide(folder, "depth_zbuffer", TABLE, {}, examples)
    assert slide is not None
    assert len(slide.images) == rows
    assert all(len(column.pictures) == rows for column in slide.columns)


def test_pictures_that_do_not_fit_their_cells_are_damaged(tmp_path: Path, experiment: Experiment) -> None:
    folder = RunFolder(tmp_path)
    written(folder, experiment, "depth_zbuffer", "self", np.zeros((2,), np.float16))
    with pytest.raises(RunError, match=r"depth_zbuffer\.npz is damaged"):
        make_slide(folder, "depth_zbuffer", TABLE, {}, 4)


def test_recording_removes_the_pictures_of_targets_that_left_and_says_where_few_are_kept(
    tmp_path: Path, experiment: Experiment
) -> None:
    folder, said = RunFolder(tmp_path), []
    written(folder, experiment, "depth_zbuffer", "self", np.zeros((1, 1, 32, 32), np.float16))
    (tmp_path / "pictures" / "left_the_run.npz").write_bytes(b"")
    record_pictures(folder, experiment, said.append)
    assert [file.name for file in (tmp_path / "pictures").iterdir()] == ["depth_zbuffer.npz"]
    assert len(said) == 1
    assert "depth_zbuffer" in said[0]


def test_every_task_of_the_dictionary_can_be_painted() -> None:
    from taskaffinity.plots.painting import painting_of

    for task in discover().values():
        if task.output is not None and "target" in task.roles:
            shape = (2, 8, 8) if task.output.per_pixel else (2,)
            value = np.zeros(shape, np.int64)
            channels = getattr(task.output, "channels", None)
            if channels:
                value = np.zeros((2, channels, 8, 8), np.float32)
            if dimensions := (not task.output.per_pixel and getattr(task.output, "dimensions", None)):
                value = np.zeros((2, dimensions), np.float32)
            valid = np.ones((2, 1, 8, 8) if task.output.per_pixel else 2, bool)
            picture = painting_of(task, task.output, value, valid).truth(value[0], valid[0])
            assert picture.text or picture.pixels is not None, task.name
