"""Reading the pixels of an image file, with everything that the file says about their meaning.

A truncated file is a fault, never half an image. `read_colour` returns the image as a viewer shows it in
sRGB: rotated by its orientation, scaled to 8 bits, converted from its palette, colour profile and gamma, and
on white where it is transparent. A file whose meaning is ambiguous, such as 32-bit numbers without a white
point or several pages, is left out with the reason. `read_stored` returns the numbers of depth and label
maps, which must not be converted.
"""

import io
import stat
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path

import numpy as np
from PIL import Image, ImageCms, ImageOps, UnidentifiedImageError
from PIL.PngImagePlugin import PngImageFile
from PIL.TiffImagePlugin import TiffImageFile

from taskaffinity.data.faults import UnreadableError

IMAGE_SUFFIXES = frozenset({".jpg", ".jpeg", ".png", ".ppm", ".bmp", ".pgm", ".tif", ".tiff", ".webp"})

MOST_PIXELS = 2**26  # of a picture; decoding takes up to 16 bytes a pixel
ORIENTATION = 0x0112  # EXIF and TIFF tags
BITS_PER_SAMPLE, PHOTOMETRIC, WHITE_IS_ZERO = 258, 262, 0
SRGB_GAMMA = 1 / 2.2
SRGB_PRIMARIES = (0.3127, 0.329, 0.64, 0.33, 0.3, 0.6, 0.15, 0.06)  # white, red, green, blue
SIXTEEN_BITS = ("I;16", "I;16B", "I;16L", "I;16N")
TRANSPARENT = ("LA", "PA", "RGBA", "La", "RGBa")


@contextmanager
def opened(path: Path) -> Iterator[Image.Image]:
    """Open and decode a picture file; whatever is wrong with it is one fault that names the file.

    Raises
    ------
    UnreadableError
        The file is missing, cut short, no picture, too large, or holds several pictures.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            if not stat.S_ISREG(path.stat().st_mode):
                raise UnreadableError(f"{path.name}: is no file")
            with Image.open(path) as image:
                _check(image)
                image.load()
                yield image
    except UnreadableError as error:
        reason = str(error).removeprefix(f"{path.name}: ")
        raise UnreadableError(f"{path.name}: {reason}") from None
    except FileNotFoundError:
        raise UnreadableError(f"{path.name}: missing") from None
    except UnidentifiedImageError:
        raise UnreadableError(f"{path.name}: is no image") from None
    except Exception as error:  # decoders raise errors of any kind on broken files
        cause = getattr(error, "strerror", None) or error
        raise UnreadableError(f"{path.name}: cannot be decoded ({cause})") from None


def _check(image: Image.Image) -> None:
    """Refuse what is too large, and files of several pictures; the first one of an MPO is the photograph."""
    if image.width * image.height > MOST_PIXELS:
        raise UnreadableError(f"has {image.width}x{image.height} pixels, more than {MOST_PIXELS}")
    count = 1 if image.format == "MPO" else getattr(image, "n_frames", 1)
    if count > 1:
        raise UnreadableError(f"holds {count} pictures (animated or of several pages)")


def read_colour(path: Path) -> np.ndarray:
    """Read a picture as it is meant to be seen: uint8 (H, W, 3), sRGB.

    Raises
    ------
    UnreadableError
        It cannot be decoded to the end, or what its numbers mean is not said.
    """
    with opened(path) as image:
        return np.array(_on_white(_turned(image)))


def read_upright_colour(path: Path) -> np.ndarray:
    """Read a picture that belongs to other maps, pixel by pixel: as `read_colour`, never turned.

    Raises
    ------
    UnreadableError
        Also where the file says that the picture is to be turned: the maps beside it are not.
    """
    with opened(path) as image:
        _check_upright(image)
        return np.array(_on_white(image))


def read_stored(path: Path) -> np.ndarray:
    """Read the numbers of a map as they are stored: (H, W) or (H, W, C), 8 or 16 bits, or 32-bit integers.

    Raises
    ------
    UnreadableError
        It cannot be decoded to the end, or is stored in a way that changes its numbers.
    """
    with opened(path) as image:
        _check_upright(image)
        if image.mode == "1":
            return np.array(image).astype(np.uint8) * np.uint8(255)
        if image.mode not in ("L", "RGB", "LA", "RGBA", "I", *SIXTEEN_BITS):
            raise UnreadableError(f"its numbers are stored as {_in_words(image.mode)}")
        if isinstance(image, PngImageFile) and _png_bits(path) < 8:
            raise UnreadableError(f"its numbers have {_png_bits(path)} bits")
        numbers = np.array(image)
        if image.mode in ("LA", "RGBA"):
            if not (numbers[..., -1] == 255).all():
                raise UnreadableError("is transparent in places")
            numbers = numbers[..., 0] if image.mode == "LA" else numbers[..., :3]
        return numbers


def _check_upright(image: Image.Image) -> None:
    turn = _orientation(image)
    if turn != 1:
        raise UnreadableError(f"says that it is to be turned (orientation {turn}); store it upright")


def _orientation(image: Image.Image) -> int:
    """Return the EXIF orientation, 1 to 8; 1, upright, where there is none or it cannot be read."""
    try:
        turn = image.getexif().get(ORIENTATION, 1)
    except Exception:  # EXIF of any maker, broken in any way; the picture itself is decoded
        return 1
    return turn if turn in range(1, 9) else 1


def _turned(image: Image.Image) -> Image.Image:
    """Turn a picture as its orientation says."""
    return ImageOps.exif_transpose(image) if _orientation(image) != 1 else image


def _png_bits(path: Path) -> int:
    with path.open("rb") as stream:
        return stream.read(25)[-1]


def _in_words(mode: str) -> str:
    words = {"P": "a palette", "PA": "a palette", "CMYK": "CMYK", "F": "32-bit floats", "LAB": "Lab colours"}
    return words.get(mode, mode)


def _on_white(image: Image.Image) -> Image.Image:
    """Convert to sRGB, and put what is transparent on white."""
    if image.mode in SIXTEEN_BITS or image.mode == "I":
        image = _eight_bits(image)
    if image.mode == "F":
        raise UnreadableError(f"holds {_in_words(image.mode)}: which number is white is not said")
    alpha = None
    if image.mode in TRANSPARENT or "transparency" in image.info:
        image, alpha = _apart(image)
    elif image.mode in ("P", "1", "YCbCr"):
        info, image = image.info, image.convert("RGB")
        image.info = info
    image = _to_srgb(image)
    if alpha is None:
        return image
    if alpha.getextrema()[1] == 0:
        raise UnreadableError("is wholly transparent")
    white = Image.new("RGB", image.size, (255, 255, 255))
    white.paste(image, mask=alpha)
    return white


def _apart(image: Image.Image) -> tuple[Image.Image, Image.Image]:
    """Take colour (or grey) and alpha apart."""
    whole = image.convert("RGBA")
    colour = whole.getchannel(0) if image.mode in ("L", "LA", "La") else whole.convert("RGB")
    colour.info = {name: value for name, value in image.info.items() if name != "transparency"}
    return colour, whole.getchannel("A")


def _eight_bits(image: Image.Image) -> Image.Image:
    """Scale 16 bits of grey to 8; a PPM comes as integers of full scale 65535."""
    numbers, info = np.array(image), image.info
    if image.mode == "I" and image.format not in ("PPM", "PNG"):
        raise UnreadableError("holds 32-bit or signed integers: which number is white is not said")
    white = 65535
    if isinstance(image, TiffImageFile):
        white = 2 ** int(image.tag_v2.get(BITS_PER_SAMPLE, (16,))[0]) - 1
        if image.tag_v2.get(PHOTOMETRIC) == WHITE_IS_ZERO:
            numbers = white - np.minimum(numbers, white)
    scaled = np.rint(np.clip(numbers.astype(np.float32) * (255 / white), 0, 255)).astype(np.uint8)
    if isinstance(info.get("transparency"), int):
        scaled = np.stack([scaled, np.where(numbers == info["transparency"], 0, 255).astype(np.uint8)], -1)
    made = Image.fromarray(scaled)
    made.info = {k: v for k, v in info.items() if k != "transparency"}
    return made


def _to_srgb(image: Image.Image) -> Image.Image:
    """Convert by the file's colour profile; without one, by its gamma, or as sRGB."""
    profile = image.info.get("icc_profile")
    if image.mode == "LAB":
        return _from_lab().point(image)
    if profile and image.mode in ("L", "RGB", "CMYK"):
        try:
            transform = _transform(profile, image.mode)
        except (ImageCms.PyCMSError, OSError) as error:
            raise UnreadableError(f"its colour profile cannot be used ({error})") from None
        return image.convert("RGB") if transform is None else transform.point(image)
    return _without_profile(image)


@lru_cache(16)
def _transform(profile: bytes, mode: str) -> ImageCms.ImageCmsTransform | None:
    """Build the transform of a profile to sRGB; None where the profile is sRGB itself."""
    source_profile = ImageCms.ImageCmsProfile(io.BytesIO(profile))
    if mode == "RGB" and "srgb" in ImageCms.getProfileDescription(source_profile).lower():
        return None
    return ImageCms.buildTransform(source_profile, ImageCms.createProfile("sRGB"), mode, "RGB")


@lru_cache(1)
def _from_lab() -> ImageCms.ImageCmsTransform:
    lab, srgb = ImageCms.createProfile("LAB"), ImageCms.createProfile("sRGB")
    return ImageCms.buildTransform(lab, srgb, "LAB", "RGB")


def _without_profile(image: Image.Image) -> Image.Image:
    info = image.info
    converted = image.convert("RGB")
    if "srgb" in info:
        return converted
    primaries = info.get("chromaticity")
    if image.mode != "L" and primaries and np.abs(np.subtract(primaries, SRGB_PRIMARIES)).max() > 0.01:
        raise UnreadableError("its primaries are not those of sRGB, and it has no colour profile")
    gamma = info.get("gamma")
    if not gamma or abs(gamma - SRGB_GAMMA) < 0.01:
        return converted
    # A sample is light to the power of gamma; sRGB's is near 1/2.2.
    table = np.rint(255 * (np.arange(256) / 255) ** (SRGB_GAMMA / gamma)).astype(int).tolist()
    return converted.point(table * 3)
