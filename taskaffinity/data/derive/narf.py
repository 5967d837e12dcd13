"""Keypoints of geometry: the interest of NARF.

Steder et al., "Point feature extraction on 3D range scans taking into account object boundaries", ICRA 2011.
No kept Python library has NARF. This is its interest image (section IV) in array operations, after the C++ of
the Point Cloud Library, which made the published files. What is left out are its detection of shadow borders
and the growing of neighbourhoods; here a neighbour counts by its distance in space alone.

Axis legend: N views, H rows, W columns, Q pixels of marked surface change, B bins of direction.
"""

from itertools import combinations, combinations_with_replacement

import numpy as np
from scipy.ndimage import uniform_filter

from taskaffinity.data.derive.geometry import points
from taskaffinity.data.derive.published import REFERENCE_SIDE
from taskaffinity.data.views import Views

Channels = dict[str, np.ndarray]

SUPPORT = 0.15  # metres: radius of a neighbourhood
WINDOW = 5  # pixels at the reference side, over which normals are compared
BINS = 12  # of direction, over half a turn
MIN_CHANGE = 0.2  # surface change that counts
STABLE = 0.25  # share of the radius within which change makes a point unstable
REACH = 6  # pixels: larger neighbourhoods are looked at in a smaller image


def keypoints3d(views: Views) -> Channels:
    """Measure how well a surface point can be told from those around it, in [0, 1], (N, 1, H, W).

    High on stable surface with strong changes of different directions nearby, as beside corners; zero on
    planes and along straight creases. Each pixel is looked at in the image, halved as often as needed, where
    its neighbourhood is at most `REACH` pixels.
    """
    valid = (views.valid("normal") & views.valid("depth"))[:, 0]
    place, normal = points(views), np.where(valid[:, None], views["normal"].astype(float), 0)
    focal = views["intrinsics"][:, 0, 0, None, None].astype(float)
    radius = np.where(valid, focal * SUPPORT / np.maximum(place[:, 2], 1e-6), 0)
    level = np.ceil(np.log2(np.maximum(radius / REACH, 1))).astype(int)
    interest = np.zeros(valid.shape, np.float32)
    for scale in np.unique(level[valid]):
        step, here = 2**scale, valid & (level == scale)
        reach = int(np.ceil(radius[here].max() / step))
        every = np.s_[..., ::step, ::step]
        small = interest_at(place[every], normal[every], valid[every], reach)
        large = small.repeat(step, axis=1).repeat(step, axis=2)[:, : valid.shape[1], : valid.shape[2]]
        interest = np.where(here, large, interest)
    return {"keypoints3d": interest.astype(np.float32)[:, None], "keypoints3d_valid": valid[:, None]}


def surface_change(normal: np.ndarray, valid: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the spread of normals (N, 3, H, W) about each pixel and its direction.

    Returns
    -------
    tuple
        Root of the largest variance of the normals in the window, (N, H, W), 0 where it is certainly below
        `MIN_CHANGE`; and the angle in the image of the direction in which they vary, in [0, π), (N, H, W).
    """
    side = max(3, 2 * round(WINDOW * valid.shape[-1] / REFERENCE_SIDE / 2) + 1)

    def mean(values: np.ndarray) -> np.ndarray:
        return uniform_filter(values, (0, side, side)) / weight

    weight: np.ndarray = np.maximum(uniform_filter(valid.astype(float), (0, side, side)), 1e-6)
    middle = [mean(normal[:, axis]) for axis in range(3)]
    spread = np.empty((*valid.shape, 3, 3))
    for i, j in combinations_with_replacement(range(3), 2):
        spread[..., i, j] = mean(normal[:, i] * normal[:, j]) - middle[i] * middle[j]
        spread[..., j, i] = spread[..., i, j]
    change, angle = np.zeros(valid.shape), np.zeros(valid.shape)
    # The trace bounds the largest variance: where it is too small to count, nothing is solved.
    marked = valid & (np.trace(spread, axis1=-2, axis2=-1) >= MIN_CHANGE**2)
    value, vector = np.linalg.eigh(spread[marked])
    change[marked] = np.sqrt(np.maximum(value[:, 2], 0))
    angle[marked] = np.arctan2(vector[:, 1, 2], vector[:, 0, 2]) % np.pi
    return change, angle


def interest_at(place: np.ndarray, normal: np.ndarray, valid: np.ndarray, reach: int) -> np.ndarray:
    """Measure I = I₁·I₂ of every pixel, from neighbours within `reach` pixels: (N, H, W)."""
    change, angle = surface_change(normal, valid)
    image, row, column = np.nonzero(change >= MIN_CHANGE)  # Q of each
    score = change[image, row, column]
    bins = (angle[image, row, column] / np.pi * BINS).astype(int) % BINS
    source = place[image, :, row, column]
    positive, stable = np.zeros((BINS, *valid.shape)), np.ones(valid.shape)
    for down, right in _disc(reach):
        r, c = row + down, column + right
        inside = np.flatnonzero((r >= 0) & (r < valid.shape[1]) & (c >= 0) & (c < valid.shape[2]))
        at = image[inside], r[inside], c[inside]
        away = np.linalg.norm(place[at[0], :, at[1], at[2]] - source[inside], axis=1) / SUPPORT
        near = away < 1
        n, r, c, away, chosen = at[0][near], at[1][near], at[2][near], away[near], inside[near]
        s, b = score[chosen], bins[chosen]
        gain = s if down**2 + right**2 < 4 else s * (1 - away)
        positive[b, n, r, c] = np.maximum(positive[b, n, r, c], gain)
        penalty = (1 - 0.5 * s * np.maximum(1 - away / STABLE, 0)) ** 2
        stable[n, r, c] = np.minimum(stable[n, r, c], penalty)
    return np.where(valid, stable * _two_directions(positive), 0)


def _disc(reach: int) -> list[tuple[int, int]]:
    """List the offsets of pixels within a distance."""
    span = range(-reach, reach + 1)
    return [(down, right) for down in span for right in span if down**2 + right**2 <= reach**2]


def _two_directions(positive: np.ndarray) -> np.ndarray:
    """Return the root of the best product of two scores (B, N, H, W), weighted by the angle between them."""
    best = np.zeros(positive.shape[1:])
    for first, second in combinations(range(BINS), 2):
        apart = 2 * (second - first) / BINS
        best = np.maximum(best, positive[first] * positive[second] * min(apart, 2 - apart))
    return np.sqrt(best)
