"""Digits in four domains, from what packages ship."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from taskaffinity.cli.main import main
from taskaffinity.data.digits import fonts, making
from taskaffinity.data.digits.mnist_m import mnist_m
from taskaffinity.data.digits.packages import package_file
from taskaffinity.errors import InputError


def fake(count: int, colour: bool = False) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(count)
    shape = (count, 32, 32, 3) if colour else (count, 32, 32)
    return rng.integers(0, 256, shape, np.uint8), np.arange(count) % 10


def test_digits_are_written_by_domain_part_and_digit(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(
        making, "DOMAINS", {"grey": lambda: fake(100), "colour": lambda: fake(50, colour=True)}
    )
    assert main(["data", "digits", str(tmp_path / "digits")]) == 0
    assert "grey: 80 train, 20 test" in capsys.readouterr().out
    files = sorted((tmp_path / "digits" / "grey").rglob("*.png"))
    assert len(files) == 100
    images, classes = fake(100)
    first = tmp_path / "digits" / "grey" / "train" / "3" / "0000.png"
    assert np.array_equal(np.asarray(Image.open(first)), images[classes == 3][0])


def test_a_folder_that_is_there_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["data", "digits", str(tmp_path)]) == 2
    assert "choose a new folder" in capsys.readouterr().err


def test_a_missing_package_is_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(InputError, match=r"nothing_of_the_kind is not installed; pip install"):
        package_file("nothing_of_the_kind", "x")
    with pytest.raises(InputError, match="does not ship"):
        package_file("numpy", "nowhere", "x.csv")


def test_digits_in_fonts_are_the_same_each_time_and_differ_from_one_another() -> None:
    images, classes = fonts.fonts(each=5)
    again, _ = fonts.fonts(each=5)
    assert np.array_equal(images, again)
    assert np.bincount(classes).tolist() == [5] * 10
    assert len(np.unique(images.reshape(50, -1), axis=0)) == 50
    assert all(one.std() > 10 for one in images)


def test_mnist_m_is_the_distance_of_digit_and_photograph(monkeypatch: pytest.MonkeyPatch) -> None:
    blank = np.zeros((4, 32, 32), np.uint8)
    inked = blank.copy()
    inked[:, 8:20, 8:20] = 130
    for digits in (blank, inked):
        monkeypatch.setattr("taskaffinity.data.digits.mnist_m.mnist", lambda d=digits: (d, np.arange(4)))
        made = mnist_m()[0]
        if digits is blank:
            patches = made
    assert np.array_equal(made[:, 8:20, 8:20], 255 - patches[:, 8:20, 8:20])
    outside = np.ones((32, 32), bool)
    outside[8:20, 8:20] = False
    assert np.array_equal(made[:, outside], patches[:, outside])
