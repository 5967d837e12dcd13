"""Images encoded as text, small enough for hundreds of them in one file."""

import base64
import io

import numpy as np

LARGEST = 160  # pixels a side; a larger picture is made smaller
QUALITY = 88


def data_uri(pixels: np.ndarray) -> str:
    """Encode pixels uint8 (H, W, 3) as a WebP ``data:`` URI."""
    from PIL import Image

    image = Image.fromarray(np.ascontiguousarray(pixels))
    factor = LARGEST / image.height
    if factor < 1:
        image = image.resize((round(image.width * factor), LARGEST), Image.Resampling.LANCZOS)
    buffer = io.BytesIO()
    image.save(buffer, "WEBP", quality=QUALITY, method=4)
    return "data:image/webp;base64," + base64.b64encode(buffer.getvalue()).decode()
