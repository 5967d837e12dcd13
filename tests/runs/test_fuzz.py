"""Run folders with any bytes changed: every reader gives what is there, or one error of ours in one line."""

from contextlib import suppress
from pathlib import Path

import numpy as np
import pytest

from taskaffinity.engine.result import Cell, TrainedSource
from taskaffinity.errors import TaskAffinityError
from taskaffinity.plots.paint import Painting
from taskaffinity.report.document import document
from taskaffinity.report.findings import read_findings
from taskaffinity.report.slides import make_slide
from taskaffinity.runs.folder import RunFolder
from taskaffinity.runs.jobs import JobRecord, JobsRecord, read_progress
from taskaffinity.runs.pictures import PictureFacts, Pictures, write_pictures
from taskaffinity.runs.state import end


@pytest.fixture
def folder(run_of_tables: RunFolder) -> RunFolder:
    return filled(run_of_tables)


def filled(folder: RunFolder) -> RunFolder:
    """Add two cells, a source and pictures to a made-up run."""
    images = ["a", "b", "c"]
    predictions = np.zeros((2, 3, 4, 4), np.float16)
    for name in ("self", "scratch"):
        losses, facts = np.ones(3, np.float32), {"identity": "i", "diverged": False}
        folder.write_cell(Cell("normal", (name,), images, losses, np.array([0, 2]), predictions, facts))
    folder.write_source(TrainedSource("normal", {"w": np.ones(4)}, {"identity": "i"}))
    truth, valid = np.zeros((2, 3, 4, 4), np.float32), np.ones((2, 1, 4, 4), bool)
    inputs = np.zeros((2, 4, 4, 3), np.uint8)
    facts = PictureFacts(painting=Painting(kind="signed"))
    write_pictures(folder, Pictures("normal", ["a", "c"], inputs, truth, valid, facts))
    cells = (("normal", "self"), ("normal", "scratch"))
    job = JobRecord(name="all", kind="toy", identity="i", makes="normal", cells=cells)
    folder.write_jobs(JobsRecord(state="s", jobs=(job,)))
    end(folder)
    return folder


def read_everything(folder: RunFolder) -> None:
    """Do what `status` and `report` do, but for drawing and writing."""
    jobs = folder.jobs()
    if jobs is not None:
        read_progress(jobs, folder)
    findings = read_findings(folder.path)
    document(findings, findings.order, None)
    make_slide(folder, "normal", findings.transfers, findings.labels, 4)
    folder.config()


def changed(content: bytes, others: list[bytes], rng: np.random.Generator) -> bytes:
    """Change content as disks, transfers and strangers do."""
    place = int(rng.integers(0, len(content) + 1))
    match int(rng.integers(6)):
        case 0:
            return content[:place]
        case 1:
            return content[:place] + bytes(rng.integers(0, 256, 8, np.uint8)) + content[place:]
        case 2:
            return others[int(rng.integers(len(others)))]
        case 3:
            return content[:place] + b"9" * 400 + content[place + 1 :]
        case 4:
            return content.replace(b"normal", b"../../x") if b"normal" in content else b"null"
    flipped = bytearray(content or b"\0")
    for _ in range(int(rng.integers(1, 6))):
        flipped[int(rng.integers(len(flipped)))] ^= 1 << int(rng.integers(8))
    return bytes(flipped)


def fuzz(folder: RunFolder, rounds: int, seed: int) -> int:
    """Change one file after another; return how often that was refused."""
    read_everything(folder)
    rng, refused = np.random.default_rng(seed), 0
    files = sorted(file for file in folder.path.rglob("*") if file.is_file())
    contents = {file: file.read_bytes() for file in files}
    for _ in range(rounds):
        file: Path = files[int(rng.integers(len(files)))]
        file.write_bytes(changed(contents[file], list(contents.values()), rng))
        try:
            read_everything(folder)
        except TaskAffinityError as error:
            assert len(str(error).splitlines()) == 1  # noqa: PT017
            refused += 1
        except Exception as error:
            kept = folder.path.parent / "crash"
            with suppress(OSError):
                kept.write_bytes(file.read_bytes())
            raise AssertionError(f"{file.name}: {type(error).__name__}: {error}; kept as {kept}") from error
        finally:
            file.write_bytes(contents[file])
    return refused


@pytest.mark.filterwarnings("ignore")
def test_changed_files_are_read_or_refused_in_one_line(folder: RunFolder) -> None:
    assert fuzz(folder, rounds=150, seed=0) > 30


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("seed", range(1, 9))
def test_many_changed_files_are_read_or_refused_in_one_line(folder: RunFolder, seed: int) -> None:
    assert fuzz(folder, rounds=2000, seed=seed) > 500
