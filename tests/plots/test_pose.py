import numpy as np

from taskaffinity.plots.pose import MARK, SIDE, draw_pose, draw_values


def marked(pixels: np.ndarray) -> tuple[float, float]:
    """Return the centre (x, y) of what has the colour of the second camera."""
    near = np.abs(pixels.astype(int) - MARK).sum(axis=-1) < 60
    y, x = np.nonzero(near)
    return float(x.mean()), float(y.mean())


def test_a_camera_to_the_right_is_drawn_at_the_right() -> None:
    x, _ = marked(draw_pose(np.array([0, 0, 0, 1.0, 0, 0]), reach=1.0))
    assert x > SIDE / 2 + 20


def test_a_camera_in_front_is_drawn_above() -> None:
    _, y = marked(draw_pose(np.array([0, 0, 0, 0, 0, 1.0]), reach=1.0))
    assert y < SIDE / 2 - 20


def test_a_turned_camera_looks_another_way() -> None:
    left = marked(draw_pose(np.array([0, -1.5, 0, 0, 0, 1.0]), reach=1.0))[0]
    right = marked(draw_pose(np.array([0, 1.5, 0, 0, 0, 1.0]), reach=1.0))[0]
    assert left < SIDE / 2 < right


def test_a_pose_that_is_no_number_is_drawn_in_the_middle() -> None:
    assert draw_pose(np.full(6, np.nan), reach=1.0).shape == (SIDE, SIDE, 3)


def test_bars_point_where_the_values_do() -> None:
    pixels = draw_values(np.array([1.0, -1.0]))
    filled = (pixels == MARK).all(axis=-1)
    assert filled[: SIDE // 2, : SIDE // 2].any()
    assert not filled[: SIDE // 2 - 2, SIDE // 2 + 2 :].any()
    assert filled[SIDE // 2 :, SIDE // 2 :].any()
