"""Examples of several images: which views of a scene are seen together."""

import numpy as np

from taskaffinity.data.keep import DataSet
from taskaffinity.data.views import Views
from taskaffinity.errors import DataError

CENTRAL = 0.25  # of the side: how far from the second image's centre the fixated point may lie
DEPTH_TOLERANCE = 0.1  # relative; beyond it the point is hidden by something nearer


def group_rows(data: DataSet, rows: np.ndarray, grouping: str, seed: int) -> np.ndarray:
    """Draw the examples of one split.

    Parameters
    ----------
    data
        The data set.
    rows
        int64 (N,), the rows of the split.
    grouping
        ``single``, or ``fixated`` for pairs that look at one point.
    seed
        Seed of the draw; the same rows and seed give the same examples.

    Returns
    -------
    ndarray
        int64 (M, images), M at most N; the first column names the example.
    """
    match grouping:
        case "single":
            return rows[:, None]
        case "fixated":
            return fixated_pairs(data, rows, seed)
    raise DataError(f"unknown grouping {grouping!r}; there are single and fixated")


def fixated_pairs(data: DataSet, rows: np.ndarray, seed: int) -> np.ndarray:
    """Pair views of one scene whose centres show the same point.

    The point at the centre of the first image is projected into the second: it must lie near the centre there
    and not be hidden. Every view is the first of at most one pair; views without a partner are left out.
    """
    views = data.read(rows, ["depth", "pose", "intrinsics"])
    scenes = np.array([view.scene for view in views.ids])
    pairs = []
    for scene in dict.fromkeys(scenes):
        members = np.flatnonzero(scenes == scene)
        seen = sees_centre_of(views, members)
        for index, first in enumerate(members):
            partners = members[np.flatnonzero(seen[index])]
            if len(partners):
                draw = np.random.default_rng([seed, int(rows[first])]).integers(len(partners))
                pairs.append((rows[first], rows[partners[draw]]))
    return np.array(pairs, np.int64).reshape(-1, 2)


def sees_centre_of(views: Views, members: np.ndarray) -> np.ndarray:
    """Tell which views look at the centre of which.

    Returns
    -------
    ndarray
        bool (M, M): entry (i, j) is true where the point at the centre of member i is seen near the centre of
        member j, from another pose.
    """
    depth, valid = views["depth"][members, 0], views.valid("depth")[members, 0]
    pose, intrinsics = views["pose"][members].astype(float), views["intrinsics"][members].astype(float)
    height, width = depth.shape[-2:]
    v, u = height // 2, width // 2
    ray = np.linalg.inv(intrinsics) @ np.array([u, v, 1.0])
    centre = np.concatenate([ray * depth[:, v, u, None], np.ones((len(members), 1))], axis=1)
    world = np.einsum("iab,ib->ia", pose, centre)  # i: fixated by, a, b: homogeneous axes
    inside = np.einsum("jab,ib->ija", np.linalg.inv(pose), world)[..., :3]
    pixel = np.einsum("jab,ijb->ija", intrinsics, inside)
    with np.errstate(divide="ignore", invalid="ignore"):
        x, y = pixel[..., 0] / pixel[..., 2], pixel[..., 1] / pixel[..., 2]
    near = (np.abs(x - width / 2) < CENTRAL * width) & (np.abs(y - height / 2) < CENTRAL * height)
    near &= (inside[..., 2] > 0) & valid[:, v, u][:, None]
    column = np.where(near, x, 0).astype(int)
    row = np.where(near, y, 0).astype(int)
    second = np.arange(len(members))[None, :]
    shown = depth[second, row, column]
    near &= valid[second, row, column] & (np.abs(shown - inside[..., 2]) < DEPTH_TOLERANCE * shown)
    moved = np.abs(pose[:, None] - pose[None, :]).max(axis=(2, 3)) > 1e-6
    return near & moved
