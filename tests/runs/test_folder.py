import errno
import json
import os
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from taskaffinity.config import Config, parse
from taskaffinity.engine.result import Cell, TrainedSource
from taskaffinity.errors import RunError, RunLockedError, WriteError
from taskaffinity.runs import place
from taskaffinity.runs.files import read_arrays, write_atomically
from taskaffinity.runs.folder import RunFolder

HOLDER = """
import sys
from pathlib import Path
from taskaffinity.runs.folder import RunFolder
with RunFolder(Path(sys.argv[1])).locked():
    print("locked", flush=True)
    sys.stdin.read()
"""


def make_cell(
    target: str = "normal", sources: str = "depth", losses: tuple[float, ...] = (0.5, 0.25)
) -> Cell:
    count = len(losses)
    return Cell(
        target, tuple(sources.split("+")), [f"scene/{i}" for i in range(count)], np.array(losses, np.float32),
        np.array([0]), np.arange(12, dtype=np.float32).reshape(1, 3, 2, 2),
        {"identity": "abc", "diverged": False, "transfer_size": 9, "seed": 4},
    )  # fmt: skip


def make_source(identity: str = "abc", value: float = 1.0) -> TrainedSource:
    weights = {"encoder.weight": np.full((64, 8), value, np.float32)}
    return TrainedSource("normal", weights, {"identity": identity, "diverged": False})


@pytest.fixture
def folder(tmp_path: Path) -> RunFolder:
    return RunFolder(tmp_path / "run")


def cut(file: Path, share: float) -> None:
    content = file.read_bytes()
    file.write_bytes(content[: int(len(content) * share)])


def temporaries(folder: RunFolder) -> list[Path]:
    return list(folder.path.rglob("*.tmp"))


class TestConfig:
    def test_comes_back_with_the_packages_beside_it(self, folder: RunFolder):
        config = parse({"seed": 5, "data": {"kind": "rgbd", "path": "f"}})
        folder.write_config(config)
        assert folder.config() == config
        assert "torch" in folder.config_file.read_text()

    def test_makes_a_folder_a_run(self, folder: RunFolder):
        with pytest.raises(RunError, match="is not a run folder"):
            folder.require()
        folder.write_config(Config())
        assert folder.require() is folder


class TestCell:
    def test_comes_back_as_it_was(self, folder: RunFolder):
        cell = make_cell(losses=(0.5, float("nan"), float("inf")))
        folder.write_cell(cell)
        read = folder.read_cell("normal", "depth")
        np.testing.assert_array_equal(read.losses, cell.losses)
        np.testing.assert_array_equal(read.predictions, cell.predictions)
        assert (read.images, read.facts, read.name) == (cell.images, cell.facts, "depth")
        assert folder.cell_facts("normal", "depth") == cell.facts

    def test_of_several_sources_keeps_their_names(self, folder: RunFolder):
        folder.write_cell(make_cell(sources="depth+edges"))
        assert folder.read_cell("normal", "depth+edges").sources == ("depth", "edges")

    def test_that_is_missing_has_no_facts(self, folder: RunFolder):
        assert folder.cell("normal", "depth") is None
        assert folder.cell_facts("normal", "depth") is None
        with pytest.raises(RunError, match=r"depth\.npz is missing or damaged; run the same command again"):
            folder.read_cell("normal", "depth")

    @pytest.mark.parametrize("share", [0.0, 0.01, 0.5, 0.9, 0.99])
    def test_that_was_cut_short_is_an_error_and_for_the_driver_said_and_missing(
        self, folder: RunFolder, share: float, caplog: pytest.LogCaptureFixture
    ):
        folder.write_cell(make_cell())
        cut(folder.cell_file("normal", "depth"), share)
        with pytest.raises(RunError, match=r"depth\.npz is damaged"):
            folder.cell("normal", "depth")
        assert folder.cell_facts("normal", "depth") is None
        assert "depth.npz is damaged" in caplog.text
        with pytest.raises(RunError, match="missing or damaged"):
            folder.read_cell("normal", "depth")

    def test_with_any_byte_changed_is_refused_or_unharmed(self, folder: RunFolder):
        folder.write_cell(make_cell())
        file = folder.cell_file("normal", "depth")
        content, whole = file.read_bytes(), folder.read_cell("normal", "depth")
        rng = np.random.default_rng(0)
        refused = 0
        for position in rng.choice(len(content), 150, replace=False):
            changed = bytearray(content)
            changed[position] ^= 1 << int(rng.integers(8))
            file.write_bytes(bytes(changed))
            if folder.cell_facts("normal", "depth") is None:
                refused += 1
                continue
            read = folder.read_cell("normal", "depth")
            np.testing.assert_array_equal(read.losses, whole.losses)
            assert (read.images, read.facts) == (whole.images, whole.facts)
        assert refused > 50  # the rest are bytes that carry nothing, such as dates

    def test_is_opened_once_while_its_file_stays_the_same(
        self, folder: RunFolder, monkeypatch: pytest.MonkeyPatch
    ):
        opened = []

        def count(file: Path, names: Sequence[str]) -> dict[str, np.ndarray]:
            opened.append(file)
            return read_arrays(file, names)

        monkeypatch.setattr("taskaffinity.runs.folder.read_arrays", count)
        folder.write_cell(make_cell())
        file = folder.cell_file("normal", "depth")
        os.utime(file, (1, 1))
        first = folder.cell_facts("normal", "depth")
        assert folder.cell_facts("normal", "depth") == first
        assert opened == [file]
        folder.write_cell(replace(make_cell(), facts={**make_cell().facts, "identity": "other"}))
        assert (folder.cell_facts("normal", "depth") or {})["identity"] == "other"
        file.unlink()
        assert folder.cell_facts("normal", "depth") is None


class TestSource:
    def test_comes_back_as_it_was(self, folder: RunFolder):
        folder.write_source(make_source())
        facts = folder.whole_source_facts("normal")
        assert facts is not None
        assert facts["identity"] == "abc"
        weights = folder.source_weights("normal")
        np.testing.assert_array_equal(weights["encoder.weight"], make_source().weights["encoder.weight"])

    @pytest.mark.parametrize("share", [0.0, 0.1, 0.5, 0.99])
    def test_with_weights_cut_short_is_as_good_as_missing(self, folder: RunFolder, share: float):
        folder.write_source(make_source())
        cut(folder.source_files("normal")[0], share)
        assert folder.whole_source_facts("normal") is None
        with pytest.raises(RunError, match="missing or damaged"):
            folder.source_weights("normal")

    def test_with_one_changed_weight_is_as_good_as_missing(self, folder: RunFolder):
        folder.write_source(make_source())
        file = folder.source_files("normal")[0]
        content = bytearray(file.read_bytes())
        content[-1] ^= 1
        file.write_bytes(bytes(content))
        assert folder.whole_source_facts("normal") is None

    @pytest.mark.parametrize("text", ["", '{"identity": "a', "3", "[]", "\udcff"])
    def test_with_damaged_facts_is_as_good_as_missing(self, folder: RunFolder, text: str):
        folder.write_source(make_source())
        folder.source_files("normal")[1].write_bytes(text.encode("utf-8", "surrogateescape"))
        assert folder.source_facts("normal") is None
        assert folder.whole_source_facts("normal") is None
        for read in (folder.source, folder.whole_source):
            with pytest.raises(RunError, match=r"normal\.json is damaged"):
                read("normal")

    def test_of_a_kind_that_is_not_known_passes_through(self, folder: RunFolder):
        source = make_source()
        source.facts.update(kind="hologram", lamps=3)
        folder.write_source(source)
        facts = folder.source("normal")
        assert facts is not None
        assert (facts.kind, facts.plain()["lamps"]) == ("hologram", 3)

    def test_killed_between_weights_and_facts_never_pairs_new_weights_with_old_facts(
        self, folder: RunFolder, monkeypatch: pytest.MonkeyPatch
    ):
        folder.write_source(make_source("old", 1.0))

        def dies_at_facts(file: Path, content: bytes) -> None:
            if file.suffix == ".json":
                raise KeyboardInterrupt
            write_atomically(file, content)

        monkeypatch.setattr(place, "write_atomically", dies_at_facts)
        with pytest.raises(KeyboardInterrupt):
            folder.write_source(make_source("new", 2.0))
        assert folder.source_facts("normal") is None


class TestJson:
    def test_comes_back_as_it_was(self, folder: RunFolder):
        folder.write_json("sanity.json", {"mean": 0.5, "names": ["å"]})
        assert folder.read_json("sanity.json") == {"mean": 0.5, "names": ["å"]}

    @pytest.mark.parametrize("content", [b"", b'{"mean": 0.', b"\xff\xfe"])
    def test_that_is_half_written_is_as_good_as_missing(self, folder: RunFolder, content: bytes):
        folder.path.mkdir()
        (folder.path / "sanity.json").write_bytes(content)
        assert folder.read_json("sanity.json") is None

    def test_refuses_what_json_cannot_say(self, folder: RunFolder):
        with pytest.raises(ValueError, match="not JSON compliant"):
            folder.write_json("sanity.json", {"mean": float("nan")})


class TestLosses:
    def test_gathers_cells_in_the_same_order_however_they_are_listed(self, folder: RunFolder):
        cells = [("normal", "depth"), ("normal", "self"), ("depth", "normal")]
        for target, sources in cells:
            folder.write_cell(make_cell(target, sources))
        table = folder.losses_table(cells)
        assert table.equals(folder.losses_table(cells[::-1]))
        assert list(table.columns) == ["target", "sources", "image", "loss", "transfer_size", "seed"]
        assert table[["transfer_size", "seed"]].drop_duplicates().values.tolist() == [[9, 4]]

    def test_keeps_images_without_a_label_and_diverged_ones_apart(self, folder: RunFolder):
        folder.write_cell(make_cell(losses=(0.5, float("nan"), float("inf"))))
        folder.write_losses(folder.losses_table([("normal", "depth")]))
        import pandas as pd

        read = pd.read_parquet(folder.path / "losses.parquet")["loss"].to_numpy()
        np.testing.assert_array_equal(read, [0.5, np.nan, np.inf])


class TestWriting:
    def test_replaces_the_file_whole(self, tmp_path: Path):
        file = tmp_path / "deep" / "file.bin"
        write_atomically(file, b"one")
        write_atomically(file, b"two")
        assert file.read_bytes() == b"two"
        assert [f.name for f in file.parent.iterdir()] == ["file.bin"]

    @pytest.mark.parametrize(
        ("code", "advice"),
        [(errno.ENOSPC, "free some room"), (errno.EDQUOT, "free some room"), (errno.EIO, "see to that")],
    )
    @pytest.mark.parametrize("call", ["os.fsync", "tempfile.mkstemp"])
    def test_on_a_full_disk_is_one_clear_error_and_leaves_what_was_there(
        self, folder: RunFolder, monkeypatch: pytest.MonkeyPatch, code: int, advice: str, call: str
    ):
        folder.write_cell(make_cell())

        def fails(*arguments: object, **options: object) -> None:
            raise OSError(code, os.strerror(code))

        monkeypatch.setattr(call, fails)
        with pytest.raises(
            WriteError, match=rf"depth\.npz cannot be written \({os.strerror(code)}\); {advice}"
        ):
            folder.write_cell(make_cell(losses=(9.0, 9.0)))
        assert folder.read_cell("normal", "depth").losses.tolist() == [0.5, 0.25]
        assert not temporaries(folder)

    def test_over_a_limit_of_the_system_itself(self, tmp_path: Path):
        """A real refusal by the kernel, in the middle of a file."""
        code = f"""
import resource
from pathlib import Path
from taskaffinity.runs.files import read_arrays, write_atomically
resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096))
try:
    write_atomically(Path({str(tmp_path)!r}) / "big", bytes(100_000))
except Exception as error:
    print(type(error).__name__, error)
"""
        said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
        assert said.startswith(
            f"WriteError {tmp_path / 'big'} cannot be written (File too large); free some room"
        )
        assert not list(tmp_path.iterdir())

    def test_cleaning_removes_half_written_files_and_nothing_else(self, folder: RunFolder):
        mine = ["notes.tmp", "sources/.keep", "cells/normal/x.npz", "deep/er/.a.tmp"]
        left = [
            ".losses.parquet-a1.tmp", "sources/.x.json-b.tmp", "cells/normal/.x.npz-c.tmp", "features/d.tmp",
            "taxonomy/.budget-1.json-e.tmp", "figures/.a.png-f.tmp", "pictures/.normal.npz-g.tmp",
        ]  # fmt: skip
        for name in [*mine, *left]:
            (folder.path / name).parent.mkdir(parents=True, exist_ok=True)
            (folder.path / name).write_text("x")
        folder.clean()
        kept = sorted(f.relative_to(folder.path).as_posix() for f in folder.path.rglob("*") if f.is_file())
        assert kept == sorted(mine)


class TestLock:
    def test_keeps_another_process_out_until_it_ends(self, folder: RunFolder):
        holder = subprocess.Popen(
            [sys.executable, "-c", HOLDER, str(folder.path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
        )
        assert holder.stdin is not None
        assert holder.stdout is not None
        with holder, holder.stdin, holder.stdout:
            assert holder.stdout.readline() == b"locked\n"
            with pytest.raises(RunLockedError, match="another process is working on"), folder.locked():
                pass
            holder.kill()
            holder.wait()
        with folder.locked():
            pass

    def test_is_free_again_after_an_error(self, folder: RunFolder):
        with pytest.raises(ZeroDivisionError), folder.locked():
            raise ZeroDivisionError
        with folder.locked():
            pass

    def test_of_a_place_that_is_a_file_is_a_clear_error(self, tmp_path: Path):
        (tmp_path / "file").write_text("x")
        message = r"cannot be written .*; choose another folder with --out"
        with pytest.raises(RunError, match=message), RunFolder(tmp_path / "file").locked():
            pass


def test_facts_are_plain_json(folder: RunFolder):
    folder.write_source(make_source())
    assert json.loads(folder.source_files("normal")[1].read_text())["diverged"] is False
