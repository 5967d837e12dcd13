"""What tells two transforms apart."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from taskaffinity.errors import TaskError
from taskaffinity.tasks import discover
from taskaffinity.transforms import Distorted, Grey, Jigsaw, Noise, Rotation
from taskaffinity.transforms.distortion import Distortion
from taskaffinity.transforms.identity import described, identity_of

OWN = '''
from _amount import AMOUNT
from taskaffinity.tasks import Dense, Task

class Dim:
    """Darker."""
    images = 1
    def __init__(self, by):
        self.by = by
    def apply(self, images, seeds):
        return images * AMOUNT, None

task = Task(name="dimmed", title="Dimmed", group="2D", target="rgb", output=Dense(3), loss="l1",
            transform=Dim(by=0.5), metric="l1")
'''


def own_identity(folder: Path, task: str = OWN, amount: str = "AMOUNT = 0.5") -> str:
    folder.mkdir(exist_ok=True)
    (folder / "_amount.py").write_text(amount)
    (folder / "dimmed.py").write_text(task)
    return discover([folder])["dimmed"].transform_identity


def test_ours_are_told_by_kind_and_parameters() -> None:
    different = [Noise(0.1), Noise(0.2), Grey(), Jigsaw(), Jigsaw(count=99), Rotation(), Distorted()]
    different.append(Distorted(Distortion(area=0.3)))
    assert len({identity_of(transform) for transform in different}) == len(different)
    assert identity_of(Noise(0.1)) == identity_of(Noise(sigma=0.1))
    assert identity_of(None) == ""


def test_an_own_one_is_the_same_wherever_and_whenever_it_is_loaded(tmp_path: Path) -> None:
    assert own_identity(tmp_path / "a") == own_identity(tmp_path / "b") == own_identity(tmp_path / "a")


@pytest.mark.parametrize(
    ("task", "amount"),
    [
        (OWN.replace("images * AMOUNT", "1 - images"), "AMOUNT = 0.5"),
        (OWN, "AMOUNT = 0.4"),
        (OWN.replace("by=0.5", "by=0.6"), "AMOUNT = 0.5"),
    ],
)
def test_an_own_one_changes_with_code_helpers_and_parameters(tmp_path: Path, task: str, amount: str) -> None:
    before = own_identity(tmp_path / "a")
    assert own_identity(tmp_path / "a", task, amount) != before


def test_an_own_one_does_not_change_with_docstrings_and_layout(tmp_path: Path) -> None:
    before = own_identity(tmp_path / "a")
    assert own_identity(tmp_path / "a", "# mine\n" + OWN.replace("Darker.", "Much darker.")) == before


def test_the_seed_of_an_own_one_holds_no_address(tmp_path: Path) -> None:
    own_identity(tmp_path / "a")
    transform = discover([tmp_path / "a"])["dimmed"].transform
    assert transform is not None
    assert described(transform) == "Dim(by=0.5)"


def test_the_seeds_of_ours_are_their_reprs() -> None:
    for transform in (Noise(0.1), Grey(), Jigsaw(), Distorted()):
        assert described(transform) == repr(transform)


class Held:
    """A transform that holds one value."""

    images = 1

    def __init__(self, value: Any) -> None:
        self.value = value

    def apply(self, images: np.ndarray, seeds: Any) -> tuple[np.ndarray, None]:
        return images, None


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (np.zeros(3), np.ones(3)),
        (np.zeros(3, np.float32), np.zeros(3)),
        ([1, 2], (1, 2)),
        ({"a": 1}, {"a": 2}),
        (1, 1.0),
        (Held(1), Held(2)),
        (lambda x: x, Held),
    ],
)
def test_values_are_told_apart(one: Any, other: Any) -> None:
    assert identity_of(Held(one)) != identity_of(Held(other))
    assert identity_of(Held(one)) == identity_of(Held(one))


def test_equal_arrays_and_orders_of_keys_are_the_same() -> None:
    assert identity_of(Held({"a": 1, "b": 2})) == identity_of(Held({"b": 2, "a": 1}))
    assert identity_of(Held(np.arange(3))) == identity_of(Held(np.arange(3)))


def test_what_has_no_value_is_refused() -> None:
    loop = Held(None)
    loop.value = loop
    with pytest.raises(TaskError, match="holds itself"):
        identity_of(loop)
    with pytest.raises(TaskError, match="cannot be told by its value"):
        identity_of(Held(object()))
    with pytest.raises(TaskError, match="cannot be told by its value"):
        identity_of(Held(x for x in "ab"))
