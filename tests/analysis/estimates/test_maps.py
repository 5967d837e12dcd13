import numpy as np
import pytest

from taskaffinity.analysis.estimates import NotDefined, estimates, of_images, of_maps
from taskaffinity.analysis.estimates._maps import averaged, most_frequent
from taskaffinity.errors import InputError


def test_averages_are_the_means_of_cells(generator: np.random.Generator):
    maps = generator.normal(size=(2, 3, 8, 12))
    expected = maps.reshape(2, 3, 4, 2, 3, 4).mean((3, 5))
    np.testing.assert_allclose(averaged(maps, 4, 3), expected)


def test_a_grid_that_does_not_divide_the_map_leaves_nothing_out():
    maps = np.arange(25.0).reshape(1, 1, 5, 5)
    cells = averaged(maps, 2, 2)
    np.testing.assert_allclose(cells[0, 0, 0, 0], maps[0, 0, :2, :2].mean())
    np.testing.assert_allclose(cells[0, 0, 1, 1], maps[0, 0, 2:, 2:].mean())


class TestMaps:
    def test_positions_are_samples_and_know_their_image(self, generator: np.random.Generator):
        labels = generator.normal(size=(3, 2, 16, 16))
        samples = of_maps(generator.normal(size=(3, 5, 8, 8)), labels, np.ones((3, 1, 16, 16), bool))
        assert samples.encodings.shape == (3 * 16, 5)
        assert samples.labels.shape == (3 * 16, 2)
        np.testing.assert_array_equal(samples.images, np.repeat([0, 1, 2], 16))
        np.testing.assert_allclose(samples.labels.std(0), 1)

    def test_a_label_goes_with_the_encoding_of_its_place(self, generator: np.random.Generator):
        maps = generator.normal(size=(3, 1, 4, 4))
        labels = np.repeat(np.repeat(maps, 4, axis=2), 4, axis=3)
        samples = of_maps(maps, labels, np.ones((3, 1, 16, 16), bool))
        np.testing.assert_allclose(samples.encodings, samples.labels)

    def test_invalid_pixels_do_not_count(self, generator: np.random.Generator):
        maps, labels = generator.normal(size=(3, 2, 4, 4)), generator.normal(size=(3, 1, 8, 8))
        valid = np.ones((3, 1, 8, 8), bool)
        valid[:, :, ::2, ::2] = False  # a quarter of each cell
        valid[0, 0, :2, :4] = False  # two whole cells
        spoiled = np.where(valid, labels, np.nan)
        samples, plain = of_maps(maps, spoiled, valid), of_maps(maps, np.where(valid, labels, 7), valid)
        assert len(samples.labels) == 3 * 16 - 2
        np.testing.assert_array_equal(samples.labels, plain.labels)

    def test_classes_per_pixel_take_the_most_frequent(self):
        labels = np.array([[[1, 1, 2, 0], [1, 5, 2, 2]]])
        np.testing.assert_array_equal(most_frequent(labels, np.ones_like(labels, bool), 1, 2), [[[1, 2]]])
        valid = labels != 1
        np.testing.assert_array_equal(most_frequent(labels, valid, 1, 2), [[[5, 2]]])
        samples = of_maps(np.zeros((1, 1, 2, 2)), labels, np.ones((1, 1, 2, 4), bool))
        assert samples.kind == "classes"


class TestImages:
    def test_images_without_a_label_are_left_out(self, generator: np.random.Generator):
        valid = np.array([True, False, True, True])
        samples = of_images(generator.normal(size=(4, 3, 8, 8)), np.arange(4), valid)
        np.testing.assert_array_equal(samples.labels, [0, 2, 3])
        np.testing.assert_array_equal(samples.images, [0, 2, 3])

    @pytest.mark.parametrize(("channels", "values"), [(8, 128), (40, 160), (200, 200), (1280, 1280)])
    def test_the_grid_follows_from_the_channels(self, channels: int, values: int):
        maps = np.random.default_rng(0).normal(size=(3, channels, 8, 8))
        assert of_images(maps, np.arange(3), np.ones(3, bool)).encodings.shape == (3, values)

    def test_no_label_at_all_is_not_defined_and_no_fault(self, generator: np.random.Generator):
        none, maps = np.zeros(4, bool), generator.normal(size=(4, 3, 8, 8))
        for labels in (np.arange(4), np.ones((4, 2))):
            assert isinstance(estimates()["logme"].of(of_images(maps, labels, none)), NotDefined)
        samples = of_maps(maps, np.ones((4, 1, 8, 8)), np.zeros((4, 1, 8, 8), bool))
        assert isinstance(estimates()["logme"].of(samples), NotDefined)

    def test_maps_are_wanted(self):
        with pytest.raises(InputError, match="must be maps"):
            of_images(np.ones((3, 4)), np.arange(3), np.ones(3, bool))
