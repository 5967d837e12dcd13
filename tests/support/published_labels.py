"""Labels derived from published colour and depth, beside the published labels of the same frame.

As a script it prints the table of ``docs/data.md``:
``PYTHONPATH=tests python -m support.published_labels FRAMES``.
"""

import sys
from collections.abc import Iterator
from functools import cached_property
from pathlib import Path

import numpy as np
from scipy.ndimage import gaussian_filter
from scipy.stats import spearmanr

from taskaffinity.data.derive import DERIVATIONS
from taskaffinity.data.derive.curvature import near_jump
from taskaffinity.data.derive.published import EDGE_OCCLUSION_BLUR
from taskaffinity.data.pixels import read_stored
from taskaffinity.data.taskonomy.camera import MEAN_FIELD_OF_VIEW, fit_field_of_view, intrinsics_of
from taskaffinity.data.taskonomy.names import FILE
from taskaffinity.data.views import ViewId, Views

SIDE = 512
# Radians, from that frame's published fixatedpose.json; it has no euclidean depth to fit one to.
PUBLISHED_FIELD_OF_VIEW = {("replica", 47, 25): 1.0934501795431415}


class Frame:
    """One published view of 512x512, and what is derived from its colour and depth."""

    def __init__(self, root: Path, building: str, point: int, view: int) -> None:
        self.root, self.id = root, ViewId(building, point, view)

    def __str__(self) -> str:
        return str(self.id)

    def file(self, domain: str) -> np.ndarray | None:
        """A published file as stored; None where there is none, or not one of 512x512."""
        name = f"point_{self.id.point}_view_{self.id.view}_domain_{domain}.png"
        path = self.root / domain / self.id.scene / name
        image = read_stored(path) if path.is_file() else None
        return image if image is not None and image.shape[:2] == (SIDE, SIDE) else None

    def depth(self, domain: str) -> tuple[np.ndarray, np.ndarray] | None:
        """Metres and validity; None where there is none of 16 bits."""
        image = self.file(domain)
        if image is None or image.dtype.itemsize < 2:
            return None
        return image / 512, (image > 0) & (image < 65535)

    @cached_property
    def field_of_view(self) -> float:
        """Published, or fitted to the two depth maps, or the mean: radians."""
        z, d = self.depth("depth_zbuffer"), self.depth("depth_euclidean")
        fitted = None if z is None or d is None else fit_field_of_view(z[0], d[0], z[1] & d[1])
        return PUBLISHED_FIELD_OF_VIEW.get(self.id) or fitted or np.radians(MEAN_FIELD_OF_VIEW)

    @cached_property
    def views(self) -> Views | None:
        """Colour, depth and camera; only colour where there is no depth; None where there is neither."""
        rgb, depth = self.file("rgb"), self.depth("depth_zbuffer")
        if rgb is None:
            return None
        channels = {"rgb": (rgb.transpose(2, 0, 1)[None] / np.float32(255))}
        if depth is not None:
            k = intrinsics_of(self.field_of_view, (SIDE, SIDE), SIDE)
            metres = np.where(depth[1], depth[0], 0).astype(np.float32)
            channels |= {
                "depth": metres[None, None],
                "depth_valid": depth[1][None, None],
                "intrinsics": k[None],
            }
        return Views([self.id], channels)

    def derived(self, channel: str) -> tuple[np.ndarray, np.ndarray] | None:
        """A derived label (C, 512, 512) and its validity (512, 512); None where its needs are not there."""
        if self.views is None:
            return None
        channels = dict(self.views.channels)
        for need in DERIVATIONS[channel].needs:
            if need not in channels and need == "normal" and "depth" in channels:
                channels |= DERIVATIONS["normal"].function("normal")(Views([self.id], channels))
            if need not in channels:
                return None
        made = DERIVATIONS[channel].function(channel)(Views([self.id], channels))
        valid = made.get(f"{channel}_valid", np.ones((1, 1, SIDE, SIDE), bool))
        return made[channel].reshape(-1, SIDE, SIDE), valid[0, 0]

    def pair(self, channel: str) -> tuple[np.ndarray, np.ndarray, np.ndarray] | None:
        """The derived label, the published file as float (512, 512[, 3]), and where both are."""
        file = self.file(channel)
        made = None if file is None else self.derived(channel)
        if file is None or made is None:
            return None
        surface = self.depth("depth_zbuffer")
        known = (
            made[1] if channel in ("edge_texture", "keypoints2d") or surface is None else made[1] & surface[1]
        )
        return made[0], file.astype(float), known


def frames(root: Path) -> list[Frame]:
    """Every view that has a colour picture."""
    found = []
    for path in sorted((root / "rgb").glob("*/*.png")):
        match = FILE.fullmatch(path.name)
        if match:
            found.append(Frame(root, path.parent.name, int(match[1]), int(match[2])))
    return found


def rank_agreement(frame: Frame, channel: str) -> float | None:
    """Spearman's rho of a derived map and the published one, over every third pixel."""
    pair = frame.pair(channel)
    if pair is None:
        return None
    made, file, known = pair
    if channel == "edge_occlusion":
        file = gaussian_filter(file, EDGE_OCCLUSION_BLUR)  # as Taskonomy's own targets
    one, other = made[0], file
    if channel == "reshading":
        other = file.mean(axis=2)
    if channel == "principal_curvature":
        other = file[..., 0]
    return float(spearmanr(one[known][::3], other[known][::3])[0])


def normal_error(frame: Frame) -> float | None:
    """Median angle between derived and published normals, degrees, off the edges of depth."""
    pair = frame.pair("normal")
    if pair is None or frame.views is None:
        return None
    made, file, known = pair
    truth = (file / 127.5 - 1).transpose(2, 0, 1)
    cosine = (made * truth).sum(axis=0) / np.linalg.norm(truth, axis=0)
    inside = known & ~near_jump(frame.views)[0, 0]
    return float(np.degrees(np.median(np.arccos(np.clip(cosine[inside], -1, 1)))))


def distance_error(frame: Frame) -> float | None:
    """Median relative error of the distance derived from depth."""
    truth, made = frame.depth("depth_euclidean"), frame.derived("depth_euclidean")
    if truth is None or made is None:
        return None
    known = truth[1] & made[1]
    return float(np.median(np.abs(made[0][0] - truth[0])[known] / truth[0][known]))


def segment_agreement(frame: Frame, channel: str) -> float | None:
    """Adjusted Rand index of derived and published segments (Hubert and Arabie 1985)."""
    pair = frame.pair(channel)
    if pair is None:
        return None
    made, file, known = pair
    one, other = (np.unique(a[known], return_inverse=True)[1] for a in (made[0], file))
    table = np.zeros((one.max() + 1, other.max() + 1))
    np.add.at(table, (one, other), 1)

    def pairs(counts: np.ndarray) -> float:
        return float((counts * (counts - 1) / 2).sum())

    rows, columns, total = pairs(table.sum(axis=1)), pairs(table.sum(axis=0)), pairs(table.sum())
    chance = rows * columns / total
    return (pairs(table) - chance) / ((rows + columns) / 2 - chance)


MAPS = ("edge_texture", "edge_occlusion", "keypoints2d", "keypoints3d", "reshading", "principal_curvature")


def table(root: Path) -> Iterator[str]:
    """One line for each label and frame."""
    for frame in frames(root):
        values = {name: rank_agreement(frame, name) for name in MAPS}
        values |= {"normal (degrees)": normal_error(frame), "depth_euclidean (error)": distance_error(frame)}
        values |= {n: segment_agreement(frame, n) for n in ("segment_unsup2d", "segment_unsup25d")}
        for name, value in values.items():
            if value is not None:
                yield f"| {name} | {frame} | {value:.3g} |"


if __name__ == "__main__":
    print("\n".join(sorted(table(Path(sys.argv[1])))))
