"""Estimates that come from a linear model, against their definitions written out."""

import numpy as np
from scipy.optimize import minimize

from taskaffinity.analysis.estimates import Samples
from taskaffinity.analysis.estimates._held_out import folds, held_out
from taskaffinity.analysis.estimates.hscore import hscore, shrunk_covariance
from taskaffinity.analysis.estimates.logistic import PENALTY, fit, log_softmax
from taskaffinity.analysis.estimates.logme import evidence, logme
from taskaffinity.analysis.estimates.ridge import best_penalty, ridge, weights


def log_evidence(alpha: float, beta: float, F: np.ndarray, y: np.ndarray) -> float:
    """The marginal likelihood of y ~ N(0, I/β + F Fᵀ/α), which needs none of LogME's algebra."""
    covariance = np.eye(len(y)) / beta + F @ F.T / alpha
    quadratic = y @ np.linalg.solve(covariance, y)
    return -0.5 * (quadratic + np.linalg.slogdet(covariance)[1] + len(y) * np.log(2 * np.pi))


class TestLogme:
    def brute_force(self, F: np.ndarray, y: np.ndarray) -> float:
        grid = np.linspace(-8, 8, 33)
        start = max(((a, b) for a in grid for b in grid), key=lambda x: log_evidence(*np.exp(x), F, y))
        found = minimize(lambda x: -log_evidence(*np.exp(x), F, y), start, method="Nelder-Mead",
                         options={"xatol": 1e-8, "fatol": 1e-10, "maxiter": 4000})  # fmt: skip
        return -found.fun / len(y)

    def test_it_is_the_maximum_over_alpha_and_beta(self, generator: np.random.Generator):
        for count, dimensions in ((12, 3), (30, 5), (9, 12)):
            F = generator.normal(size=(count, dimensions))
            y = F @ generator.normal(size=dimensions) + generator.normal(size=count)
            np.testing.assert_allclose(evidence(F, y[:, None]), self.brute_force(F, y), atol=1e-6)

    def test_noise_has_the_evidence_of_noise(self, generator: np.random.Generator):
        """Without a relation the best model is y ~ N(0, |y|²/N)."""
        y = generator.normal(size=400)
        F = generator.normal(size=(400, 3))
        F -= np.outer(y, y @ F) / (y @ y)  # orthogonal to the labels
        expected = -0.5 * (np.log(2 * np.pi * (y @ y) / 400) + 1)
        np.testing.assert_allclose(evidence(F, y[:, None]), expected, atol=1e-6)

    def test_it_is_the_mean_over_columns(self, generator: np.random.Generator):
        F, labels = generator.normal(size=(40, 4)), generator.normal(size=(40, 3))
        columns = [logme(Samples.of(F, labels[:, k])) for k in range(3)]
        np.testing.assert_allclose(logme(Samples.of(F, labels)), np.mean(columns))

    def test_rotation_and_scale_of_the_encodings_change_nothing(self, generator: np.random.Generator):
        F, labels = generator.normal(size=(40, 4)), np.arange(40) % 3
        rotation = np.linalg.qr(generator.normal(size=(4, 4)))[0]
        F[:, 0] += labels
        turned = logme(Samples.of(7 * F @ rotation, labels))
        np.testing.assert_allclose(turned, logme(Samples.of(F, labels)), rtol=1e-6)


class TestHscore:
    def test_it_is_its_definition_by_an_explicit_inverse(self, generator: np.random.Generator):
        labels = np.repeat(np.arange(3), [20, 15, 25])
        F = generator.normal(size=(60, 5)) + labels[:, None] * np.array([1, 0, 0.5, 0, 0])
        centred = F - F.mean(0)
        means = np.stack([centred[labels == one].mean(0) for one in labels])
        covariance, shrinkage = shrunk_covariance(centred)
        between = np.cov(means.T, bias=True)
        expected = (1 - shrinkage) * np.trace(np.linalg.inv(covariance) @ between)
        np.testing.assert_allclose(hscore(Samples.of(F, labels)), expected, rtol=1e-8)

    def test_shrinkage_is_small_for_many_samples_and_the_covariance_exact(
        self, generator: np.random.Generator
    ):
        F = generator.normal(size=(20000, 3)) * [1, 2, 3]
        F -= F.mean(0)
        covariance, shrinkage = shrunk_covariance(F)
        assert 0 <= shrinkage < 0.01
        np.testing.assert_allclose(covariance, np.diag([1, 4, 9]), atol=0.2)

    def test_a_small_sample_of_noise_is_shrunk_for_the_most_part(self, generator: np.random.Generator):
        F = generator.normal(size=(10, 200))
        assert shrunk_covariance(F - F.mean(0))[1] > 0.5

    def test_perfect_separation_reaches_the_number_of_classes_minus_one(self, generator: np.random.Generator):
        labels = np.arange(3000) % 3
        F = 100 * np.eye(3)[labels] + generator.normal(size=(3000, 3))
        np.testing.assert_allclose(hscore(Samples.of(F, labels)), 2, atol=0.01)

    def test_one_hot_vectors_are_as_good_as_classes(self, generator: np.random.Generator):
        labels, F = np.arange(60) % 3, generator.normal(size=(60, 4))
        both = [hscore(Samples.of(F, values)) for values in (labels, np.eye(3)[labels])]
        np.testing.assert_allclose(*both)


class TestRidge:
    def test_weights_are_those_of_least_squares_on_the_augmented_system(self, generator: np.random.Generator):
        for count, dimensions in ((30, 6), (8, 20)):
            F, Y = generator.normal(size=(count, dimensions)), generator.normal(size=(count, 2))
            augmented = np.vstack([F, np.sqrt(0.7) * np.eye(dimensions)])
            expected = np.linalg.lstsq(augmented, np.vstack([Y, np.zeros((dimensions, 2))]), rcond=None)[0]
            np.testing.assert_allclose(weights(F, Y, 0.7), expected, atol=1e-10)

    def test_the_penalty_is_the_least_of_generalised_cross_validation(self, generator: np.random.Generator):
        F, Y = generator.normal(size=(30, 6)), generator.normal(size=(30, 2))
        Y[:, 0] += F[:, 0]

        def gcv(penalty: float) -> float:
            hat = F @ np.linalg.solve(F.T @ F + penalty * np.eye(6), F.T)
            return float((((Y - hat @ Y) ** 2).sum()) / (1 - (np.trace(hat) + 1) / 30) ** 2)

        grid = np.geomspace(1e-4, 1e4, 17) * 30
        assert best_penalty(F, Y) == min(grid, key=gcv)

    def test_a_linear_label_is_predicted_and_noise_is_not(self, generator: np.random.Generator):
        F = generator.normal(size=(200, 5))
        assert ridge(Samples.of(F, F @ generator.normal(size=(5, 2)))) > 0.999
        assert ridge(Samples.of(F, generator.normal(size=200))) < 0.1


class TestLogistic:
    def test_the_gradient_vanishes_where_it_ends(self, generator: np.random.Generator):
        labels, F = np.arange(60) % 3, generator.normal(size=(60, 4))
        targets = np.eye(3)[labels]
        W = fit(F, targets)
        gradient = F.T @ (np.exp(log_softmax(F @ W)) - targets) / 60 + PENALTY * W
        np.testing.assert_allclose(gradient, 0, atol=1e-3)

    def test_probabilities_sum_to_one(self, generator: np.random.Generator):
        logs = log_softmax(1000 * generator.normal(size=(5, 3)))
        np.testing.assert_allclose(np.exp(logs).sum(1), 1)


class TestHeldOut:
    def test_an_image_is_never_on_both_sides(self):
        images = np.repeat([3, 9, 4, 7, 1, 2, 8], 4)
        held_images: list[int] = []
        for fitted, held in folds(images):
            assert not set(images[fitted]) & set(images[held])
            held_images += sorted(set(images[held]))
        assert sorted(held_images) == sorted(set(images))

    def test_what_is_held_out_is_not_seen(self, generator: np.random.Generator):
        samples = Samples.of(generator.normal(size=(20, 2)), np.arange(20.0))
        seen: list[int] = []

        def predict(fit: np.ndarray, targets: np.ndarray, held: np.ndarray) -> np.ndarray:
            seen.append(len(fit))
            return np.full((len(held), 1), targets.mean())

        predicted = held_out(samples, predict)
        assert seen == [16] * 5
        for fitted, held in folds(samples.images):
            np.testing.assert_allclose(predicted[held], samples.labels[fitted].mean())
