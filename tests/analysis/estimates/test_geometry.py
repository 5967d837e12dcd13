"""Estimates that compare distances: RSA, CKA, DDS."""

from itertools import permutations

import numpy as np
import pytest

from taskaffinity.analysis.estimates import Samples
from taskaffinity.analysis.estimates._kernels import city_block, squared_distances
from taskaffinity.analysis.estimates.cka import cka, hsic
from taskaffinity.analysis.estimates.dds import dds, laplacian
from taskaffinity.analysis.estimates.rsa import rsa


@pytest.fixture
def pair(generator: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    encodings = generator.normal(size=(50, 4)) * [1, 2, 3, 4]
    return encodings, encodings[:, :2] + generator.normal(size=(50, 2))


class TestInvariances:
    @pytest.mark.parametrize("estimate", [rsa, cka])
    def test_rotation_scale_and_shift_change_nothing(self, estimate, pair, generator: np.random.Generator):
        encodings, labels = pair
        rotation = np.linalg.qr(generator.normal(size=(4, 4)))[0]
        turned = 5 * encodings @ rotation + generator.normal(size=4)
        expected = estimate(Samples.of(encodings, labels))
        np.testing.assert_allclose(estimate(Samples.of(turned, labels)), expected, atol=1e-10)

    def test_a_stretch_changes_cka_and_not_dds(self, pair):
        encodings, labels = pair
        stretched = encodings * [10, 1, 0.1, 1]
        cka_of, dds_of = (
            [estimate(Samples.of(values, labels)) for values in (encodings, stretched)]
            for estimate in (cka, dds)
        )
        assert abs(cka_of[0] - cka_of[1]) > 0.01
        np.testing.assert_allclose(*dds_of)

    @pytest.mark.parametrize("estimate", [rsa, cka, dds])
    def test_labels_that_are_the_encodings_score_one(self, estimate, pair):
        np.testing.assert_allclose(estimate(Samples.of(pair[0], pair[0])), 1)

    @pytest.mark.parametrize("estimate", [rsa, cka, dds])
    def test_the_order_of_samples_does_not_matter(self, estimate, pair, generator: np.random.Generator):
        order = generator.permutation(50)
        both = [estimate(Samples.of(*(side[rows] for side in pair))) for rows in (np.arange(50), order)]
        np.testing.assert_allclose(*both)


class TestHsic:
    def test_it_is_the_mean_over_quadruples(self, generator: np.random.Generator):
        """By its definition: K_ij (L_ij + L_qr − 2 L_iq), the mean over distinct i, j, q, r."""
        kernels = []
        for _ in range(2):
            values = generator.normal(size=(6, 2))
            kernels.append(values @ values.T)
        K, L = kernels
        terms = [K[i, j] * (L[i, j] + L[q, r] - 2 * L[i, q]) for i, j, q, r in permutations(range(6), 4)]
        np.testing.assert_allclose(hsic(K, L), np.mean(terms))

    def test_unrelated_sides_are_near_zero_in_the_mean(self, generator: np.random.Generator):
        """The biased estimator would be far above 0 with more dimensions than samples."""
        values = [cka(Samples.of(generator.normal(size=(20, 60)), generator.normal(size=(20, 60))))
                  for _ in range(100)]  # fmt: skip
        assert abs(np.mean(values)) < 4 * np.std(values) / 10


def test_distances_are_those_of_their_definition(generator: np.random.Generator):
    values = generator.normal(size=(7, 3))
    differences = values[:, None] - values
    np.testing.assert_allclose(squared_distances(values), (differences**2).sum(2), atol=1e-12)
    np.testing.assert_allclose(city_block(values), abs(differences).sum(2), atol=1e-12)


def test_the_laplacian_kernel_is_one_on_its_diagonal(generator: np.random.Generator):
    kernel = laplacian(generator.normal(size=(7, 3)))
    np.testing.assert_allclose(np.diag(kernel), 1)
    assert (kernel[~np.eye(7, dtype=bool)] < 1).all()
