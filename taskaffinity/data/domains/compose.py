"""One data set on disk from those of several domains: their views one after the other.

Each domain is prepared by itself first, with its own identity and its own place in the cache, and labels are
derived within it: a value for a whole data set, such as the axes of a room, is one for its domain alone.
"""

import hashlib
import json
import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from taskaffinity.cache import cache_root, remove_leftovers
from taskaffinity.data.derive import DERIVATIONS
from taskaffinity.data.domains.reader import in_domain
from taskaffinity.data.keep import DataSet, find_kept, open_kept, place_to_write, write_kept
from taskaffinity.data.reader import Batch
from taskaffinity.data.views import Views
from taskaffinity.data.writer import StoredChannel
from taskaffinity.errors import DataError

log = logging.getLogger(__name__)

VERSION = 1  # raised when the same parts give other arrays
CHUNK = 256  # views copied at a time
VALID = "_valid"

Advance = Callable[[int], None]


def compose(
    parts: Mapping[str, DataSet],
    channels: Mapping[str, Sequence[str]],
    progress: Callable[[str, int], Advance],
    root: Path | None = None,
) -> DataSet:
    """Join the views of several domains, or find them joined in the cache.

    Parameters
    ----------
    parts
        The prepared data set of each domain, by its name; their images have one size.
    channels
        The channels that are wanted of each domain, all of them on disk. A view without a channel that
        another domain has gets an invalid one.
    progress
        Called with a title and a total; returns a function to call with each step's size.
    root
        The folder of kept data sets; `cache_root()` when left out.

    Raises
    ------
    DataError
        A channel has other shapes in one domain than in another.
    """
    described = _described(parts, channels)
    folder = (root or cache_root()) / f"domains-{described['identity']}"
    remove_leftovers(folder.parent)
    kept, damage = find_kept(folder)
    if kept is not None:
        return kept
    for line in damage:
        log.warning("data: %s", line)
    place = place_to_write(folder)
    advance = progress("joining domains", sum(map(len, parts.values())))
    write_kept(place, described, _batches(parts, channels), advance)
    kept = open_kept(place)
    assert kept is not None
    return kept


def _described(parts: Mapping[str, DataSet], channels: Mapping[str, Sequence[str]]) -> dict[str, Any]:
    """Return what the index of the joined data set says besides its views."""
    wanted = {name: sorted(channels[name]) for name in parts}
    depends = {
        name: {
            "data": data.identity,
            "channels": {c: DERIVATIONS[c].version if c not in data.provides else 0 for c in wanted[name]},
        }
        for name, data in parts.items()
    }
    text = json.dumps({"version": VERSION, "domains": depends})
    return {
        "name": "domains",
        "identity": hashlib.sha256(text.encode()).hexdigest()[:16],
        "classes": {
            channel: list(names)
            for name, data in parts.items()
            for channel, names in data.classes.items()
            if channel in wanted[name]
        },
        "provides": sorted({channel for names in wanted.values() for channel in names}),
        "splits": {
            f"{name}/{scene}": part for name, data in parts.items() for scene, part in data.splits.items()
        },
    }


def _batches(parts: Mapping[str, DataSet], channels: Mapping[str, Sequence[str]]) -> Iterator[Batch]:
    """Read all domains chunk by chunk, in their order, as their files hold them."""
    stored = _stored(parts, channels)
    for name, data in parts.items():
        faults = [f"{name}: {fault}" for fault in data.faults]
        for start in range(0, len(data), CHUNK):
            stop = min(start + CHUNK, len(data))
            ids = [in_domain(view, name) for view in data.ids[start:stop]]
            rows = np.arange(start, stop)
            yield Batch(Views(ids, _arrays(data, rows, channels[name], stored)), faults)
            faults = []


def _stored(parts: Mapping[str, DataSet], channels: Mapping[str, Sequence[str]]) -> dict[str, StoredChannel]:
    """Return how each channel is stored, masks among them; every domain must agree.

    A channel per pixel has a mask as soon as one domain has a mask of it, or lacks the channel.
    """
    stored: dict[str, StoredChannel] = {}
    for name, data in parts.items():
        for channel in channels[name]:
            for one in (channel, f"{channel}{VALID}"):
                held = data.stored(one)
                if held is None:
                    continue
                before = stored.setdefault(one, held)
                if before.shape != held.shape:
                    raise DataError(
                        f"data.domains: {one} has the shape {held.shape} in {name}, elsewhere {before.shape}"
                    )
    rows, columns = stored["rgb"].shape[-2:]
    for channel in list(stored):
        lacking = any(channel not in channels[name] for name in parts)
        if lacking and stored[channel].shape[-2:] == (rows, columns) and not channel.endswith(VALID):
            stored.setdefault(f"{channel}{VALID}", _mask(rows, columns))
    return stored


def _mask(rows: int, columns: int) -> StoredChannel:
    return StoredChannel(np.dtype(bool).str, (1, rows, columns), 0, 0, 0, ())


def _arrays(
    data: DataSet, rows: np.ndarray, channels: Sequence[str], stored: Mapping[str, StoredChannel]
) -> dict[str, np.ndarray]:
    """Read the channels of some views of one domain, and fill in those that it lacks."""
    arrays = {}
    for channel, held in stored.items():
        base = channel.removesuffix(VALID)
        if base in channels and data.has(channel):
            arrays[channel] = data.kept_arrays(rows, [channel])[channel]
        else:
            arrays[channel] = np.full((len(rows), *held.shape), _missing(channel, held, base in channels))
    return arrays


def _missing(channel: str, held: StoredChannel, has_channel: bool) -> bool | int | float:
    """Return the value of what a domain lacks: a mask of a channel that it has is true everywhere."""
    if channel.endswith(VALID):
        return has_channel
    kind = np.dtype(held.dtype).kind
    if kind == "f":
        return float("nan") if len(held.shape) < 3 else 0.0
    return -1 if kind == "i" and not held.shape else 0
