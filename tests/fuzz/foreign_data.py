"""Fuzzing the readers of foreign data.

    python tests/fuzz/foreign_data.py TARGET [--seconds N | --cases N] [--seed N] [--keep FOLDER]

TARGET is one of images, maps, npy, matrices, cameras, splits, sequence, tree, cache, or all. Every case is a
file that was sound before it was spoilt. A reader may read it, or name it as unusable; anything else ends the
program with status 1: another exception, more than `MOST_MEMORY`, more than `LONGEST` seconds of processor
time for a case, or a file written outside the working folder. The spoilt file is written into the folder that
``--keep`` names.
"""

import argparse
import io
import json
import os
import resource
import signal
import sys
import tempfile
import time
import traceback
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image

sys.path.insert(0, str(Path(__file__).parents[1]))

from fuzz.spoiling import spoil
from support import box_room
from support import taskonomy_tree as tree

from taskaffinity.data.checked import load_record, map_array, save_array, save_record
from taskaffinity.data.doctor import examine
from taskaffinity.data.faults import UnreadableError
from taskaffinity.data.images import ImagesReader
from taskaffinity.data.pixels import read_colour, read_stored
from taskaffinity.data.rgbd.reader import read_matrix
from taskaffinity.data.taskonomy import decode
from taskaffinity.data.taskonomy.camera import read_camera
from taskaffinity.data.taskonomy.classes import object_names
from taskaffinity.data.taskonomy.splits import read_splits
from taskaffinity.errors import InputError

MOST_MEMORY = 2 * 2**30  # bytes resident
LONGEST = 20  # seconds of processor time
ENOUGH = 4 * 2**30  # bytes of addresses beyond those in use, so that a runaway allocation fails


class FoundError(Exception):
    """A case that a reader does not stand."""


@dataclass(frozen=True)
class Target:
    """Something that reads a foreign file.

    Attributes
    ----------
    seeds
        Makes sound files by name, in a folder that is given.
    read
        Reads one of them after it was spoilt.
    """

    seeds: Callable[[Path], dict[str, bytes]]
    read: Callable[[Path], object]


def pictures(_folder: Path) -> dict[str, bytes]:
    """Pictures in every format and mode that is read."""
    rng = np.random.default_rng(0)
    colour = Image.fromarray(np.kron(rng.integers(0, 255, (4, 5, 3)), np.ones((8, 8, 1))).astype(np.uint8))
    grey = np.array(colour.convert("L"))
    exif = Image.Exif()
    exif[0x0112] = 6
    made: dict[str, bytes] = {}

    def add(name: str, image: Image.Image, **options: object) -> None:
        stream = io.BytesIO()
        image.save(stream, Image.registered_extensions()[Path(name).suffix], **options)
        made[name] = stream.getvalue()

    for ending in ("png", "jpg", "bmp", "tif", "webp", "ppm"):
        add(f"colour.{ending}", colour)
    for mode in ("1", "L", "P", "LA", "RGBA"):
        add(f"{mode}.png", colour.convert(mode))
    for mode in ("CMYK", "LAB", "YCbCr", "RGBA", "P", "F", "I"):
        image = colour.convert("L").convert(mode) if mode in "FI" else None
        add(
            f"{mode}.tif",
            image or (Image.new("LAB", (40, 32), (99, 140, 120)) if mode == "LAB" else colour.convert(mode)),
        )
    add("CMYK.jpg", colour.convert("CMYK"))
    add("sixteen.png", Image.fromarray(grey.astype(np.uint16) * 257))
    add("sixteen.tif", Image.fromarray(grey.astype(np.uint16) * 257))
    add("packed.tif", colour, compression="tiff_lzw")
    add("turned.jpg", colour, exif=exif)
    add("turned.png", colour, exif=exif)
    add("keyed.png", colour, transparency=(1, 2, 3))
    add("animated.png", colour, save_all=True, append_images=[colour.convert("L").convert("RGB")])
    from support.profiles import linear_srgb

    add("profile.png", colour, icc_profile=linear_srgb())
    add("profile.jpg", colour, icc_profile=linear_srgb())
    return made


def maps(_folder: Path) -> dict[str, bytes]:
    """Label maps as PNG."""
    return {name: content for name, content in pictures(_folder).items() if name.endswith(".png")}


def read_map(file: Path) -> None:
    """Decode a map as each of the domains."""
    image = decode.square_of(file)
    for turn in decode.PICTURES.values():
        try:
            turn(image, 32)
        except UnreadableError:
            continue


def arrays(_folder: Path) -> dict[str, bytes]:
    """Vectors of classes, and what is none."""
    made = {}
    for kind in ("f4", "f8", "f2", "i8", "u1", "c8", "U3"):
        stream = io.BytesIO()
        np.save(stream, np.ones(1000, kind))
        made[f"{kind}.npy"] = stream.getvalue()
    stream = io.BytesIO()
    np.savez(stream, a=np.zeros(1000))
    return made | {"zipped.npy": stream.getvalue()}


def matrices(_folder: Path) -> dict[str, bytes]:
    """Poses as text."""
    stream = io.BytesIO()
    np.savetxt(stream, box_room.walk(1)[0])
    return {"a.txt": stream.getvalue(), "b.txt": b"1 0 0 0\n0 1 0 0\n0 0 1 0\n0 0 0 1\n"}


def cameras(_folder: Path) -> dict[str, bytes]:
    """Cameras as JSON."""
    return {"a.json": json.dumps(tree.point_info(box_room.walk(1)[0])).encode()}


def splits(_folder: Path) -> dict[str, bytes]:
    """Splits as CSV."""
    rows = [f"name{n},{int(n % 3 == 0)},{int(n % 3 == 1)},{int(n % 3 == 2)}" for n in range(9)]
    return {"a.csv": "\r".join(["id,train,val,test", *rows]).encode()}


def sequence(folder: Path) -> dict[str, bytes]:
    """An RGB-D sequence of which one file is spoilt."""
    box_room.write(folder, 4, 32)
    return {file.name: file.read_bytes() for file in sorted(folder.iterdir())}


def read_sequence(file: Path) -> None:
    """Examine the sequence that a file lies in."""
    examine(file.parent, "rgbd", _silent)


def tree_of_domains(folder: Path) -> dict[str, bytes]:
    """A tree in Taskonomy's layout of which one file is spoilt."""
    object_names()  # torchvision makes folders of its own when it is imported
    tree.write(folder, ("ayer",), 1, "domain/building", tree.DOMAINS)
    files = sorted(file for file in folder.rglob("*") if file.is_file())
    return {file.relative_to(folder).as_posix(): file.read_bytes() for file in files}


def read_tree(file: Path) -> None:
    """Examine the tree that a file lies in."""
    examine(file.parents[2], "taskonomy", _silent)


def images_folder(folder: Path) -> dict[str, bytes]:
    """A folder of images."""
    return {f"{name.split('.')[0]}/{name}": content for name, content in pictures(folder).items()}


def read_images(file: Path) -> None:
    """Read an image as such, as a map, and as the reader of its folder does."""
    for read in (read_colour, read_stored, lambda f: ImagesReader(f.parent, 32).read(f.name)):
        try:
            read(file)
        except UnreadableError:
            continue


def kept(folder: Path) -> dict[str, bytes]:
    """Files of the cache."""
    save_array(folder / "a.npy", np.arange(100.0))
    save_record(folder / "a.json", {"format": 1, "ids": [["a", 0, 0]] * 5})
    return {name: (folder / name).read_bytes() for name in ("a.npy", "a.json")}


def read_kept(file: Path) -> None:
    """Open a file of the cache; damage must be noticed."""
    opened = map_array(file) if file.suffix == ".npy" else load_record(file)
    if file.suffix == ".npy" and opened is not None and not np.array_equal(opened, np.arange(100.0)):
        raise FoundError("damage was not noticed")


TARGETS = {
    "images": Target(images_folder, read_images),
    "maps": Target(maps, read_map),
    "npy": Target(arrays, lambda file: decode.class_of("class_object", file)),
    "matrices": Target(matrices, lambda file: read_matrix(file, (4, 4))),
    "cameras": Target(cameras, read_camera),
    "splits": Target(splits, read_splits),
    "sequence": Target(sequence, read_sequence),
    "tree": Target(tree_of_domains, read_tree),
    "cache": Target(kept, read_kept),
}


def _silent(_title: str, _total: int) -> Callable[[int], None]:
    return lambda _: None


def run(name: str, seed: int, goes_on: Callable[[int], bool], keep: Path | None = None) -> int:
    """Fuzz a target in a working folder; return how many cases it stood.

    Raises
    ------
    FoundError
        A case that it does not stand; the message says which.
    """
    target, rng, count = TARGETS[name], np.random.default_rng(seed), 0
    with tempfile.TemporaryDirectory() as work, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        folder = Path(work) / "data"
        folder.mkdir()
        os.environ["TASKAFFINITY_CACHE"] = str(Path(work) / "cache")
        seeds = target.seeds(folder)
        names = sorted(seeds)
        while goes_on(count):
            chosen = names[int(rng.integers(len(names)))]
            content = spoil(seeds[chosen], list(seeds.values()), rng)
            file = folder / chosen
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(content)
            try:
                with _watched(Path(work)):
                    _read(target, file)
            except Exception as error:
                place = _keep(keep, name, count, chosen, content)
                raise FoundError(f"{name}, seed {seed}, case {count}, {chosen}{place}: {error!r}") from error
            file.write_bytes(seeds[chosen])
            count += 1
    return count


def _read(target: Target, file: Path) -> None:
    try:
        target.read(file)
    except (UnreadableError, InputError):
        return


def _keep(folder: Path | None, *name: object) -> str:
    if folder is None:
        return ""
    *words, content = name
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / "-".join(str(word).replace("/", "-") for word in words)
    file.write_bytes(content if isinstance(content, bytes) else b"")
    return f" (kept as {file})"


@contextmanager
def _watched(work: Path) -> Iterator[None]:
    """Watch time, memory and writes while a case is read."""

    def too_long(*_: object) -> None:
        raise FoundError(f"takes longer than {LONGEST} s")

    before = signal.signal(signal.SIGPROF, too_long)
    signal.setitimer(signal.ITIMER_PROF, LONGEST)
    _Writes.below, _Writes.outside = str(work), []
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.signal(signal.SIGPROF, before)
        _Writes.below = None
    if _Writes.outside:
        raise FoundError(f"writes outside: {_Writes.outside[0]}")
    if resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 > MOST_MEMORY:
        raise FoundError("takes more than 2 GiB of memory")


class _Writes:
    """What is opened for writing, made, renamed or removed outside a folder."""

    below: str | None = None
    outside: list[str] = []  # noqa: RUF012 - one list, for the one hook of the process

    @classmethod
    def hook(cls, event: str, arguments: tuple[object, ...]) -> None:
        """Listen to the interpreter's audit events."""
        if cls.below is None or not arguments:
            return
        if event == "open":
            mode, flags = arguments[1], arguments[2]
            writes = bool(set(str(mode or "")) & set("wax+")) or bool(
                isinstance(flags, int) and flags & (os.O_WRONLY | os.O_RDWR)
            )
        else:
            writes = event in ("os.rename", "os.remove", "os.mkdir", "os.rmdir", "os.link", "os.symlink")
        if writes and isinstance(arguments[0], (str, bytes, os.PathLike)):
            path = os.fsdecode(arguments[0])
            if not path.startswith((cls.below, "/dev/null")):
                cls.outside.append(path)


def main() -> int:
    """Fuzz one target, or all, one after another."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("target", choices=[*TARGETS, "all"])
    parser.add_argument("--seconds", type=float, default=60, help="how long, for each target")
    parser.add_argument("--cases", type=int, help="how many cases, in place of a time")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument(
        "--keep", type=Path, default=Path("fuzz-found"), help="folder for files that were not stood"
    )
    given = parser.parse_args()
    limit = _addresses() + ENOUGH
    resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
    sys.addaudithook(_Writes.hook)
    for name in TARGETS if given.target == "all" else [given.target]:
        end = time.monotonic() + given.seconds
        try:
            count = run(
                name, given.seed,
                lambda done, end=end: done < given.cases if given.cases else time.monotonic() < end,
                given.keep,
            )  # fmt: skip
        except FoundError as error:
            traceback.print_exception(error.__cause__)
            print(f"found: {error}")
            return 1
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        print(f"{name}: {count} cases, peak memory {peak:.0f} MiB", flush=True)
    return 0


def _addresses() -> int:
    """Return how many bytes of addresses this process uses."""
    try:
        return int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
    except OSError:
        return 2**33


if __name__ == "__main__":
    sys.exit(main())
