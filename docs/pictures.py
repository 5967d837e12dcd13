"""Take the pictures of README.md from a run: ``python docs/pictures.py results/rooms [TARGET]``.

They are made smaller and reduced to 128 colours, so that the repository stays small.
"""

import sys
from pathlib import Path

from PIL import Image

IMAGES = Path(__file__).parent / "images"
WIDTH = 900  # pixels
COLOURS = 128


def take(figure: Path, name: str) -> Path:
    """Copy one figure as ``docs/images/NAME.png``, and say where it is."""
    with Image.open(figure) as picture:
        height = round(picture.height * WIDTH / picture.width)
        small = picture.convert("RGB").resize((WIDTH, height), Image.Resampling.LANCZOS)
    file = IMAGES / f"{name}.png"
    small.quantize(COLOURS, dither=Image.Dither.NONE).save(file, optimize=True)
    return file


def main(run: Path, target: str = "normal") -> None:
    """Take the taxonomy, the slide of one target and the budget curve of a run."""
    for figure, name in ((f"slide_{target}", "slide"), ("taxonomy", "taxonomy"), ("budget_curve", "budgets")):
        file = take(run / "figures" / f"{figure}.png", name)
        print(f"{file} {file.stat().st_size / 1000:.0f} kB")


if __name__ == "__main__":
    main(Path(sys.argv[1]), *sys.argv[2:3])
