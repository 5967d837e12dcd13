import torch

from taskaffinity.tasks import discover
from taskaffinity.training.jitter import Jitter, keeps_label

TASKS = discover()


def images(count: int = 4) -> torch.Tensor:
    return torch.rand(count, 3, 8, 8, generator=torch.Generator().manual_seed(0))


def test_labels_made_from_colour_are_left_alone() -> None:
    jittered = {name for name, task in TASKS.items() if task.is_trained and keeps_label(task)}
    assert {"depth_zbuffer", "normal", "scene_class", "egomotion", "reshading"} <= jittered
    assert not jittered & {"autoencoding", "denoising", "edge_texture", "keypoints2d", "segment_unsup2d"}
    assert not jittered & {"colorization", "inpainting", "contrastive", "pirl"}


def test_images_change_each_by_itself_and_stay_images() -> None:
    batch = images(1).repeat(4, 1, 1, 1)
    (changed,) = Jitter(0.4, seed=0)([batch])
    assert changed.shape == batch.shape
    assert 0 <= changed.min() <= changed.max() <= 1
    assert len({round(float(image.mean()), 5) for image in changed}) == 4


def test_the_same_seed_draws_the_same() -> None:
    first, again, other = (Jitter(0.4, seed)([images()])[0] for seed in (1, 1, 2))
    torch.testing.assert_close(first, again, rtol=0, atol=0)
    assert not torch.allclose(first, other)


def test_no_strength_is_no_change() -> None:
    batch = images()
    assert Jitter(0.0, seed=0)([batch])[0] is batch


def test_the_images_of_an_example_change_alike() -> None:
    batch = images()
    first, second = Jitter(0.4, seed=0)([batch, batch.clone()])
    torch.testing.assert_close(first, second, rtol=0, atol=0)
