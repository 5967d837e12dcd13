"""Light, textures and film: what pictures should be like."""

import numpy as np
import pytest

from taskaffinity.data.rooms.cameras import PlacedCameras
from taskaffinity.data.rooms.casting import SKIN, cast, free, sphere
from taskaffinity.data.rooms.film import develop
from taskaffinity.data.rooms.lights import light
from taskaffinity.data.rooms.patterns import PATTERNS
from taskaffinity.data.rooms.scene import Scene
from taskaffinity.data.rooms.shading import PHASES, Surface, direct
from taskaffinity.data.rooms.textures import VARIANTS, bank
from taskaffinity.data.rooms.volume import Volume, _finer, gather
from taskaffinity.data.views import Views

LUMA = np.array([0.2126, 0.7152, 0.0722])


def spectrum_slope(grey: np.ndarray) -> float:
    """Exponent of the mean power spectrum over wave numbers, of images (N, S, S)."""
    size = grey.shape[-1]
    window = np.hanning(size)[:, None] * np.hanning(size)
    centred = grey - grey.mean(axis=(1, 2), keepdims=True)
    power = (np.abs(np.fft.fft2(centred * window)) ** 2).mean(axis=0)
    k = np.hypot(np.fft.fftfreq(size, 1 / size)[:, None], np.fft.fftfreq(size, 1 / size))
    rings = np.arange(2, size // 2)
    mean = [power[(k >= r - 0.5) & (k < r + 0.5)].mean() for r in rings]
    return float(np.polyfit(np.log(rings), np.log(mean), 1)[0])


def test_pictures_are_neither_black_nor_burnt_out_and_have_contrast(batches: list[Views]) -> None:
    rgb = np.concatenate([views["rgb"] for views in batches]) / 255
    grey = np.einsum("nchw,c->nhw", rgb, LUMA)
    mean, spread = grey.mean(axis=(1, 2)), grey.std(axis=(1, 2))
    assert ((mean > 0.2) & (mean < 0.8)).mean() > 0.97
    assert 0.35 < mean.mean() < 0.6
    assert (spread > 0.06).mean() > 0.95
    assert (rgb.min(axis=1) > 0.98).mean() < 0.06
    assert (rgb.max(axis=1) < 0.02).mean() < 0.03


def test_pictures_have_the_spectrum_of_natural_images(batches: list[Views]) -> None:
    rgb = np.concatenate([views["rgb"] for views in batches]) / 255
    assert -3.2 < spectrum_slope(np.einsum("nchw,c->nhw", rgb, LUMA)) < -2.0


def test_no_cast_of_colour_over_all_rooms(batches: list[Views]) -> None:
    mean = np.concatenate([views["rgb"] for views in batches]).mean(axis=(0, 2, 3))
    assert np.ptp(mean) < 0.3 * mean.mean()


def test_walls_stop_light(office: tuple[Scene, PlacedCameras]) -> None:
    scene, cameras = office
    start = cameras.pose[:1, :3, 3].copy()
    out = np.array([[scene.size[0] + 1, scene.size[1] + 1, 1.5]], np.float32) - start
    assert not free(scene, start, out).any()
    hit = cast(scene, start, out)
    assert free(scene, start, (hit.place + SKIN * hit.normal - start) * np.float32(0.99)).all()


def test_direct_light_is_never_negative_and_reaches_some_of_the_room(
    office: tuple[Scene, PlacedCameras],
) -> None:
    scene, cameras = office
    lights = light(scene, np.random.default_rng(0))
    hits = cast(scene, *cameras.rays(16, np.zeros((PHASES, 2))))
    diffuse, shine = direct(scene, lights, Surface.dull(hits.place, hits.normal))
    assert (diffuse >= 0).all()
    assert not shine.any()
    lit = (diffuse.sum(axis=1) > 0).mean()
    assert 0.1 < lit < 1


def test_bounced_light_is_positive_and_finite(office: tuple[Scene, PlacedCameras]) -> None:
    scene, _ = office
    volume = gather(scene, light(scene, np.random.default_rng(0)))
    assert np.isfinite(volume.grid).all()
    assert (volume.grid[..., 0] > 0).all()


def test_a_volume_gives_the_light_of_its_radiance() -> None:
    """Radiance 1 + a·ω gives a surface of normal n the light 1 + 2/3 a·n, by integrating over the cosine."""
    a, directions = np.array([0.3, -0.2, 0.5]), sphere(4000).astype(float)
    radiance = 1 + directions @ a
    moments = np.concatenate([[radiance.mean()], (radiance[:, None] * directions).mean(axis=0)])
    grid = np.tile(moments, (2, 2, 2, 3, 1)).astype(np.float32)
    normal = sphere(8)
    got = Volume(np.ones(3), grid).light(np.full((8, 3), 0.5, np.float32), normal)
    assert np.allclose(got, (1 + 2 / 3 * normal @ a)[:, None], atol=1e-3)


@pytest.mark.parametrize("count", [2, 3, 7])
def test_refinement_keeps_level_fields_level_and_slopes_straight(count: int) -> None:
    weights = _finer(count)
    assert np.allclose(weights.sum(axis=1), 1)
    slope = weights @ np.arange(count)
    assert (np.diff(slope) >= -1e-6).all()
    assert slope[0] == pytest.approx(0)
    assert slope[-1] == pytest.approx(count - 1)


def test_developing_does_not_depend_on_the_unit_of_radiance() -> None:
    radiance = np.random.default_rng(0).lognormal(0, 0.7, (2, 24, 24, 3)).astype(np.float32)
    bright, dim = (develop(radiance * scale, np.random.default_rng(1)) for scale in (50.0, 5.0))
    assert bright.shape == (2, 3, 24, 24)
    assert np.abs(bright.astype(int) - dim).max() <= 2


def test_patterns_repeat_and_blur_to_their_mean() -> None:
    texels, rng = bank(), np.random.default_rng(0)
    pattern = np.arange(len(PATTERNS) * VARIANTS)
    uv = rng.random((len(pattern), 2), np.float32)
    fine = np.full(len(pattern), 1e-4, np.float32)
    here, there = (texels.sample(pattern, uv + shift, fine) for shift in (0, 3))
    assert np.allclose(here, there, atol=1.0)
    far = texels.sample(pattern, uv, np.full(len(pattern), 100.0, np.float32))
    assert np.array_equal(far, texels.mean(pattern))
    assert ((here >= 0) & (here <= 255)).all()


def test_patterns_are_told_apart_by_their_texels() -> None:
    texels = bank()
    size = np.diff(texels.start[:, 0]).min()
    first = [texels.texels[start : start + size] for start in texels.start[:, 0]]
    assert all(not np.array_equal(first[0], other) for other in first[1:])
    assert all(image.std() > 2 for image in first)
