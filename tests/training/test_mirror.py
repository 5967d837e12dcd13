import numpy as np
import pytest
import torch
from scipy.spatial.transform import Rotation

from taskaffinity.data.derive.geometry import normal
from taskaffinity.data.derive.layout import room_layout, vanishing_point
from taskaffinity.data.views import ViewId, Views
from taskaffinity.tasks import Task, discover
from taskaffinity.training.losses import Truth
from taskaffinity.training.mirror import Mirror

TASKS = discover()
VIEWS = 12
LEFT_RIGHT = np.diag([-1.0, 1.0, 1.0])


def rooms(seed: int) -> Views:
    """Views of boxes by cameras that stand anywhere and look anywhere near the horizon."""
    rng = np.random.default_rng(seed)
    ahead = Rotation.from_euler("zyx", rng.uniform([-3, -0.2, -0.3], [3, 0.2, 0.3], (VIEWS, 3)))
    pose = np.tile(np.eye(4), (VIEWS, 1, 1))
    pose[:, :3, :3] = (ahead * Rotation.from_matrix([[1, 0, 0], [0, 0, 1], [0, -1, 0]])).as_matrix()
    pose[:, :3, 3] = rng.uniform(0, 3, (VIEWS, 3))
    depth = 2 + np.cumsum(rng.uniform(-0.02, 0.02, (VIEWS, 1, 16, 16)), axis=-1)
    camera = np.array([[16, 0, 7.5], [0, 16, 7.5], [0, 0, 1]])
    channels = {
        "rgb": rng.random((VIEWS, 3, 16, 16)), "depth": depth, "pose": pose,
        "intrinsics": np.tile(camera, (VIEWS, 1, 1)), "manhattan": np.tile(np.eye(3), (VIEWS, 1, 1)),
        "room": np.tile([[0, 0, 0], [3, 4, 2.5]], (VIEWS, 1, 1)),
    }  # fmt: skip
    return derived({name: value.astype(np.float32) for name, value in channels.items()})


def mirrored(views: Views) -> Views:
    """The same rooms in a mirror: other cameras in another room, not other pictures of this one."""
    world, pose = LEFT_RIGHT, views["pose"].astype(float)
    pose[:, :3, :3] = world @ pose[:, :3, :3] @ LEFT_RIGHT
    pose[:, :3, 3] = pose[:, :3, 3] @ world
    channels = {
        "rgb": views["rgb"][..., ::-1], "depth": views["depth"][..., ::-1], "pose": pose,
        "intrinsics": views["intrinsics"], "manhattan": views["manhattan"] @ world, "room": views["room"],
    }  # fmt: skip
    return derived({name: np.ascontiguousarray(value, np.float32) for name, value in channels.items()})


def derived(channels: dict[str, np.ndarray]) -> Views:
    views = Views([ViewId("room", 0, i) for i in range(VIEWS)], channels)
    return Views(views.ids, {**channels, **vanishing_point(views), **room_layout(views), **normal(views)})


def truth_of(task: Task, views: Views) -> Truth:
    parts = [Views(views.ids[i::3], {k: v[i::3] for k, v in views.channels.items()}) for i in range(3)]
    label = task.label(parts[: task.images])
    return Truth(torch.from_numpy(np.ascontiguousarray(label.value)), torch.from_numpy(label.valid))


@pytest.mark.parametrize("name", [
    "autoencoding", "depth_zbuffer", "egomotion", "fixated_pose", "nonfixated_pose", "normal",
    "point_matching", "room_layout", "vanishing_point",
])  # fmt: skip
def test_the_label_of_a_mirrored_view_is_that_of_a_view_in_a_mirrored_room(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("taskaffinity.training.mirror.SHARE", 1.0)
    views, task = rooms(seed=0), TASKS[name]
    _, found = Mirror(task.mirror, seed=0)([], truth_of(task, views))
    expected = truth_of(task, mirrored(views))
    assert torch.equal(found.valid, expected.valid)
    known = expected.valid.expand_as(expected.value) if expected.valid.ndim > 1 else slice(None)
    torch.testing.assert_close(found.value[known], expected.value[known], atol=2e-3, rtol=1e-3)


def test_about_half_of_the_examples_are_mirrored_all_images_of_one_alike() -> None:
    first = torch.rand(64, 3, 4, 4)
    truth = Truth(torch.zeros(64, 6), torch.ones(64, dtype=torch.bool))
    (one, two), _ = Mirror((), seed=0)([first, first + 1], truth)
    flipped = (one != first).flatten(1).any(1)
    assert 20 < flipped.sum() < 44
    assert torch.equal(one[flipped], first[flipped].flip(-1))
    assert torch.equal(two, one + 1)


def test_what_has_no_mirror_image_is_left_alone() -> None:
    unmirrored = {name for name, task in TASKS.items() if task.is_trained and task.mirror is None}
    assert unmirrored == {
        "contrastive", "jigsaw", "patch_location", "pirl", "rotation", "temporal_order",
    }  # fmt: skip
    images, truth = torch.rand(8, 3, 4, 4), Truth(torch.zeros(8, 2), torch.ones(8, dtype=torch.bool))
    (same,), label = Mirror(None, seed=0)([images], truth)
    assert same is images
    assert label is truth


def test_the_same_seed_draws_the_same() -> None:
    images, truth = torch.rand(32, 3, 4, 4), Truth(torch.zeros(32), torch.ones(32, dtype=torch.bool))
    first, again, other = (Mirror((), seed)([images], truth)[0][0] for seed in (1, 1, 2))
    assert torch.equal(first, again)
    assert not torch.equal(first, other)
