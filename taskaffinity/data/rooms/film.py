"""From radiance to the picture a camera gives: exposure, white balance, lens, sensor, encoding.

Axis legend: N views, H rows, W columns.
"""

import cv2
import numpy as np

LUMA = np.array([0.2126, 0.7152, 0.0722], np.float32)  # ITU-R BT.709
GREY = 0.2  # of white: where the typical radiance of a picture is put
KNEE = 0.6  # of white: where highlights begin to be compressed


def develop(radiance: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Return pictures: float32 (N, H, W, 3) radiance to uint8 (N, 3, H, W) in sRGB."""
    pictures = [_develop_one(one, rng) for one in radiance]
    return np.ascontiguousarray(np.stack(pictures).transpose(0, 3, 1, 2))


def _develop_one(radiance: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    image = radiance * _gain(radiance, rng) * _vignette(radiance.shape[:2], rng.uniform(0, 0.3))
    sigma = rng.uniform(0.0, 0.45)
    if sigma > 0.2:
        image = cv2.GaussianBlur(image, (0, 0), sigma)
    shot, read = np.exp(rng.uniform(*np.log([2e-5, 8e-4]))), np.exp(rng.uniform(*np.log([3e-4, 3e-3])))
    spread = np.sqrt(shot * np.maximum(image, 0) + read**2, dtype=np.float32)
    image = image + spread * rng.standard_normal(image.shape, np.float32)
    return _encode(_compress(_contrast(image, rng.uniform(1.0, 1.5))))


def _gain(radiance: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Return exposure times white balance, (3,), never quite right."""
    luma = radiance @ LUMA
    level = np.sqrt(np.exp(np.log(luma + 1e-4).mean()) * np.minimum(luma, 4 * np.median(luma) + 1e-3).mean())
    exposure = GREY * 2 ** rng.normal(0, 0.45) / level
    cast = np.minimum(radiance, 3 * level).mean(axis=(0, 1)) + 1e-6
    balance = (cast.mean() / cast) ** rng.uniform(0.2, 0.7) * np.exp(rng.normal(0, 0.03, 3))
    return (exposure * balance).astype(np.float32)


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
