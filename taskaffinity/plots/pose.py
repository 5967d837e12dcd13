"""Small drawings of vectors: where a second camera stands, or values as bars."""

import numpy as np

SIDE = 96  # pixels of a drawing
FINE = 3  # drawn larger by this, then made smaller, for smooth lines
PAPER, INK, MARK, AXIS = (255, 255, 255), (30, 30, 30), (213, 94, 0), (200, 204, 210)
WING = np.radians(28)


def draw_pose(pose: np.ndarray, reach: float) -> np.ndarray:
    """Draw two cameras from above.

    Parameters
    ----------
    pose
        (6,): the second camera's rotation vector (rad) and translation (m) in the first one's axes.
    reach
        The translation, in metres, that the border of the drawing stands for.

    Returns
    -------
    ndarray
        uint8 (96, 96, 3); the first camera is black and looks up, the second is orange.
    """
    from PIL import Image, ImageDraw
    from scipy.spatial.transform import Rotation

    side = SIDE * FINE
    canvas = Image.new("RGB", (side, side), PAPER)
    pen = ImageDraw.Draw(canvas)
    pose = np.nan_to_num(pose.astype(float))
    forward = Rotation.from_rotvec(pose[:3]).apply([0.0, 0.0, 1.0])
    scale = 0.36 * side / reach
    x, z = np.clip(pose[[3, 5]] * scale, -0.42 * side, 0.42 * side)
    centre = np.array([side / 2, side / 2])
    _camera(pen, centre, 0.0, INK)
    _camera(pen, centre + np.array([x, -z]), float(np.arctan2(forward[0], forward[2])), MARK)
    return np.asarray(canvas.resize((SIDE, SIDE), Image.Resampling.LANCZOS))


def _camera(pen: object, place: np.ndarray, angle: float, colour: tuple[int, int, int]) -> None:
    """Draw a camera as a dot with the two edges of what it sees; `angle` is clockwise from up."""
    from PIL import ImageDraw

    assert isinstance(pen, ImageDraw.ImageDraw)
    for wing in (angle - WING, angle + WING):
        end = place + 17 * FINE * np.array([np.sin(wing), -np.cos(wing)])
        pen.line([*place.tolist(), *end.tolist()], fill=colour, width=2 * FINE)
    radius = 4 * FINE
    pen.ellipse([*(place - radius).tolist(), *(place + radius).tolist()], fill=colour)


def draw_values(values: np.ndarray) -> np.ndarray:
    """Draw values (D,) in [-1, 1] as bars up and down: uint8 (96, 96, 3)."""
    from PIL import Image, ImageDraw

    canvas = Image.new("RGB", (SIDE, SIDE), PAPER)
    pen = ImageDraw.Draw(canvas)
    middle, width = SIDE / 2, (SIDE - 8) / len(values)
    pen.line([0, middle, SIDE, middle], fill=AXIS)
    for place, value in enumerate(np.clip(np.nan_to_num(values), -1, 1)):
        left, tip = 4 + place * width, middle - 0.46 * SIDE * float(value)
        pen.rectangle([left, min(middle, tip), left + max(width - 2, 1), max(middle, tip)], fill=MARK)
    return np.asarray(canvas)
