import shutil
from pathlib import Path

import numpy as np
import pytest
from support import tiny

from taskaffinity.config import parse
from taskaffinity.engine.job import CellKey
from taskaffinity.errors import ConfigError
from taskaffinity.pipeline import Prepared, prepare_run, sweep_all
from taskaffinity.runs.folder import RunFolder

REFERENCES = {"self", "scratch", "constant", "random"}


def prepared_with(frames: Path, **transfer: object) -> Prepared:
    return prepare_run(parse(tiny.content(frames, transfer=transfer)), tiny.Silent())


def readouts(prepared: Prepared) -> set[CellKey]:
    return {cell for cell in prepared.plan.cells if cell[1] not in REFERENCES}


@pytest.fixture(scope="module")
def half(frames: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Prepared, RunFolder]:
    """A run that measured half of its readouts."""
    prepared, folder = prepared_with(frames, measure=0.6), RunFolder(tmp_path_factory.mktemp("half"))
    sweep_all(prepared, folder, tiny.Silent())
    return prepared, folder


def test_no_more_than_the_share_is_measured(half: tuple[Prepared, RunFolder]) -> None:
    prepared, folder = half
    measured = set(prepared.waves(folder)[-1].cells)
    random = {cell for cell in prepared.plan.cells if cell[1] == "random"}
    assert len(measured & readouts(prepared)) + len(random) <= 0.6 * (len(readouts(prepared)) + len(random))
    assert {cell for cell in prepared.plan.cells if cell[1] in REFERENCES} <= measured


def test_measured_cells_are_those_of_a_whole_run_to_the_bit(
    half: tuple[Prepared, RunFolder], finished: Path
) -> None:
    prepared, folder = half
    for target, sources in prepared.waves(folder)[-1].cells:
        part, whole = (one.read_cell(target, sources) for one in (folder, RunFolder(finished)))
        np.testing.assert_array_equal(part.losses, whole.losses)
        assert part.facts["identity"] == whole.facts["identity"]


def test_a_run_that_is_opened_again_knows_its_waves(frames: Path, half: tuple[Prepared, RunFolder]) -> None:
    prepared, folder = half
    again = prepared_with(frames, measure=0.6)
    assert [list(w.cells) for w in again.waves(folder)] == [list(w.cells) for w in prepared.waves(folder)]


def test_a_wave_waits_for_the_one_before_it(
    half: tuple[Prepared, RunFolder], frames: Path, tmp_path: Path
) -> None:
    prepared, folder = half
    waves = prepared.waves(folder)
    assert len(waves) > 2
    lost = next(iter(set(waves[1].cells) - set(waves[0].cells)))
    shutil.copytree(folder.path, tmp_path / "run")
    partly = RunFolder(tmp_path / "run")
    partly.cell_file(*lost).unlink()
    assert len(prepared_with(frames, measure=0.6).waves(partly)) == 2


def test_every_readout_is_measured_or_predicted(half: tuple[Prepared, RunFolder]) -> None:
    prepared, folder = half
    measuring = prepared.measuring(folder)
    assert measuring is not None
    predicted = set(zip(measuring.predicted["target"], measuring.predicted["sources"], strict=True))
    measured = set(prepared.waves(folder)[-1].cells)
    assert not predicted & measured
    assert predicted | (measured & readouts(prepared)) == readouts(prepared)
    held = measuring.predicted.groupby("target")["affinity"].sum()
    for target, share in measuring.record.held.items():
        assert share + held.get(target, 0.0) == pytest.approx(1.0)


def test_a_whole_run_predicts_nothing(prepared: Prepared, finished: Path) -> None:
    assert prepared.measuring(RunFolder(finished)) is None
    assert not (finished / "predicted.csv").exists()


@pytest.mark.parametrize("wrong", ["some", 0, 1.5])
def test_other_shares_are_refused(frames: Path, wrong: object) -> None:
    with pytest.raises(ConfigError, match="measure"):
        parse(tiny.content(frames, transfer={"measure": wrong}))
