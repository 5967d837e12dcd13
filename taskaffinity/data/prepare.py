"""From a reader to a data set on disk: read once, derive once, in parallel."""

import hashlib
import json
import logging
import os
from collections.abc import Callable, Collection, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import is_dataclass, replace
from multiprocessing import get_context
from pathlib import Path
from typing import Any, Literal

import numpy as np

from taskaffinity.cache import cache_root, remove_leftovers
from taskaffinity.data.derive import DERIVATIONS, in_order
from taskaffinity.data.faults import printable
from taskaffinity.data.keep import (
    DataSet,
    find_kept,
    may_write,
    open_kept,
    own_copy,
    place_to_write,
    write_kept,
)
from taskaffinity.data.reader import Batch, Reader
from taskaffinity.data.writer import ChannelWriter
from taskaffinity.errors import DataError
from taskaffinity.processes import held_interrupt, serve_parent

log = logging.getLogger(__name__)

CHUNK = 64  # views in one task of derivation
SPREAD = 200  # views that a value for the whole data set is made from
SMALL = 8  # with fewer units of reading, a pool costs more than it saves

Advance = Callable[[int], None]
Mapped = Callable[[Sequence[Any]], Iterator[Any]]


def identity_of(reader: Reader) -> str:
    """Hash what a reader's views depend on."""
    return hashlib.sha256(json.dumps(reader.identity(), sort_keys=True).encode()).hexdigest()[:16]


def prepare(
    reader: Reader, workers: int, progress: Callable[[str, int], Advance], root: Path | None = None
) -> DataSet:
    """Read a data set onto the disk, or find it there.

    Parameters
    ----------
    reader
        Where the views come from.
    workers
        Processes that read.
    progress
        Called with a title and a total; returns a function to call with each step's size.
    root
        The folder of kept data sets; `cache_root()` when left out.

    Raises
    ------
    DataError
        Nothing in it can be used; says what was wrong with the first files.
    """
    identity = identity_of(reader)
    root = root or cache_root()
    remove_leftovers(root)
    folder = root / f"{reader.name}-{identity}"
    kept, damage = find_kept(folder)
    if kept is None:
        for line in damage:
            log.warning("data: %s", line)
        place = place_to_write(folder)
        again = " again, as the kept data are damaged" if damage else ""
        _read(reader, place, workers, lambda total: progress(f"reading {reader.name}{again}", total))
        kept = open_kept(place)
        assert kept is not None
    for fault in kept.faults:
        log.warning("data: %s", printable(fault))
    return kept


def _read(reader: Reader, folder: Path, workers: int, progress: Callable[[int], Advance]) -> None:
    """Read all units of a reader into a folder."""
    units = reader.units()
    described = {
        "name": reader.name,
        "identity": identity_of(reader),
        "classes": {channel: list(names) for channel, names in reader.classes.items()},
        "provides": sorted(reader.provides),
        "splits": dict(getattr(reader, "splits", {})),
    }
    advance = progress(len(units))
    with _mapping(reader.read, workers if len(units) > SMALL else 1) as mapped:
        usable = _usable(mapped(units), reader.name, getattr(reader, "notes", []))
        write_kept(folder, described, _unchanged(usable, reader), lambda _: advance(1))


def _unchanged(batches: Iterator[Batch], reader: Reader) -> Iterator[Batch]:
    """Pass batches on; at the end, refuse the data if files changed while they were read."""
    before = identity_of(reader)
    yield from batches
    again = replace(reader) if is_dataclass(reader) else reader  # which lists and compares the files again
    if identity_of(again) != before:
        raise DataError(f"files of the {reader.name} data changed while they were read; run again")


def _usable(batches: Iterator[Batch], name: str, notes: Sequence[str]) -> Iterator[Batch]:
    """Pass batches on, what the reader says of the whole with the first; refuse a data set without a view."""
    views = 0
    faults: list[str] = []
    for batch in batches:
        views += len(batch.views)
        faults.extend(batch.faults)
        yield Batch(batch.views, [*notes, *batch.faults])
        notes = ()
    if not views:
        shown = "; ".join(faults[:3]) + ("; ..." if len(faults) > 3 else "")
        raise DataError(f"no view of the {name} data can be used ({len(faults)} left out: {shown})")


def derive(
    data: DataSet, channels: Collection[str], workers: int, progress: Callable[[str, int], Advance]
) -> DataSet:
    """Derive channels that are not on disk yet or are damaged, and what they need.

    Returns
    -------
    DataSet
        The same views; in a folder of this user where the one given is somebody else's.
    """
    remove_leftovers(data.folder)
    wanted = in_order(channels, data.provides)
    if not may_write(data.folder) and any(_state(data, channel) != "kept" for channel in wanted):
        data = own_copy(data)
    states = {channel: _state(data, channel) for channel in wanted}
    missing = [channel for channel in wanted if states[channel] != "kept"]
    with _mapping(_Derive(data), workers if len(data) > SMALL * CHUNK else 1) as mapped:
        for channel in missing:
            if states[channel] == "damaged":
                log.warning("data: %s in %s is damaged and is derived again", channel, data.folder)
            again = " again, as the kept one is damaged" if states[channel] == "damaged" else ""
            _derive(data, channel, mapped, progress(f"deriving {channel}{again}", len(data)))
    return data


def _derive(data: DataSet, channel: str, mapped: Mapped, advance: Advance) -> None:
    """Derive one channel and add it to the data set."""
    derivation = DERIVATIONS[channel]
    with data.adding([channel], derivation.version) as writer:
        if derivation.scope == "sequence":
            _derive_whole(data, channel, writer)
            advance(len(data))
        else:
            _derive_views(data, channel, writer, mapped, advance)


def _state(data: DataSet, channel: str) -> Literal["kept", "damaged", "missing"]:
    """Tell whether a derived channel is on disk, whole, and of the present version of its derivation."""
    if not data.has(channel):
        return "missing"
    stored = data.stored(channel)
    if stored is not None and stored.version != DERIVATIONS[channel].version:
        return "missing"
    return "damaged" if data.damaged([channel]) else "kept"


def _derive_views(
    data: DataSet, channel: str, writer: ChannelWriter, mapped: Mapped, advance: Advance
) -> None:
    """Derive a channel view by view, in chunks."""
    chunks = [range(start, min(start + CHUNK, len(data))) for start in range(0, len(data), CHUNK)]
    derived_chunks = mapped([(channel, chunk) for chunk in chunks])
    for chunk, arrays in zip(chunks, derived_chunks, strict=True):
        writer.append(arrays, len(chunk))
        advance(len(chunk))


def _derive_whole(data: DataSet, channel: str, writer: ChannelWriter) -> None:
    """Derive one value from views spread over the data set, and give it to all of them."""
    rows = np.unique(np.linspace(0, len(data) - 1, SPREAD).round().astype(int))
    arrays = _Derive(data)((channel, rows))
    writer.append({name: np.repeat(value, len(data), axis=0) for name, value in arrays.items()}, len(data))


class _Derive:
    """A channel of some rows; picklable work for a pool."""

    def __init__(self, data: DataSet) -> None:
        self.data = data

    def __call__(self, work: tuple[str, Sequence[int] | np.ndarray]) -> dict[str, np.ndarray]:
        channel, rows = work
        derivation = DERIVATIONS[channel]
        return derivation.function(channel)(self.data.read(rows, derivation.needs))


@contextmanager
def _mapping(function: Callable[[Any], Any], workers: int) -> Iterator[Mapped]:
    """Give a map of `function` in order, over one pool of processes, or here where one worker is enough."""
    if workers <= 1:
        yield lambda items: map(function, items)
        return
    pool = ProcessPoolExecutor(
        workers, mp_context=get_context("spawn"), initializer=_start_worker, initargs=(function,)
    )

    def mapped(items: Sequence[Any]) -> Iterator[Any]:
        with held_interrupt():
            return pool.map(_work, items)

    try:
        yield mapped
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


_function: Callable[[Any], Any] | None = None  # what this worker does; sent once, not with every item


def _work(item: Any) -> Any:
    assert _function is not None
    return _function(item)


def _start_worker(function: Callable[[Any], Any]) -> None:
    """Ignore Ctrl-C, end with the parent, and use one core."""
    global _function
    _function = function
    serve_parent()
    os.environ["OMP_NUM_THREADS"] = "1"
    import cv2

    cv2.setNumThreads(1)
