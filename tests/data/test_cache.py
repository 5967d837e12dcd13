"""The cache: whole files, leftovers of killed processes, damage, two runs and two users at once."""

import os
import signal
import subprocess
import sys
import textwrap
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from taskaffinity.cache import HALF_MADE, cache_root, half_made_folder, remove_leftovers, whole_file
from taskaffinity.data import keep
from taskaffinity.data.checked import load_record, map_array, save_array, save_record
from taskaffinity.data.keep import DataSet, open_kept, write_kept
from taskaffinity.data.prepare import derive, prepare
from taskaffinity.data.rgbd import RgbdReader
from taskaffinity.errors import WriteError


class Steps:
    """Notes the titles of the steps."""

    def __init__(self) -> None:
        self.titles: list[str] = []

    def __call__(self, title: str, _total: int) -> Callable[[int], None]:
        self.titles.append(title)
        return lambda _: None


def reader_of(frames: Path) -> RgbdReader:
    return RgbdReader(frames, 32, 1, 5, 0)


def prepared(frames: Path, root: Path, steps: Steps | None = None) -> DataSet:
    return derive(prepare(reader_of(frames), 1, steps or Steps(), root), ["normal"], 1, steps or Steps())


def flip(file: Path, at: int = -5) -> None:
    content = bytearray(file.read_bytes())
    content[at] ^= 4
    file.write_bytes(bytes(content))


def names_in(folder: Path) -> list[str]:
    return sorted(entry.name for entry in folder.iterdir())


def half_made_in(folder: Path) -> list[str]:
    return [name for name in names_in(folder) if name.startswith(HALF_MADE)]


def values(data: DataSet, channel: str) -> np.ndarray:
    return data.read(np.arange(len(data)), [channel])[channel]


def test_an_array_comes_back_and_every_kind_of_damage_is_noticed(tmp_path: Path) -> None:
    file, array = tmp_path / "a.npy", np.random.default_rng(0).normal(size=(50, 3, 4)).astype(np.float32)
    save_array(file, array)
    whole = file.read_bytes()
    mapped = map_array(file)
    assert mapped is not None
    assert np.array_equal(mapped, array)
    for at in (0, 12, 90, len(whole) // 2, len(whole) - 1):
        file.write_bytes(whole)
        flip(file, at)
        assert map_array(file) is None, at
    for content in (b"", whole[:10], whole[:-1], whole[:-15], whole + b"0"):
        file.write_bytes(content)
        assert map_array(file) is None
    np.save(file, array)  # without a checksum
    assert map_array(file) is None


def test_a_record_comes_back_and_damage_is_noticed(tmp_path: Path) -> None:
    file, record = tmp_path / "a.json", {"names": ["a", "b"], "count": 3}
    save_record(file, record)
    assert load_record(file) == record
    file.write_text(file.read_text().replace("3", "4"))
    assert load_record(file) is None


@pytest.mark.parametrize("spoil", ["flipped", "short", "empty", "gone"])
def test_damaged_data_are_read_again_which_is_said(frames: Path, tmp_path: Path, spoil: str) -> None:
    data = prepared(frames, tmp_path)
    before, file = values(data, "rgb"), data.folder / "rgb.raw"
    match spoil:
        case "flipped":
            flip(file)
        case "short" | "empty":
            file.write_bytes(file.read_bytes()[:-7] if spoil == "short" else b"")
        case "gone":
            file.unlink()
    steps = Steps()
    again = prepared(frames, tmp_path, steps)
    assert any("damaged" in title for title in steps.titles)
    assert np.array_equal(values(again, "rgb"), before)


@pytest.mark.parametrize("file", ["index.json", "depth.json"])
def test_damaged_records_are_made_again(frames: Path, tmp_path: Path, file: str) -> None:
    data = prepared(frames, tmp_path)
    before = values(data, "depth")
    flip(data.folder / file)
    steps = Steps()
    assert np.array_equal(values(prepared(frames, tmp_path, steps), "depth"), before)
    assert any("reading" in title for title in steps.titles)


@pytest.mark.parametrize("file", ["normal.raw", "normal.json", "normal_valid.raw", "normal_valid.json"])
def test_a_damaged_derived_channel_is_derived_again(frames: Path, tmp_path: Path, file: str) -> None:
    data = prepared(frames, tmp_path)
    before = values(data, "normal")
    flip(data.folder / file)
    steps = Steps()
    assert np.array_equal(values(prepared(frames, tmp_path, steps), "normal"), before)
    assert [title for title in steps.titles if "deriving normal" in title]
    assert not [title for title in steps.titles if "reading" in title]


def test_a_lost_mask_is_noticed(frames: Path, tmp_path: Path) -> None:
    data = prepared(frames, tmp_path)
    (data.folder / "normal_valid.json").unlink()
    steps = Steps()
    prepared(frames, tmp_path, steps)
    assert steps.titles == [title for title in steps.titles if "deriving normal" in title] != []


def test_an_older_version_of_a_derivation_is_made_again(
    frames: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from dataclasses import replace

    from taskaffinity.data.derive import DERIVATIONS

    prepared(frames, tmp_path)
    newer = replace(DERIVATIONS["normal"], version=DERIVATIONS["normal"].version + 1)
    monkeypatch.setitem(DERIVATIONS, "normal", newer)
    steps = Steps()
    prepared(frames, tmp_path, steps)
    assert steps.titles == ["deriving normal"]


def test_who_is_slower_does_not_take_the_data_away(frames: Path, tmp_path: Path) -> None:
    """A second process that prepared the same data finds the first one's folder in its place."""
    data = prepared(frames, tmp_path)
    reader = reader_of(frames)
    described = {"name": "rgbd", "identity": data.identity, "classes": {}, "provides": sorted(data.provides)}
    held = data._array("rgb")  # as a worker that is reading
    write_kept(data.folder, described, map(reader.read, reader.units()), lambda _: None)
    assert data.has("normal")
    assert np.array_equal(held, data._array("rgb"))
    assert data.damaged([*data.provides, "normal"]) == []
    assert half_made_in(tmp_path) == []


def killed_while_writing(folder: Path, how: signal.Signals) -> None:
    code = f"""
        import time
        from pathlib import Path
        from taskaffinity.cache import half_made_folder, whole_file
        folder = Path({str(folder)!r})
        with half_made_folder(folder / "data") as made, whole_file(folder / "file") as f:
            (made / "part.raw").write_bytes(b"half")
            f.write(b"half")
            print("writing", flush=True)
            time.sleep(600)
    """
    process = subprocess.Popen([sys.executable, "-c", textwrap.dedent(code)], stdout=subprocess.PIPE)
    assert process.stdout is not None
    assert process.stdout.readline() == b"writing\n"
    before = half_made_in(folder)
    assert len(before) == 2
    remove_leftovers(folder)  # by another process, while this one lives
    assert half_made_in(folder) == before
    process.send_signal(how)
    process.wait()
    process.stdout.close()


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGTERM])
def test_what_a_killed_process_leaves_is_removed_and_what_a_live_one_makes_stays(
    tmp_path: Path, how: signal.Signals
) -> None:
    killed_while_writing(tmp_path, how)
    (tmp_path / ".other").mkdir()
    remove_leftovers(tmp_path)
    assert names_in(tmp_path) == [".other"]


def test_preparing_removes_leftovers(frames: Path, tmp_path: Path) -> None:
    (tmp_path / f"{HALF_MADE}rgbd-0").mkdir()
    data = prepared(frames, tmp_path)
    (data.folder / f"{HALF_MADE}normal").mkdir()
    prepared(frames, tmp_path)
    assert not list(tmp_path.rglob(f"{HALF_MADE}*"))


def test_a_failure_leaves_nothing(tmp_path: Path) -> None:
    def fail() -> None:
        with half_made_folder(tmp_path / "a"), whole_file(tmp_path / "b") as stream:
            stream.write(b"half")
            raise KeyError

    with pytest.raises(KeyError):
        fail()
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_cannot_be_written_is_one_line_with_a_remedy(frames: Path, tmp_path: Path) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("")
    with pytest.raises(WriteError, match=r"cannot be written.*TASKAFFINITY_CACHE"):
        prepare(reader_of(frames), 1, Steps(), blocked / "cache")


def test_a_full_disk_is_one_line_and_leaves_nothing(
    frames: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import errno

    class Full:
        def write(self, _content: object) -> int:
            raise OSError(errno.ENOSPC, "No space left on device")

        def close(self) -> None:
            raise OSError(errno.ENOSPC, "No space left on device")

    real = Path.open
    monkeypatch.setattr(Path, "open", lambda p, *a, **k: Full() if p.suffix == ".raw" else real(p, *a, **k))
    with pytest.raises(WriteError, match=r"No space left.*free some room"):
        prepare(reader_of(frames), 1, Steps(), tmp_path)
    assert names_in(tmp_path) == []


def test_without_a_home_the_remedy_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    def no_home() -> Path:
        raise RuntimeError("Could not determine home directory.")

    monkeypatch.delenv("TASKAFFINITY_CACHE")
    monkeypatch.delenv("XDG_CACHE_HOME", raising=False)
    monkeypatch.setattr(Path, "home", no_home)
    with pytest.raises(WriteError, match="TASKAFFINITY_CACHE"):
        cache_root()


@pytest.mark.parametrize(("mask", "mode"), [(0o022, 0o755), (0o002, 0o775), (0o077, 0o700)])
def test_folders_and_files_follow_the_umask(frames: Path, tmp_path: Path, mask: int, mode: int) -> None:
    before = os.umask(mask)
    try:
        data = prepared(frames, tmp_path / "cache")
    finally:
        os.umask(before)
    assert data.folder.stat().st_mode & 0o777 == mode
    assert {file.stat().st_mode & 0o777 for file in data.folder.iterdir()} == {mode & 0o666}


def test_data_of_another_user_are_read_and_what_is_derived_goes_to_a_copy(
    frames: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    theirs = prepare(reader_of(frames), 1, Steps(), tmp_path)
    files = names_in(theirs.folder)
    may = keep.may_write
    for module in ("prepare", "keep"):
        monkeypatch.setattr(
            f"taskaffinity.data.{module}.may_write", lambda folder: folder != theirs.folder and may(folder)
        )
    mine = prepared(frames, tmp_path)
    assert mine.folder != theirs.folder
    assert names_in(theirs.folder) == files
    assert mine.has("normal")
    assert np.array_equal(values(mine, "rgb"), values(theirs, "rgb"))
    steps = Steps()
    assert prepared(frames, tmp_path, steps).folder == mine.folder
    assert steps.titles == []


def test_damaged_data_of_another_user_are_read_to_a_place_of_ones_own(
    frames: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    theirs = prepare(reader_of(frames), 1, Steps(), tmp_path)
    before = values(theirs, "rgb")
    flip(theirs.folder / "rgb.raw")
    monkeypatch.setattr("taskaffinity.data.keep.may_write", lambda folder: folder != theirs.folder)
    mine = prepare(reader_of(frames), 1, Steps(), tmp_path)
    assert mine.folder != theirs.folder
    assert np.array_equal(values(mine, "rgb"), before)


def test_a_folder_without_an_index_is_no_data_set(tmp_path: Path) -> None:
    assert open_kept(tmp_path) is None
    (tmp_path / "index.json").write_text("{}")
    assert open_kept(tmp_path) is None
