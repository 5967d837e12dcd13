"""Alignment of frozen encodings in closed form."""

import numpy as np
import pytest
import torch
from torch import nn

from taskaffinity.training.adaptation.alignment import Aligned, samples
from taskaffinity.training.adaptation.coral import coral, covariance, power
from taskaffinity.training.adaptation.subspace import alignment, directions, subspace_alignment


def cloud(seed: int, count: int = 400, size: int = 6) -> np.ndarray:
    rng = np.random.default_rng(seed)
    return rng.normal(size=(count, size)) @ rng.normal(size=(size, size)) + rng.normal(size=size)


@pytest.mark.parametrize("seed", range(5))
def test_subspace_alignment_of_a_domain_with_itself_is_the_identity(seed: int) -> None:
    values = cloud(seed)
    subspace = directions((values - values.mean(0)) / values.std(0), 0.9)
    assert np.allclose(alignment(subspace, subspace), np.eye(subspace.shape[1]))
    assert np.allclose(subspace_alignment(values, values, 1.0)(values), values)


def test_directions_are_orthonormal_and_keep_the_variance_asked_for() -> None:
    values = cloud(0)
    values -= values.mean(0)
    for variance in (0.3, 0.6, 0.9):
        kept = directions(values, variance)
        assert np.allclose(kept.T @ kept, np.eye(kept.shape[1]))
        shares = [np.sum((values @ d) ** 2) / np.sum(values**2) for d in (kept, kept[:, :-1])]
        assert shares[0] >= variance > shares[1]


def test_aligned_similarity_is_that_of_the_paper() -> None:
    """Equation 5: y_sᵀ (P_s M P_tᵀ) y_t, for standardised encodings."""
    source, target = cloud(1), cloud(2)
    z_s, z_t = ((v - v.mean(0)) / v.std(0) for v in (source, target))
    p_s = directions(z_s, 0.9)
    p_t = directions(z_t, 1.0)[:, : p_s.shape[1]]
    mapped = (subspace_alignment(source, target, 0.9)(target) - source.mean(0)) / source.std(0)
    assert np.allclose(z_s @ mapped.T, z_s @ p_s @ (p_s.T @ p_t) @ p_t.T @ z_t.T)


def test_coral_of_a_domain_with_itself_is_the_identity() -> None:
    values = cloud(3)
    assert np.allclose(coral(values, values)(values), values)


@pytest.mark.parametrize("seed", range(3))
def test_coral_gives_the_target_the_mean_and_the_regularised_covariance_of_the_source(seed: int) -> None:
    source, target = cloud(seed), cloud(seed + 10)
    unit = float(np.mean(source.var(0)))
    found = coral(source, target)
    assert np.allclose(found(target).mean(0), source.mean(0))
    regularised = covariance(target, unit)
    assert np.allclose(found.matrix.T @ regularised @ found.matrix, covariance(source, unit))


def test_powers_of_a_matrix_multiply() -> None:
    matrix = covariance(cloud(4), 0.1)
    assert np.allclose(power(matrix, 0.5) @ power(matrix, 0.5), matrix)
    assert np.allclose(power(matrix, -0.5) @ matrix @ power(matrix, -0.5), np.eye(len(matrix)))


def test_an_aligned_encoder_maps_every_pixel() -> None:
    torch.manual_seed(0)
    encoder = nn.Conv2d(3, 6, 3, stride=4)
    images = torch.rand(5, 3, 16, 16)
    affine = coral(cloud(5), cloud(6))
    aligned = Aligned(encoder, 6)
    with torch.no_grad():
        plain = encoder(images)
        assert torch.allclose(aligned(images), plain, atol=1e-6)
        aligned.set_map(affine)
        mapped = aligned(images)
    assert np.allclose(samples(mapped.numpy()), affine(samples(plain.numpy())), atol=1e-4)
