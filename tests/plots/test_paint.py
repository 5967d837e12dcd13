import numpy as np
import pytest

from taskaffinity.outputs import Classes, Dense, Embedding, PixelClasses, Vector
from taskaffinity.plots.paint import NOTHING, Painting, colours
from taskaffinity.plots.painting import painting_of, value_range
from taskaffinity.tasks import Task, discover

TASKS = discover()
SIDE = 8


def painter_of(name: str, value: np.ndarray, valid: np.ndarray | None = None, **options: object) -> Painting:
    task: Task = TASKS[name]
    if valid is None:
        valid = np.ones((len(value), 1, SIDE, SIDE) if value.ndim > 2 else len(value), bool)
    output = options.pop("output", task.output)
    return painting_of(task, output, value, valid, **options)  # type: ignore[arg-type]


def test_colours_are_clipped_and_channels_come_last() -> None:
    pixels = colours(np.array([-1.0, 0.5, 2.0]).reshape(3, 1, 1))
    assert pixels.tolist() == [[[0, 128, 255]]]


def test_depth_is_mapped_over_the_range_of_the_truth() -> None:
    value = np.linspace(0.4, 0.6, SIDE * SIDE, dtype=np.float32).reshape(1, 1, SIDE, SIDE)
    painter = painter_of("depth_zbuffer", value)
    near, far = (painter.prediction(np.full((1, SIDE, SIDE), v, np.float16)).pixels for v in (0.0, 1.0))
    assert near is not None
    assert far is not None
    truth = painter.truth(value[0], np.ones((1, SIDE, SIDE), bool)).pixels
    assert truth is not None
    np.testing.assert_array_equal(truth[0, 0], near[0, 0])
    np.testing.assert_array_equal(truth[-1, -1], far[0, 0])


def test_no_label_is_grey_in_the_truth() -> None:
    value = np.zeros((1, 3, SIDE, SIDE), np.float32)
    valid = np.ones((1, 1, SIDE, SIDE), bool)
    valid[..., 0] = False
    pixels = painter_of("normal", value, valid).truth(value[0], valid[0]).pixels
    assert pixels is not None
    assert (pixels[:, 0] == NOTHING).all()


def test_a_normal_towards_the_camera_is_blue_less() -> None:
    towards = np.zeros((1, 3, SIDE, SIDE), np.float32)
    towards[:, 2] = -1
    pixels = painter_of("normal", towards).prediction(towards[0].astype(np.float16)).pixels
    assert pixels is not None
    assert pixels[0, 0].tolist() == [128, 128, 0]


def test_flat_curvature_is_mid_grey() -> None:
    value = np.full((1, 2, SIDE, SIDE), 0.2, np.float32)
    painter = painter_of("principal_curvature", value)
    flat = painter.prediction(np.zeros((2, SIDE, SIDE), np.float16)).pixels
    assert flat is not None
    assert flat[0, 0].tolist() == [128, 128, 128]


def test_the_range_leaves_invalid_values_out() -> None:
    value = np.array([[0.0, 1.0, 1e9]])
    assert value_range(value, np.array([[True, True, False]]), 0) == (0.0, 1.0)
    assert value_range(value, np.zeros((1, 3), bool), 0) == (0.0, 1.0)


def test_classes_of_pixels_have_colours_apart() -> None:
    labels = np.arange(17, dtype=np.int16).reshape(1, 17)
    painter = painting_of(TASKS["segment_semantic"], PixelClasses(17), labels, np.ones((1, 1, 17), bool))
    pixels = painter.prediction(labels).pixels
    assert pixels is not None
    assert len(np.unique(pixels[0], axis=0)) == 17
    distance = np.abs(pixels[0, :, None].astype(int) - pixels[0].astype(int)).sum(-1)
    assert distance[~np.eye(17, dtype=bool)].min() > 25


def test_segments_are_labels_in_truth_and_colours_in_predictions() -> None:
    value = np.zeros((1, SIDE, SIDE), np.int64)
    painter = painting_of(
        TASKS["segment_unsup2d"], Embedding(64), value, np.ones((1, 1, SIDE, SIDE), bool)
    )  # fmt: skip
    kept = np.random.default_rng(0).integers(0, 256, (3, SIDE, SIDE), np.uint8)
    np.testing.assert_array_equal(painter.prediction(kept).pixels, kept.transpose(1, 2, 0))
    truth = painter.truth(value[0], np.ones((1, SIDE, SIDE), bool)).pixels
    assert truth is not None
    assert truth.shape == (SIDE, SIDE, 3)


def test_the_likeliest_classes_are_named_with_their_shares() -> None:
    names = ["kitchen", "bath", "hall", "attic"]
    painter = painter_of("scene_class", np.array([1]), output=Classes(4), classes=names)
    said = painter.prediction(np.log(np.array([0.2, 0.5, 0.25, 0.05]))).text
    assert said == "bath 50 %\nhall 25 %\nkitchen 20 %"
    assert painter.truth(np.int64(1), np.bool_(True)).text == "bath"  # type: ignore[arg-type]
    assert painter.truth(np.int64(-1), np.bool_(False)).text == "no label"  # type: ignore[arg-type]


def test_classes_without_names_are_numbered() -> None:
    painter = painter_of("jigsaw", np.array([1]), output=Classes(100))
    assert painter.truth(np.int64(7), np.bool_(True)).text == "class 7"  # type: ignore[arg-type]


def test_vectors_are_bars_with_numbers() -> None:
    painter = painting_of(TASKS["room_layout"], Vector(3), np.array([[1.0, -2, 0]]), np.ones(1, bool))
    picture = painter.prediction(np.array([1.0, -2, 0.5]))
    assert picture.text == "1, -2, 0.5"
    assert picture.pixels is not None


def test_poses_between_two_views_are_drawn_and_said() -> None:
    value = np.array([[0, np.pi / 2, 0, 0.3, 0, 0.4]])
    painter = painting_of(TASKS["fixated_pose"], Vector(6), value, np.ones(1, bool))
    assert painter.truth(value[0], np.array(True)).text == "90°, shift 0.50"
    assert painter.truth(value[0], np.array(False)).text == "no label"


@pytest.mark.parametrize("channels", [1, 2, 3, 5])
def test_dense_maps_of_any_depth_are_pictures(channels: int) -> None:
    value = np.random.default_rng(0).normal(size=(2, channels, SIDE, SIDE)).astype(np.float32)
    painter = painting_of(TASKS["reshading"], Dense(channels), value, np.ones((2, 1, SIDE, SIDE), bool))
    pixels = painter.prediction(value[0].astype(np.float16)).pixels
    assert pixels is not None
    assert (pixels.shape, pixels.dtype) == ((SIDE, SIDE, 3), np.uint8)


def test_numbers_that_are_not_finite_are_painted_all_the_same() -> None:
    value = np.ones((1, 1, SIDE, SIDE), np.float32)
    kept = np.full((1, SIDE, SIDE), np.nan, np.float16)
    assert painter_of("depth_zbuffer", value).prediction(kept).pixels is not None


def test_a_painting_comes_back_from_json_and_paints_the_same() -> None:
    value = np.random.default_rng(0).normal(size=(2, 1, SIDE, SIDE)).astype(np.float32)
    painting = painter_of("reshading", value)
    again = Painting.read(painting.model_dump_json().encode())
    assert again == painting
    np.testing.assert_array_equal(again.prediction(value[0]).pixels, painting.prediction(value[0]).pixels)


def test_a_kind_that_is_not_known_is_said_and_not_drawn() -> None:
    picture = Painting(kind="hologram").prediction(np.zeros(3))
    assert picture.pixels is None
    assert "version" in picture.text
