from itertools import combinations
from pathlib import Path

import numpy as np
import pytest
from support import tiny

from taskaffinity.config import parse
from taskaffinity.pipeline import prepare_run, sweep_all
from taskaffinity.runs.folder import RunFolder


@pytest.fixture(scope="module")
def second(frames: Path, tmp_path_factory: pytest.TempPathFactory) -> RunFolder:
    """A run of first and second order."""
    content = tiny.content(frames, transfer={"orders": [1, 2]})
    folder = RunFolder(tmp_path_factory.mktemp("second"))
    sweep_all(prepare_run(parse(content), tiny.Silent()), folder, tiny.Silent())
    return folder


def test_second_wave_waits_for_the_first(frames: Path, tmp_path: Path) -> None:
    content = tiny.content(frames, transfer={"orders": [1, 2]})
    prepared = prepare_run(parse(content), tiny.Silent())
    assert len(prepared.waves(RunFolder(tmp_path))) == 1


def test_second_wave_is_every_pair_of_the_best_sources(frames: Path, second: RunFolder) -> None:
    content = tiny.content(frames, transfer={"orders": [1, 2]})
    prepared = prepare_run(parse(content), tiny.Silent())
    first, both = prepared.waves(second)
    added = {(job.target, job.sources) for job in both.jobs[len(first.jobs) :]}
    names = sorted(name for name in prepared.sources if name != "random")
    assert added == {
        (task.name, pair)
        for task in prepared.experiment.targets
        for pair in combinations([n for n in names if n != task.name], 2)
    }
    for target, sources in added:
        cell = second.read_cell(str(target), "+".join(sources))
        assert np.isfinite(cell.losses).all()


def test_first_order_is_the_same_whatever_comes_after(
    frames: Path, second: RunFolder, finished: Path
) -> None:
    content = tiny.content(frames)
    plan = prepare_run(parse(content), tiny.Silent()).plan
    for target, sources in plan.cells:
        alone, among = (folder.read_cell(target, sources) for folder in (RunFolder(finished), second))
        np.testing.assert_array_equal(alone.losses, among.losses)
        assert alone.facts["identity"] == among.facts["identity"]
