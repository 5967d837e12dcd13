"""Losses against their equations, written out."""

import math

import numpy as np
import pytest
import torch
from torch import Tensor

from taskaffinity.tasks import Label
from taskaffinity.training.contrast import NT_XENT_TEMPERATURE, PIRL_TEMPERATURE
from taskaffinity.training.examples import as_truth
from taskaffinity.training.losses import EVENNESS, LOSSES, Truth, pixel_metric

IMAGES = 5


def random(*shape: int, seed: int = 0) -> Tensor:
    return torch.from_numpy(np.random.default_rng(seed).standard_normal(shape).astype(np.float32))


def classes(*shape: int, count: int, seed: int = 0) -> Tensor:
    return torch.from_numpy(np.random.default_rng(seed).integers(count, size=shape))


def all_valid(value: Tensor, per_pixel: bool = False) -> Truth:
    shape = (len(value), 1, *value.shape[-2:]) if per_pixel else (len(value),)
    return Truth(value, torch.ones(shape, dtype=torch.bool))


PER_PIXEL = {
    "l1": (random(IMAGES, 2, 8, 8), random(IMAGES, 2, 8, 8, seed=1)),
    "l2": (random(IMAGES, 2, 8, 8), random(IMAGES, 2, 8, 8, seed=1)),
    "softmax": (random(IMAGES, 4, 8, 8), classes(IMAGES, 8, 8, count=4)),
    "balanced_softmax": (random(IMAGES, 4, 8, 8), classes(IMAGES, 8, 8, count=4)),
    "pixel_metric": (random(IMAGES, 6, 8, 8), classes(IMAGES, 8, 8, count=3)),
}
PER_IMAGE = {
    "l1": (random(IMAGES, 9), random(IMAGES, 9, seed=1)),
    "l2": (random(IMAGES, 9), random(IMAGES, 9, seed=1)),
    "softmax": (random(IMAGES, 7), classes(IMAGES, count=7)),
    "nt_xent": (random(IMAGES, 2, 6), torch.arange(IMAGES)),
    "pirl": (random(IMAGES, 2, 6), torch.arange(IMAGES)),
}


def test_every_loss_is_tested() -> None:
    assert set(LOSSES) == set(PER_PIXEL) | set(PER_IMAGE)


@pytest.mark.parametrize("name", PER_PIXEL)
def test_what_is_not_valid_does_not_count(name: str) -> None:
    prediction, value = PER_PIXEL[name]
    truth = all_valid(value, per_pixel=True)
    truth.valid[:, :, :3] = False
    spoilt = value.clone()
    spoilt[..., :3, :] = 0 if value.dtype == torch.int64 else torch.inf
    changed = LOSSES[name](prediction, as_truth(Label(spoilt.numpy(), truth.valid.numpy())))
    torch.testing.assert_close(changed, LOSSES[name](prediction, truth))
    assert torch.isfinite(changed).all()


@pytest.mark.parametrize(
    ("name", "cases"), [*((n, PER_PIXEL) for n in PER_PIXEL), *((n, PER_IMAGE) for n in PER_IMAGE)]
)
def test_images_without_a_label_have_loss_zero(name: str, cases: dict[str, tuple[Tensor, Tensor]]) -> None:
    prediction, value = cases[name]
    truth = all_valid(value, per_pixel=cases is PER_PIXEL)
    truth.valid[1] = False
    losses = LOSSES[name](prediction, truth)
    assert losses.shape == (IMAGES,)
    assert losses[1] == 0
    assert (losses[[0, 2, 3, 4]] > 0).all()
    assert truth.has_label.tolist() == [True, False, True, True, True]


@pytest.mark.parametrize("name", PER_PIXEL)
def test_an_image_is_scored_by_itself(name: str) -> None:
    prediction, value = PER_PIXEL[name]
    truth = all_valid(value, per_pixel=True)
    whole = LOSSES[name](prediction, truth)
    alone = torch.cat([LOSSES[name](prediction[i : i + 1], truth[i : i + 1]) for i in range(IMAGES)])
    torch.testing.assert_close(whole, alone)


def test_l1_and_l2_are_means() -> None:
    prediction, value = PER_IMAGE["l1"]
    error = prediction - value
    torch.testing.assert_close(LOSSES["l1"](prediction, all_valid(value)), error.abs().mean(1))
    torch.testing.assert_close(LOSSES["l2"](prediction, all_valid(value)), (error**2).mean(1))


def test_softmax_of_nothing_known_is_the_log_of_the_classes() -> None:
    for name in ("softmax", "balanced_softmax"):
        value = PER_PIXEL[name][1]
        losses = LOSSES[name](torch.zeros(IMAGES, 4, 8, 8), all_valid(value, per_pixel=True))
        torch.testing.assert_close(losses, torch.full((IMAGES,), math.log(4)))


def test_balanced_softmax_is_its_weighted_mean() -> None:
    prediction, value = random(1, 3, 4, 4), torch.zeros(1, 4, 4, dtype=torch.int64)
    value[0, 0, 0], value[0, 1, 1:3] = 1, 2
    total = weights = 0.0
    for row in range(4):
        for column in range(4):
            c = int(value[0, row, column])
            share = float((value == c).sum()) / 16
            weight = 1 / ((1 - EVENNESS) * share + EVENNESS / 3)
            total += weight * -float(prediction[0, :, row, column].log_softmax(0)[c])
            weights += weight
    loss = LOSSES["balanced_softmax"](prediction, all_valid(value, per_pixel=True))
    assert float(loss) == pytest.approx(total / weights, rel=1e-5)


def test_balanced_softmax_of_one_class_is_the_plain_one() -> None:
    truth = all_valid(torch.full((IMAGES, 8, 8), 2), per_pixel=True)
    prediction = PER_PIXEL["softmax"][0]
    torch.testing.assert_close(
        LOSSES["balanced_softmax"](prediction, truth), LOSSES["softmax"](prediction, truth)
    )


def test_pixel_metric_prefers_embeddings_that_follow_segments() -> None:
    segment = torch.zeros(2, 16, 16, dtype=torch.int64)
    segment[:, :, 8:] = 1
    truth = all_valid(segment, per_pixel=True)
    good = torch.where(segment[:, None] == 1, 4.0, -4.0).expand(-1, 3, -1, -1)
    assert (pixel_metric(good, truth) < 0.01).all()
    assert (pixel_metric(good.transpose(2, 3), truth) > 1).all()


def test_nt_xent_is_its_equation() -> None:
    pairs, truth = random(IMAGES, 2, 6), all_valid(torch.arange(IMAGES))
    z = [(pairs[i, k] / pairs[i, k].norm()).double() for k in range(2) for i in range(IMAGES)]

    def term(i: int, j: int) -> float:
        s = [float(z[i] @ other) / NT_XENT_TEMPERATURE for other in z]
        return -math.log(math.exp(s[j]) / sum(math.exp(s[k]) for k in range(2 * IMAGES) if k != i))

    expected = [(term(i, i + IMAGES) + term(i + IMAGES, i)) / 2 for i in range(IMAGES)]
    np.testing.assert_allclose(LOSSES["nt_xent"](pairs, truth), expected, rtol=1e-5)


def test_pirl_is_its_equation() -> None:
    pairs, truth = random(IMAGES, 2, 6), all_valid(torch.arange(IMAGES))
    image, jigsaw = ([(p[k] / p[k].norm()).double() for p in pairs] for k in range(2))

    def h(i: int, j: int) -> float:
        e = [math.exp(float(other @ jigsaw[j]) / PIRL_TEMPERATURE) for other in image]
        return e[i] / sum(e)

    expected = [
        -math.log(h(j, j)) - sum(math.log(1 - h(i, j)) for i in range(IMAGES) if i != j)
        for j in range(IMAGES)
    ]
    np.testing.assert_allclose(LOSSES["pirl"](pairs, truth), expected, rtol=1e-3)


def test_nt_xent_of_vectors_that_say_nothing() -> None:
    losses = LOSSES["nt_xent"](torch.ones(IMAGES, 2, 6), all_valid(torch.arange(IMAGES)))
    torch.testing.assert_close(losses, torch.full((IMAGES,), math.log(2 * IMAGES - 1)))


@pytest.mark.parametrize("name", ["nt_xent", "pirl"])
def test_contrast_is_least_where_pairs_agree_and_images_differ(name: str) -> None:
    apart = torch.eye(IMAGES)[:, None].repeat(1, 2, 1)
    truth = all_valid(torch.arange(IMAGES))
    least = LOSSES[name](apart, truth)
    assert (least < LOSSES[name](torch.ones_like(apart), truth)).all()
    crossed = torch.stack([apart[:, 0], apart[:, 1].roll(1, 0)], dim=1)
    losses = LOSSES[name](crossed, truth)
    assert (losses > least).all()
    assert torch.isfinite(losses).all()
    torch.testing.assert_close(LOSSES[name](apart * 10, truth), least)  # lengths do not matter
