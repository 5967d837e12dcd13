"""What images an encoder takes, checked."""

from taskaffinity.errors import InputError
from taskaffinity.models.shapes import ImageFormat

WHITE = (1.0, 255.0)


def check_range(image: ImageFormat) -> None:
    """Refuse a mean and a spread that are not of the range of the images.

    Raises
    ------
    InputError
        Images of 0 to 255 are meant where 0 to 1 is said, or the other way round.
    """
    if image.top not in WHITE:
        raise InputError(f"image.top: the value of white is 1 or 255, got {image.top:g}")
    if min(image.spread) <= 0:
        raise InputError(f"image.spread: must be above 0, got {min(image.spread):g}")
    if image.top == 1 and (max(image.mean) > 1 or max(image.spread) > 1):
        raise InputError(
            "image.mean: mean and spread are of images of 0 to 255 where top says 0 to 1; "
            "set image.top to 255 or divide both by 255"
        )
    if image.top == 255 and 0 < max(image.mean) <= 1:
        raise InputError(
            "image.mean: mean and spread are of images of 0 to 1 where top says 0 to 255; set image.top to 1"
        )
