"""From radiance to a camera's picture: exposure, white balance, lens, sensor, encoding.

Axis legend: N views, H rows, W columns.
"""

from dataclasses import dataclass

import cv2
import numpy as np

LUMA = np.array([0.2126, 0.7152, 0.0722], np.float32)  # ITU-R BT.709
GREY = 0.2  # of white: where the typical radiance of a picture is put
KNEE = 0.6  # of white: above which highlights are compressed


@dataclass(frozen=True)
class Shot:
    """How one picture is taken.

    Attributes
    ----------
    exposure
        Stops off the middle one.
    balance
        Share of the colour cast that white balance takes away.
    tint
        What is wrong with the white balance, (3,).
    vignette
        Share of the light that is lost in the corners.
    blur
        Standard deviation, pixels.
    photons, read
        Variance of the noise per unit of light, and its standard deviation in the dark; of white.
    contrast
        Exponent of the tone curve.
    """

    exposure: float
    balance: float
    tint: np.ndarray
    vignette: float
    blur: float
    photons: float
    read: float
    contrast: float

    @classmethod
    def draw(cls, rng: np.random.Generator) -> "Shot":
        """Draw a camera and its settings."""
        photons, read = (float(np.exp(rng.uniform(*np.log(r)))) for r in ((2e-5, 8e-4), (3e-4, 3e-3)))
        return cls(
            rng.normal(0, 0.45), rng.uniform(0.2, 0.7), np.exp(rng.normal(0, 0.03, 3)), rng.uniform(0, 0.3),
            rng.uniform(0, 0.45), photons, read, rng.uniform(1.0, 1.5),
        )  # fmt: skip


def develop(radiance: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Return pictures: float32 (N, H, W, 3) radiance to uint8 (N, 3, H, W) in sRGB."""
    shots = [Shot.draw(rng) for _ in radiance]  # before any noise, so that they do not depend on the size
    pictures = [_take(one, shot, rng) for one, shot in zip(radiance, shots, strict=True)]
    return np.ascontiguousarray(np.stack(pictures).transpose(0, 3, 1, 2))


def _take(radiance: np.ndarray, shot: Shot, rng: np.random.Generator) -> np.ndarray:
    image = radiance * _gain(radiance, shot) * _vignette(radiance.shape[:2], shot.vignette)
    if shot.blur > 0.2:
        image = cv2.GaussianBlur(image, (0, 0), shot.blur)
    spread = np.sqrt(shot.photons * np.maximum(image, 0) + shot.read**2, dtype=np.float32)
    image = image + spread * rng.standard_normal(image.shape, np.float32)
    return _encode(_compress(_contrast(image, shot.contrast)))


def _gain(radiance: np.ndarray, shot: Shot) -> np.ndarray:
    """Return exposure times white balance, (3,): grey world, in part."""
    luma = radiance @ LUMA
    level = np.sqrt(np.exp(np.log(luma + 1e-4).mean()) * np.minimum(luma, 4 * np.median(luma) + 1e-3).mean())
    cast = np.minimum(radiance, 3 * level).mean(axis=(0, 1)) + 1e-6
    balance = (cast.mean() / cast) ** shot.balance * shot.tint
    return (GREY * 2**shot.exposure / level * balance).astype(np.float32)


def _vignette(shape: tuple[int, int], strength: float) -> np.ndarray:
    v, u = (np.linspace(-1, 1, n, dtype=np.float32) for n in shape)
    return (1 - np.float32(strength) * (u[None] ** 2 + v[:, None] ** 2) / 2)[..., None]


def _contrast(image: np.ndarray, power: float) -> np.ndarray:
    """Spread values about grey, as cameras' tone curves do."""
    return np.float32(GREY) * (np.maximum(image, 0) / np.float32(GREY)) ** np.float32(power)


def _compress(image: np.ndarray) -> np.ndarray:
    """Leave what is under the knee, and bend the rest smoothly towards white."""
    over = np.maximum(image - KNEE, 0) / (1 - KNEE)
    return np.where(image < KNEE, image, KNEE + (1 - KNEE) * (1 - np.exp(-over)))


def _encode(linear: np.ndarray) -> np.ndarray:
    """Encode as sRGB (IEC 61966-2-1), 8 bit."""
    power = 1.055 * np.maximum(linear, 1e-6) ** (1 / 2.4) - 0.055
    curve = np.where(linear <= 0.0031308, 12.92 * linear, power)
    return np.clip(np.rint(255 * curve), 0, 255).astype(np.uint8)
