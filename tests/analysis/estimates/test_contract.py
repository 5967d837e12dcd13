import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from taskaffinity.analysis import estimates as package
from taskaffinity.analysis.estimates import Estimate, Estimated, NotDefined, Samples, choose, estimates
from taskaffinity.errors import InputError

ALL = estimates()


def samples_for(estimate: Estimate, kind: str, seed: int = 0) -> Samples:
    """Three clusters of 20 samples, with predictions where they are read."""
    generator = np.random.default_rng(seed)
    classes = np.repeat(np.arange(3), 20)
    encodings = generator.normal(size=(60, 6))
    encodings[:, :3] += 2 * np.eye(3)[classes]
    labels = classes if kind == "classes" else encodings[:, :2] + generator.normal(size=(60, 2))
    predictions = generator.dirichlet(np.ones(4), 60) if estimate.reads_predictions else None
    return Samples.of(encodings, labels, predictions=predictions)


def test_every_file_of_the_folder_is_an_estimate():
    files = {path.stem for path in Path(package.__file__).parent.glob("[!_]*.py")}
    assert set(ALL) == files
    assert files == {
        "logme", "hscore", "leep", "nce", "transrate", "gbc", "knn", "ridge", "logistic", "rsa", "cka", "dds",
    }  # fmt: skip


@pytest.mark.parametrize("estimate", ALL.values(), ids=ALL)
class TestEveryEstimate:
    def test_it_has_a_finite_value_on_the_labels_that_it_is_defined_for(self, estimate: Estimate):
        for kind in estimate.kinds:
            found = estimate.of(samples_for(estimate, kind))
            assert isinstance(found, Estimated)
            assert np.isfinite(found.value)

    def test_it_is_typed_as_not_defined_elsewhere(self, estimate: Estimate):
        for kind in {"classes", "vectors"} - set(estimate.kinds):
            assert isinstance(estimate.of(samples_for(estimate, kind)), NotDefined)

    def test_the_same_samples_give_the_same_bits(self, estimate: Estimate):
        kind = estimate.kinds[0]
        assert estimate.of(samples_for(estimate, kind)) == estimate.of(samples_for(estimate, kind))

    def test_constant_labels_and_constant_encodings_have_no_value(self, estimate: Estimate):
        good = samples_for(estimate, "classes")
        flat = np.zeros_like(good.labels), np.zeros_like(good.encodings)
        for encodings, labels in ((good.encodings, flat[0]), (flat[1], good.labels)):
            assert isinstance(estimate(encodings, labels, predictions=good.predictions), NotDefined)

    def test_few_samples_have_no_value(self, estimate: Estimate):
        good = samples_for(estimate, "classes")
        few = slice(18, 21)
        predictions = None if good.predictions is None else good.predictions[few]
        found = estimate(good.encodings[few], good.labels[few], predictions=predictions)
        assert isinstance(found, NotDefined)

    def test_related_encodings_score_above_shuffled_ones(self, estimate: Estimate):
        for kind in estimate.kinds:
            good = samples_for(estimate, kind)
            order = np.random.default_rng(1).permutation(len(good.labels))
            predictions = 0.9 * good.targets[:, :3] + 0.1 / 3 if estimate.reads_predictions else None
            mixed = None if predictions is None else predictions[order]
            found = estimate(good.encodings, good.labels, predictions=predictions)
            shuffled = estimate(good.encodings[order], good.labels, predictions=mixed)
            assert isinstance(found, Estimated)
            assert isinstance(shuffled, Estimated)
            assert found.value > shuffled.value

    def test_it_warns_where_it_saturates(self, estimate: Estimate, generator: np.random.Generator):
        predictions = generator.dirichlet(np.ones(3), 40) if estimate.reads_predictions else None
        found = estimate(generator.normal(size=(40, 50)), np.arange(40) % 2, predictions=predictions)
        assert isinstance(found, Estimated)
        assert ("saturates" in found.warning) == estimate.saturates


class TestSamples:
    @pytest.mark.parametrize(
        ("encodings", "labels", "match"),
        [
            (np.ones((5, 2)), np.ones(4), "5 encodings for 4 labels"),
            (np.ones((5, 2, 2)), np.ones(5), r"must be \(N, D\)"),
            (np.full((5, 2), np.nan), np.ones(5), "encodings hold values that are not finite"),
            (np.ones((5, 2)), np.full(5, np.inf), "labels hold values that are not finite"),
            (np.ones((5, 2)), np.ones((5, 2), int), "must be floats"),
        ],
    )
    def test_arrays_that_do_not_fit_are_refused(self, encodings: np.ndarray, labels: np.ndarray, match: str):
        with pytest.raises(InputError, match=match):
            Samples.of(encodings, labels)

    def test_integers_are_classes_and_floats_are_vectors(self):
        assert Samples.of(np.eye(3), np.array([0, 1, 1])).kind == "classes"
        assert Samples.of(np.eye(3), np.array([0.0, 1.0, 1.0])).labels.shape == (3, 1)

    def test_thinning_keeps_rows_together(self):
        values = np.arange(100.0)
        few = Samples.of(values[:, None], values).at_most(7)
        assert len(few.labels) == 7
        np.testing.assert_array_equal(few.encodings, few.labels)
        np.testing.assert_array_equal(few.images, few.labels[:, 0])


class TestChoose:
    def test_names_are_taken_in_their_order(self):
        assert [one.name for one in choose("hscore, LogME,hscore")] == ["hscore", "logme"]
        assert [one.name for one in choose(None)] == list(ALL)

    @pytest.mark.parametrize(("names", "match"), [("logmee", "did you mean logme"), (" ,", "at least one")])
    def test_what_is_unknown_is_refused(self, names: str, match: str):
        with pytest.raises(InputError, match=match):
            choose(names)


def test_estimates_import_no_torch():
    code = (
        "import sys; from taskaffinity.analysis.estimates import estimates; estimates(); "
        "import taskaffinity.plots.estimates; sys.exit('torch' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
