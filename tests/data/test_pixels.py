"""Every way to store a picture gives the picture that was meant, or a fault that names the file."""

import io
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageCms, ImageOps

from taskaffinity.data.faults import UnreadableError
from taskaffinity.data.pixels import read_colour, read_stored, read_upright_colour

RAMP = np.linspace(0, 255, 64 * 48).reshape(48, 64).round().astype(np.uint8)
COLOURS = np.stack([RAMP, RAMP[::-1], np.full_like(RAMP, 90)], axis=-1)


def colour_after(file: Path, image: Image.Image, **options: object) -> np.ndarray:
    image.save(file, **options)
    return read_colour(file)


@pytest.mark.parametrize("turn", range(1, 9))
@pytest.mark.parametrize("ending", ["jpg", "png", "tif", "webp"])
def test_orientation_is_applied(tmp_path: Path, turn: int, ending: str) -> None:
    exif = Image.Exif()
    exif[0x0112] = turn
    image = Image.fromarray(COLOURS)
    read = colour_after(
        tmp_path / f"a.{ending}", image, exif=exif, **({"quality": 98} if ending != "tif" else {})
    )
    image.getexif()[0x0112] = turn
    upright = np.array(ImageOps.exif_transpose(image))
    assert read.shape == upright.shape
    assert np.abs(read.astype(int) - upright).mean() < 3


@pytest.mark.parametrize("ending", ["png", "tif", "pgm"])
def test_sixteen_bits_of_grey_keep_their_brightness(tmp_path: Path, ending: str) -> None:
    read = colour_after(tmp_path / f"a.{ending}", Image.fromarray(RAMP.astype(np.uint16) * 257))
    assert (read == RAMP[..., None]).all()


def test_white_may_be_zero(tmp_path: Path) -> None:
    read = colour_after(tmp_path / "a.tif", Image.fromarray(RAMP.astype(np.uint16) * 257), tiffinfo={262: 0})
    assert (read == 255 - RAMP[..., None]).all()


@pytest.mark.parametrize("mode", ["1", "L", "P", "RGB", "RGBA", "LA"])
def test_opaque_pictures_are_their_colours(tmp_path: Path, mode: str) -> None:
    image = Image.fromarray(COLOURS).convert(mode)
    assert (colour_after(tmp_path / "a.png", image) == np.array(image.convert("RGB"))).all()


@pytest.mark.parametrize("stored", ["RGBA", "LA", "P", "L", "RGB", "I;16"])
def test_what_is_transparent_is_white_whatever_colour_lies_there(tmp_path: Path, stored: str) -> None:
    grey = np.full((8, 8), 7, np.uint8)
    grey[:, 4:] = 200
    options = {}
    match stored:
        case "RGBA" | "LA":
            image = Image.fromarray(grey).convert(stored)
            image.putalpha(Image.fromarray(np.where(grey == 7, 0, 255).astype(np.uint8)))
        case "I;16":
            image, options = Image.fromarray(grey.astype(np.uint16) * 257), {"transparency": 7 * 257}
        case _:
            image = Image.fromarray(grey).convert(stored)
            key = image.getpixel((0, 0))
            options = {"transparency": key}
    read = colour_after(tmp_path / "a.png", image, **options)
    assert (read[:, :4] == 255).all()
    assert (read[:, 4:] == 200).all()


def test_a_gamma_of_one_is_light_itself(tmp_path: Path) -> None:
    from PIL.PngImagePlugin import PngInfo

    chunk = PngInfo()
    chunk.add(b"gAMA", (100000).to_bytes(4, "big"))
    read = colour_after(tmp_path / "a.png", Image.new("L", (8, 8), 55), pnginfo=chunk)
    assert abs(int(read[0, 0, 0]) - 255 * (55 / 255) ** (1 / 2.2)) < 1


def test_a_colour_profile_is_used(tmp_path: Path) -> None:
    """Linear red, green and blue of sRGB's primaries."""
    from support.profiles import linear_srgb

    light = np.array([20, 60, 180]) / 255
    image = Image.new("RGB", (8, 8), (20, 60, 180))
    read = colour_after(tmp_path / "a.png", image, icc_profile=linear_srgb())
    wanted = 255 * np.where(light > 0.0031308, 1.055 * light ** (1 / 2.4) - 0.055, 12.92 * light)
    assert np.abs(read[0, 0] - wanted).max() < 2.5


def test_a_profile_of_srgb_changes_nothing(tmp_path: Path) -> None:
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    assert (colour_after(tmp_path / "a.png", Image.fromarray(COLOURS), icc_profile=profile) == COLOURS).all()


def test_lab_and_cmyk_come_back_as_their_colours(tmp_path: Path) -> None:
    lab = ImageCms.createProfile("LAB")
    to_lab = ImageCms.buildTransform(ImageCms.createProfile("sRGB"), lab, "RGB", "LAB")
    image = Image.new("RGB", (8, 8), (200, 60, 60))
    read = colour_after(tmp_path / "a.tif", ImageCms.applyTransform(image, to_lab))
    assert np.abs(read[0, 0].astype(int) - (200, 60, 60)).max() < 4
    for ending in ("jpg", "tif"):
        read = colour_after(tmp_path / f"b.{ending}", Image.new("CMYK", (8, 8), (0, 255, 255, 0)))
        assert read[0, 0, 0] > 200 > 60 > max(read[0, 0, 1:])


def broken(kind: str, folder: Path) -> Path:
    file = folder / ("a.tif" if kind in ("float", "integer", "pages", "signed") else "a.png")
    match kind:
        case "float":
            Image.fromarray(RAMP.astype(np.float32)).save(file)
        case "integer":
            Image.fromarray(RAMP.astype(np.int32)).save(file)
        case "pages":
            Image.fromarray(COLOURS).save(file, save_all=True, append_images=[Image.fromarray(COLOURS)])
        case "animated":
            Image.fromarray(COLOURS).save(file, save_all=True, append_images=[Image.fromarray(255 - COLOURS)])
        case "invisible":
            Image.new("RGBA", (8, 8), (1, 2, 3, 0)).save(file)
        case "profile":
            Image.fromarray(COLOURS).save(file, icc_profile=b"no profile")
        case "huge":
            Image.new("1", (10_000, 10_000)).save(file)
        case "folder":
            file.mkdir()
    return file


@pytest.mark.parametrize(
    ("kind", "said"),
    [
        ("float", "floats"), ("integer", "integers"), ("pages", "holds 2 pictures"),
        ("animated", "holds 2 pictures"), ("invisible", "wholly transparent"), ("profile", "colour profile"),
        ("huge", "pixels"), ("folder", "is no file"), ("missing", "missing"),
    ],
)  # fmt: skip
def test_what_is_not_decided_is_left_out_by_name(tmp_path: Path, kind: str, said: str) -> None:
    file = broken(kind, tmp_path)
    with pytest.raises(UnreadableError, match=said) as raised:
        read_colour(file)
    assert str(raised.value).startswith(f"{file.name}: ")
    assert str(tmp_path) not in str(raised.value)


def test_what_belongs_to_other_maps_is_never_turned(tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[0x0112] = 3
    Image.fromarray(COLOURS).save(tmp_path / "a.jpg", exif=exif)
    with pytest.raises(UnreadableError, match="to be turned"):
        read_upright_colour(tmp_path / "a.jpg")


@pytest.mark.parametrize("kind", ["palette", "four bits", "transparent"])
def test_maps_that_are_stored_with_other_numbers_are_refused(tmp_path: Path, kind: str) -> None:
    match kind:
        case "palette":
            Image.fromarray(COLOURS).convert("P").save(tmp_path / "a.png")
        case "four bits":
            (tmp_path / "a.png").write_bytes(_grey_of_four_bits(8, 8))
        case "transparent":
            Image.new("LA", (8, 8), (9, 100)).save(tmp_path / "a.png")
    with pytest.raises(UnreadableError, match=r"a\.png: (its numbers|is transparent)"):
        read_stored(tmp_path / "a.png")


def _grey_of_four_bits(width: int, height: int) -> bytes:
    """Write a PNG of 4-bit grey by hand; Pillow does not."""
    import struct
    import zlib

    def chunk(name: bytes, content: bytes) -> bytes:
        return (
            struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(name + content))
        )

    rows = b"".join(b"\0" + bytes((width + 1) // 2) for _ in range(height))
    head = struct.pack(">IIBBBBB", width, height, 4, 0, 0, 0, 0)
    stream = io.BytesIO()
    stream.write(b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(rows)))
    stream.write(chunk(b"IEND", b""))
    return stream.getvalue()


@pytest.mark.parametrize("stored", [np.uint8, np.uint16])
def test_numbers_of_maps_are_as_stored(tmp_path: Path, stored: type) -> None:
    numbers = RAMP.astype(stored) * (1 if stored is np.uint8 else 256)
    Image.fromarray(numbers).save(tmp_path / "a.png")
    assert (read_stored(tmp_path / "a.png") == numbers).all()
