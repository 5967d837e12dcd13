"""What every input transform keeps to, and what each of them does."""

import numpy as np
import pytest

from taskaffinity.errors import DataError
from taskaffinity.transforms import (
    CentreMask,
    Distorted,
    DistortedJigsaw,
    Grey,
    Jigsaw,
    Noise,
    PatchPair,
    Rotation,
    Transform,
)
from taskaffinity.transforms.distortion import Distortion
from taskaffinity.transforms.jigsaw import permutations

SIZE = 48
ALL = (Noise(), CentreMask(), Grey(), Jigsaw(), Rotation(), PatchPair(), Distorted(), DistortedJigsaw())
every = pytest.mark.parametrize("transform", ALL, ids=lambda t: type(t).__name__)


@pytest.fixture
def images() -> np.ndarray:
    return np.random.default_rng(0).random((5, 3, SIZE, SIZE), dtype=np.float32)


def seeds_of(images: np.ndarray, draw: int = 0) -> list[tuple[int, int]]:
    return [(draw, row) for row in range(len(images))]


@every
def test_shapes_types_and_range(transform: Transform, images: np.ndarray) -> None:
    out, label = transform.apply(images, seeds_of(images))
    assert out.shape == (images.shape if transform.images == 1 else (transform.images, *images.shape))
    assert out.dtype == np.float32
    assert out.min() >= 0
    assert out.max() <= 1
    if label is not None:
        assert label.dtype == np.int64
        assert label.shape == (len(images),)


@every
def test_the_input_stays_as_it_was(transform: Transform, images: np.ndarray) -> None:
    before = images.copy()
    transform.apply(images, seeds_of(images))
    np.testing.assert_array_equal(images, before)


@every
def test_an_image_does_not_depend_on_its_batch(transform: Transform, images: np.ndarray) -> None:
    seeds = seeds_of(images)
    together, _ = transform.apply(images, seeds)
    alone, _ = transform.apply(images[3:4], seeds[3:4])
    np.testing.assert_array_equal(together[..., 3, :, :, :], alone[..., 0, :, :, :])


@every
def test_the_name_says_all_parameters(transform: Transform) -> None:
    assert eval(repr(transform), {**globals(), "Distortion": Distortion}) == transform


@pytest.mark.parametrize(
    "transform", [t for t in ALL if not isinstance(t, CentreMask | Grey)], ids=lambda t: type(t).__name__
)
def test_another_seed_is_another_draw(transform: Transform, images: np.ndarray) -> None:
    one, _ = transform.apply(images, seeds_of(images, 0))
    other, _ = transform.apply(images, seeds_of(images, 1))
    assert not np.array_equal(one, other)


def test_noise_has_its_strength() -> None:
    grey = np.full((2, 3, SIZE, SIZE), 0.5, np.float32)
    noisy, _ = Noise(sigma=0.05).apply(grey, seeds_of(grey))
    assert abs(float((noisy - grey).std()) - 0.05) < 0.003
    assert not np.array_equal(noisy[0], noisy[1])


def test_the_mask_hides_a_quarter(images: np.ndarray) -> None:
    masked, _ = CentreMask(share=0.5).apply(images, seeds_of(images))
    assert (masked != images).mean() == pytest.approx(0.25, abs=0.01)
    assert (masked[:, :, 12:36, 12:36] == 0.5).all()


def test_grey_keeps_grey_and_has_no_colour(images: np.ndarray) -> None:
    grey, _ = Grey().apply(images, seeds_of(images))
    np.testing.assert_array_equal(grey[:, 0], grey[:, 2])
    again, _ = Grey().apply(grey, seeds_of(images))
    np.testing.assert_allclose(again, grey, atol=1e-6)


def test_rotation_can_be_turned_back(images: np.ndarray) -> None:
    many = np.repeat(images, 8, axis=0)
    turned, label = Rotation().apply(many, seeds_of(many))
    back = np.stack([np.rot90(image, -turns, (1, 2)) for image, turns in zip(turned, label, strict=True)])
    np.testing.assert_array_equal(back, many)
    assert set(label) == {0, 1, 2, 3}


def test_rotation_refuses_what_is_not_square() -> None:
    with pytest.raises(DataError, match="square images, these are 4x6"):
        Rotation().apply(np.zeros((1, 3, 4, 6), np.float32), [(0, 0)])


def test_jigsaw_can_be_put_together(images: np.ndarray) -> None:
    shuffled, label = Jigsaw(tiles=3, count=20).apply(images, seeds_of(images))
    tile = SIZE // 3

    def cut(image: np.ndarray, number: int) -> np.ndarray:
        row, column = divmod(number, 3)
        return image[:, row * tile : (row + 1) * tile, column * tile : (column + 1) * tile]

    for image, mixed, order in zip(images, shuffled, permutations(9, 20)[label], strict=True):
        for place, origin in enumerate(order):
            np.testing.assert_array_equal(cut(mixed, place), cut(image, int(origin)))


def test_orders_of_tiles_are_far_apart() -> None:
    orders = permutations(9, 100)
    distance = (orders[:, None] != orders[None]).sum(axis=2) + 9 * np.eye(100, dtype=int)
    assert distance.min() >= 5
    np.testing.assert_array_equal(np.sort(orders, axis=1), np.tile(np.arange(9), (100, 1)))


def test_the_second_patch_lies_where_the_label_says() -> None:
    ramp = np.linspace(0, 1, SIZE, dtype=np.float32)
    rows, columns = (np.tile(g, (64, 3, 1, 1)) for g in np.meshgrid(ramp, ramp, indexing="ij"))  # greys
    around = np.array([(-1, -1), (-1, 0), (-1, 1), (0, -1), (0, 1), (1, -1), (1, 0), (1, 1)])
    for axis, images in enumerate((rows, columns)):
        (centre, other), label = PatchPair().apply(images, seeds_of(images))
        step = (other - centre).mean(axis=(1, 2, 3))
        np.testing.assert_array_equal(np.rint(step / (1 / 4 + 1 / 8)), around[label, axis])
        assert set(label) == set(range(8))


def test_patches_have_no_green_magenta(images: np.ndarray) -> None:
    soft = 0.4 + 0.2 * images  # nothing is clipped
    pair, _ = PatchPair().apply(soft, seeds_of(images))
    np.testing.assert_allclose(2 * pair[:, :, 1] - pair[:, :, 0] - pair[:, :, 2], 0, atol=1e-5)


def test_a_crop_is_a_window_of_the_image() -> None:
    ramp = np.linspace(0, 1, SIZE, dtype=np.float32)
    place = np.stack(
        [*np.meshgrid(ramp, ramp), np.zeros((SIZE, SIZE), np.float32)]
    )  # red: column, green: row
    images = np.tile(place, (40, 1, 1, 1))
    out = Distortion(area=0.2, jittered=0, grey=0).apply(images, seeds_of(images), 0)
    inside = out[:, :2, 2:-2, 2:-2]
    steps = np.diff(inside[:, 0], axis=2), np.diff(inside[:, 1], axis=1)
    for step in steps:
        np.testing.assert_allclose(step, np.broadcast_to(step[:, :1, :1], step.shape), atol=1e-4)
    width, height = (step[:, 0, 0] * (SIZE - 1) for step in steps)
    assert (height > 0).all()
    assert 5 < (width < 0).sum() < 35  # some are flipped
    area = np.abs(width) * height
    assert 0.19 < area.min() < area.max() < 1.01


def test_grey_distortions_have_no_colour(images: np.ndarray) -> None:
    out = Distortion(grey=1).apply(images, seeds_of(images), 0)
    np.testing.assert_allclose(out[:, 0], out[:, 1], atol=1e-5)


def test_colour_jitter_of_one_colour_is_one_colour() -> None:
    flat = np.tile(np.array([0.5, 0.3, 0.2], np.float32)[:, None, None], (6, 1, SIZE, SIZE))
    flat = flat.reshape(6, 3, SIZE, SIZE)
    out = Distortion().apply(flat, seeds_of(flat), 0)
    np.testing.assert_allclose(out.std(axis=(2, 3)), 0, atol=1e-5)
    assert out.std(axis=0).max() > 0.01


def test_the_pair_of_pirl_shows_one_image_whole(images: np.ndarray) -> None:
    pair, _ = DistortedJigsaw().apply(images, seeds_of(images))
    whole, other = Distorted().apply(images, seeds_of(images))[0]
    np.testing.assert_array_equal(pair[0], whole)
    shuffled, _ = Jigsaw().apply(other, seeds_of(images))
    np.testing.assert_array_equal(pair[1], shuffled)
