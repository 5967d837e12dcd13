"""Keypoints of geometry: the interest of NARF.

Steder et al., "Point feature extraction on 3D range scans taking into account object boundaries", ICRA 2011.
No kept Python library has NARF. This is its interest image (section IV) in array operations, after the C++ of
the Point Cloud Library, which made the published files. What is left out are its detection of shadow borders
and the growing of neighbourhoods; here a neighbour counts by its distance in space alone.

Axis legend: N views, H rows, W columns, Q pixels of marked surface change, B bins of direction.
"""

from itertools import combinations, combinations_with_replacement

import numpy as np
from scipy.ndimage import maximum_filter, uniform_filter

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
AT_ONCE = 16384  # pixels of which the scores stay in a processor's cache


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
        wanted = _any_of_blocks(here, step)
        group = max(1, AT_ONCE // wanted[0].size)
        small = np.concatenate([
            interest_at(place[every][some], normal[every][some], valid[every][some], wanted[some], reach)
            for some in (slice(start, start + group) for start in range(0, len(valid), group))
        ])  # fmt: skip
        large = small.repeat(step, axis=1).repeat(step, axis=2)[:, : valid.shape[1], : valid.shape[2]]
        interest = np.where(here, large, interest)
    return {"keypoints3d": interest.astype(np.float32)[:, None], "keypoints3d_valid": valid[:, None]}


def surface_change(
    normal: np.ndarray, valid: np.ndarray, wanted: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Return the spread of normals (N, 3, H, W) about each wanted pixel and its direction.

    Returns
    -------
    tuple
        Root of the largest variance of the normals in the window, (N, H, W), 0 where it is certainly below
        `MIN_CHANGE` or not wanted; and the angle in the image of the direction in which they vary, in [0, π),
        (N, H, W).
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
    marked = valid & wanted & (np.trace(spread, axis1=-2, axis2=-1) >= MIN_CHANGE**2)
    value, vector = np.linalg.eigh(spread[marked])
    change[marked] = np.sqrt(np.maximum(value[:, 2], 0))
    angle[marked] = np.arctan2(vector[:, 1, 2], vector[:, 0, 2]) % np.pi
    return change, angle


def interest_at(
    place: np.ndarray, normal: np.ndarray, valid: np.ndarray, wanted: np.ndarray, reach: int
) -> np.ndarray:
    """Measure I = I₁·I₂ of the wanted pixels, from neighbours within `reach` pixels; (N, H, W), else 0."""
    wanted = wanted & valid
    near = maximum_filter(wanted, (1, 2 * reach + 1, 2 * reach + 1))  # all that can count
    change, angle = surface_change(normal, valid, near)
    border = ((0, 0), (reach, reach), (reach, reach))
    masked = np.where(wanted[:, None], place, np.nan).swapaxes(0, 1)
    targets = [np.pad(axis, border, constant_values=np.nan) for axis in masked]
    positive, stable = _scores(targets, place, change, angle, reach)
    inside = np.s_[..., reach:-reach, reach:-reach]
    return np.where(wanted, stable[inside] * _two_directions(positive[inside]), 0)


def _scores(
    targets: list[np.ndarray], place: np.ndarray, change: np.ndarray, angle: np.ndarray, reach: int
) -> tuple[np.ndarray, np.ndarray]:
    """Spread the surface change of pixels to the targets around them.

    Parameters
    ----------
    targets
        x, y and z, metres, of the pixels that are to have scores, each (N, H + 2·reach, W + 2·reach), with a
        border of `reach` pixels; NaN on pixels that are to have none.
    place, change, angle
        (N, 3, H, W), (N, H, W) and (N, H, W): see `surface_change`.
    reach
        Pixels, at least 1.

    Returns
    -------
    tuple
        Best score by direction, (B, N, H + 2·reach, W + 2·reach), and how stable each target is, 0 to 1.
    """
    shape = targets[0].shape
    flat = [axis.ravel() for axis in targets]
    source = np.nonzero(change >= MIN_CHANGE)  # Q of each: image, row, column
    middle = np.ravel_multi_index((source[0], source[1] + reach, source[2] + reach), shape)
    score, origin = change[source], [axis[source] for axis in place.swapaxes(0, 1)]
    bins = (angle[source] / np.pi * BINS).astype(int) % BINS
    slot = bins * flat[0].size + middle
    positive, stable = np.zeros(BINS * flat[0].size), np.ones(flat[0].size)
    for down, right in _disc(reach):
        shift = down * shape[2] + right
        away = _distance([axis.take(middle + shift) for axis in flat], origin) / SUPPORT
        chosen = np.flatnonzero(away < 1)
        away, s = away.take(chosen), score.take(chosen)
        to = slot.take(chosen) + shift
        gain = s if down**2 + right**2 < 4 else s * (1 - away)
        positive[to] = np.maximum(positive.take(to), gain)
        close = np.flatnonzero(away < STABLE)
        to = middle.take(chosen.take(close)) + shift
        penalty = (1 - 0.5 * s.take(close) * (1 - away.take(close) / STABLE)) ** 2
        stable[to] = np.minimum(stable.take(to), penalty)
    return positive.reshape(BINS, *shape), stable.reshape(shape)


def _distance(ends: list[np.ndarray], starts: list[np.ndarray]) -> np.ndarray:
    """Measure the distance of points, given as x, y and z of each."""
    for end, start in zip(ends, starts, strict=True):
        end -= start
        end *= end
    return np.sqrt(ends[0] + ends[1] + ends[2])


def _any_of_blocks(mask: np.ndarray, side: int) -> np.ndarray:
    """Tell of each block of pixels (N, H, W) whether one of them is set: (N, ⌈H/side⌉, ⌈W/side⌉)."""
    for axis in (1, 2):
        mask = np.logical_or.reduceat(mask, np.arange(0, mask.shape[axis], side), axis=axis)
    return mask


def _disc(reach: int) -> list[tuple[int, int]]:
    """List the offsets of pixels within a distance."""
    span = range(-reach, reach + 1)
    return [(down, right) for down in span for right in span if down**2 + right**2 <= reach**2]


def _two_directions(positive: np.ndarray) -> np.ndarray:
    """Return the root of the best product of two scores (B, N, H, W), weighted by the angle between them."""
    several = (positive > 0).sum(axis=0) > 1  # elsewhere every product is 0
    scores = positive[:, several]
    product = np.zeros(scores.shape[1])
    for first, second in combinations(range(BINS), 2):
        apart = 2 * (second - first) / BINS
        np.maximum(product, scores[first] * scores[second] * min(apart, 2 - apart), out=product)
    best = np.zeros(positive.shape[1:])
    best[several] = np.sqrt(product)
    return best
