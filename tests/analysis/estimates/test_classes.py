"""Estimates for classes alone, in closed form or by counting."""

import numpy as np
import pytest

from taskaffinity.analysis.estimates import NotDefined, Samples, estimates
from taskaffinity.analysis.estimates.gbc import distance, gbc
from taskaffinity.analysis.estimates.knn import knn
from taskaffinity.analysis.estimates.leep import leep
from taskaffinity.analysis.estimates.nce import nce
from taskaffinity.analysis.estimates.transrate import DISTORTION, coding_rate, transrate


class TestTransrate:
    def test_the_coding_rate_of_a_known_covariance(self):
        """Rows ±√D σ_k e_k have covariance diag(σ²): R = 1/2 Σ log(1 + σ²/ε)."""
        spreads = np.array([1.0, 0.1, 0.01])
        rows = np.vstack([np.diag(spreads), -np.diag(spreads)]) * np.sqrt(3)
        np.testing.assert_allclose(coding_rate(rows), 0.5 * np.log1p(spreads**2 / DISTORTION).sum())

    def test_both_sides_of_the_determinant_agree(self, generator: np.random.Generator):
        wide = generator.normal(size=(5, 9))
        full = 0.5 * np.linalg.slogdet(np.eye(9) + wide.T @ wide / (5 * DISTORTION))[1]
        np.testing.assert_allclose(coding_rate(wide), full)

    def test_two_gaussians_far_apart_in_closed_form(self):
        """Classes at ±m along one axis with spread s along the other: the second axis cancels out."""
        offsets = np.array([-1.0, 1.0, -1.0, 1.0]) * 0.3
        encodings = np.stack([np.repeat([2.0, -2.0], 2), offsets], axis=1)
        whole = 0.5 * (np.log1p(4 / DISTORTION) + np.log1p(0.09 / DISTORTION))
        second = [[4, 0], [0, 0.09]]  # of each class about the common mean, without mixed terms
        within = 0.5 * np.linalg.slogdet(np.eye(2) + np.array(second) / DISTORTION)[1]
        labels = np.array([0, 0, 1, 1])
        np.testing.assert_allclose(transrate(Samples.of(encodings, labels)), whole - within, atol=1e-9)

    def test_separate_subspaces_give_the_closed_form(self):
        """Class c lies along axis c alone: R(Z) has half the energy of each axis, R(Z_c) all of one."""
        rows = np.array([[1.0, 0], [-1, 0], [0, 1], [0, -1]])
        whole, within = np.log1p(0.5 / DISTORTION), 0.5 * np.log1p(1 / DISTORTION)
        found = transrate(Samples.of(rows, np.array([0, 0, 1, 1])))
        np.testing.assert_allclose(found, whole - within)


class TestGbc:
    def test_the_distance_of_equal_spreads_is_an_eighth_of_mahalanobis(self):
        spread = np.array([2.0, 0.5])
        found = distance(np.zeros(2), spread, np.array([2.0, 1.0]), spread)
        np.testing.assert_allclose(found, (4 / 2 + 1 / 0.5) / 8)

    def test_the_distance_is_the_integral_of_the_overlap(self):
        """exp(−D) = ∫ √(p q) of two Gaussians on a line."""
        x = np.linspace(-40, 40, 200001)
        p, q = (np.exp(-((x - m) ** 2) / (2 * v)) / np.sqrt(2 * np.pi * v) for m, v in ((0, 1.0), (3, 4.0)))
        overlap = np.sqrt(p * q).sum() * (x[1] - x[0])
        found = distance(np.zeros(1), np.ones(1), np.full(1, 3.0), np.full(1, 4.0))
        np.testing.assert_allclose(np.exp(-found), overlap, rtol=1e-6)

    def test_classes_that_coincide_overlap_wholly(self, generator: np.random.Generator):
        half = generator.normal(size=(30, 3))
        labels = np.repeat([0, 1], 30)
        np.testing.assert_allclose(gbc(Samples.of(np.vstack([half, half]), labels)), -2)

    def test_classes_far_apart_do_not_overlap(self, generator: np.random.Generator):
        labels = np.repeat([0, 1, 2], 30)
        encodings = generator.normal(size=(90, 3)) + 1000 * labels[:, None]
        np.testing.assert_allclose(gbc(Samples.of(encodings, labels)), 0, atol=1e-9)

    def test_a_class_of_one_sample_is_no_gaussian(self, generator: np.random.Generator):
        labels = np.array([0] * 9 + [1])
        assert isinstance(estimates()["gbc"](generator.normal(size=(10, 2)), labels), NotDefined)


class TestPredictions:
    def test_perfect_predictions_score_nothing_less_than_zero(self):
        labels = np.arange(30) % 3
        samples = Samples.of(np.eye(30), labels, predictions=np.eye(3)[labels])
        np.testing.assert_allclose([leep(samples), nce(samples)], 0, atol=1e-12)

    def test_uninformative_predictions_score_minus_the_entropy(self):
        labels = np.array([0] * 10 + [1] * 30)
        entropy = -(0.25 * np.log(0.25) + 0.75 * np.log(0.75))
        samples = Samples.of(np.eye(40), labels, predictions=np.full((40, 5), 0.2))
        np.testing.assert_allclose([leep(samples), nce(samples)], -entropy)

    def test_leep_by_counting(self, generator: np.random.Generator):
        labels, theta = np.arange(20) % 2, generator.dirichlet(np.ones(3), 20)
        logs = []
        for n in range(20):
            total = sum(
                theta[n, z] * theta[labels == labels[n], z].sum() / theta[:, z].sum() for z in range(3)
            )
            logs.append(np.log(total))
        np.testing.assert_allclose(leep(Samples.of(theta, labels, predictions=theta)), np.mean(logs))

    def test_nce_does_not_exceed_leep_of_certain_predictions(self, generator: np.random.Generator):
        """On one-hot predictions the two are the same."""
        labels = np.arange(40) % 3
        certain = np.eye(4)[generator.integers(0, 4, 40)]
        samples = Samples.of(certain, labels, predictions=certain)
        np.testing.assert_allclose(nce(samples), leep(samples))

    @pytest.mark.parametrize("name", ["leep", "nce"])
    def test_without_predictions_there_is_no_value(self, name: str):
        assert isinstance(estimates()[name](np.eye(9), np.arange(9) % 2), NotDefined)


class TestKnn:
    def test_separable_classes_are_told_apart(self, generator: np.random.Generator):
        labels = np.repeat([0, 1, 2], 20)
        encodings = generator.normal(size=(60, 2)) + 50 * np.eye(3)[labels][:, :2]
        assert knn(Samples.of(encodings, labels)) == 1.0

    def test_samples_of_the_same_image_are_no_neighbours(self, generator: np.random.Generator):
        """Ten copies of each image would be their own neighbours; the labels are noise."""
        encodings = np.repeat(generator.normal(size=(30, 3)), 10, axis=0)
        labels, images = np.repeat(generator.integers(0, 2, 30), 10), np.repeat(np.arange(30), 10)
        assert knn(Samples.of(encodings, labels)) == 1.0
        assert knn(Samples.of(encodings, labels, images)) < 0.9

    def test_a_smooth_label_is_predicted(self, generator: np.random.Generator):
        encodings = generator.uniform(size=(500, 1))
        assert knn(Samples.of(encodings, encodings[:, 0] * 3)) > 0.99

    def test_too_few_other_images_have_no_value(self, generator: np.random.Generator):
        found = estimates()["knn"](generator.normal(size=(20, 2)), np.arange(20) % 2, np.arange(20) // 10 * 0)
        assert isinstance(found, NotDefined)
