"""Which domains of an index are used, and what is said about those that are short.

One channel has one origin: labels from files and labels derived here are never mixed. A domain with files for
fewer of the pictures than a share that the configuration names is left aside where its channel can be derived
for more of them; everywhere else an image without a file is masked for that task alone.
"""

from collections.abc import Mapping

import numpy as np

from taskaffinity.data.derive import DERIVATIONS
from taskaffinity.data.taskonomy.domains import BIT, DOMAINS
from taskaffinity.data.taskonomy.index import Index

NAMED = 5  # buildings named in a line; the rest are counted


def coverage(index: Index) -> dict[str, float]:
    """Return the share of the pictures that have a usable file of each domain, for domains with any."""
    pictures = index.with_file("rgb")
    total = max(1, int(pictures.sum()))
    counts = {name: int((index.with_file(name) & pictures).sum()) for name in DOMAINS}
    return {name: count / total for name, count in counts.items() if count}


def used_domains(share: Mapping[str, float], least: float) -> list[str]:
    """Name the domains whose files are used.

    Parameters
    ----------
    share
        As from `coverage`.
    least
        The share below which a channel is derived instead, where that gives more.
    """
    channels = {channel: share[name] for name in share for channel in DOMAINS[name].channels}
    channels["intrinsics"] = 1.0
    return [
        name for name in share
        if share[name] >= least or _derivable(DOMAINS[name].channels, channels) <= share[name]
    ]  # fmt: skip


def _derivable(channels: tuple[str, ...], share: Mapping[str, float]) -> float:
    """Return for how many of the pictures a domain's first channel could be derived from the others."""
    if not channels or channels[0] not in DERIVATIONS or DERIVATIONS[channels[0]].scope != "view":
        return 0.0
    needs = DERIVATIONS[channels[0]].needs
    return min(max(share.get(need, 0.0), _derivable((need,), share)) for need in needs)


def missing(index: Index, used: list[str]) -> list[str]:
    """Say which domains in use some pictures lack, a line each."""
    pictures, lines = _has(index, "rgb"), []
    for name in used:
        without = int((pictures & ~_has(index, name)).sum())
        if without and name != "mask_valid":
            total = int(pictures.sum())
            lines.append(f"{name}: no file for {without} of {total} images{_lacking(index, name)}")
    return lines


def left_aside(index: Index, used: list[str]) -> list[str]:
    """Say which domains have files that are not used, a line each."""
    pictures = _has(index, "rgb")
    return [
        f"{name}: files for {int((pictures & _has(index, name)).sum())} of {int(pictures.sum())} images left "
        "aside, the label is derived"
        for name in coverage(index) if name not in used
    ]  # fmt: skip


def orphans(index: Index) -> list[str]:
    """Say how many views have labels and no picture: a line, or none."""
    count = int((~_has(index, "rgb")).sum())
    return [f"rgb: no picture for {count} views that have labels"] if count else []


def _has(index: Index, name: str) -> np.ndarray:
    return (index.has & np.uint32(BIT[name])) > 0


def _lacking(index: Index, name: str) -> str:
    """Name the buildings with pictures that have no file of a domain at all."""
    lacking = []
    for position, building in enumerate(index.buildings):
        inside = index.building == position
        if (index.with_file("rgb") & inside).any() and not (index.with_file(name) & inside).any():
            lacking.append(building)
    if not lacking:
        return ""
    more = f" and {len(lacking) - NAMED} more" if len(lacking) > NAMED else ""
    return f" ({', '.join(lacking[:NAMED])}{more} have none)"
