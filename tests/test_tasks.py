"""Declaring, finding and choosing tasks."""

import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from taskaffinity.data.views import ViewId, Views
from taskaffinity.errors import TaskError
from taskaffinity.outputs import Classes, Dense, Projections, Vector
from taskaffinity.tasks import SOURCE_ONLY, Task, discover, fingerprint, load, select
from taskaffinity.transforms import Distorted, Rotation

GOOD: dict[str, Any] = {
    "name": "mine", "title": "Mine", "group": "2D", "target": "rgb", "output": Dense(3), "loss": "l1",
}  # fmt: skip
FILE = """
from taskaffinity.tasks import Dense, Task
task = Task(name="{name}", title="Mine", group="2D", target="rgb", output=Dense(3), loss="l1")
"""


def write(folder: Path, name: str, code: str | None = None) -> Path:
    file = folder / f"{name}.py"
    file.write_text(FILE.format(name=name) if code is None else code)
    return file


def test_a_plain_declaration_is_source_and_target() -> None:
    task = Task(**GOOD)
    assert task.roles == {"source", "target"}
    assert (task.images, task.channels, task.is_trained) == (1, ("rgb",), True)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"name": "Mine"}, "lower case"),
        ({"name": "my task"}, "lower case"),
        ({"name": "a__b"}, "reserved"),
        ({"name": "self"}, "reserved"),
        ({"roles": frozenset()}, "roles must be"),
        ({"roles": frozenset({"both"})}, "roles must be"),
        ({"group": "4D"}, "its group must be one of 2D"),
        ({"loss": "hinge"}, "its loss must be one of l1"),
        ({"grouping": "quartet"}, "its grouping must be one of single"),
        ({"loss": None}, "an output needs a loss"),
        ({"output": None, "loss": None}, "only be a source"),
        ({"target": None}, "needs a transform"),
        ({"importance": -1}, "not be negative"),
        ({"label_cost": -0.1}, "not be negative"),
        ({"mirror": (-1, 1)}, "mirror must be"),
        ({"mirror": (-1, 1, 2)}, "mirror must be"),
        ({"transform": Distorted(), "output": Projections(8)}, "sources of single views"),
        ({"transform": Rotation(), "output": Projections(8, images=2)}, "as many as"),
    ],
)
def test_contradictions_are_refused(change: dict[str, Any], said: str) -> None:
    with pytest.raises(TaskError, match=said):
        Task(**{**GOOD, **change})


def test_all_faults_are_said_at_once() -> None:
    with pytest.raises(TaskError, match=r"lower case.*group must be.*not be negative"):
        Task(**{**GOOD, "name": "Mine", "group": "4D", "importance": -1})


def test_grouping_and_transform_count_the_images() -> None:
    triplet = Task(**{**GOOD, "output": Vector(3), "loss": "l2", "grouping": "triplet", "needs": ("pose",)})
    assert triplet.images == 3
    assert triplet.channels == ("rgb", "pose", "depth", "intrinsics")
    assert triplet.label_channels == ("rgb", "pose")
    pair = Task(
        name="mine", title="Mine", group="self-supervised", transform=Distorted(), output=Projections(8),
        loss="nt_xent", roles=SOURCE_ONLY,
    )  # fmt: skip
    assert pair.images == 2


def test_a_transform_that_makes_the_label_leaves_none_to_the_task() -> None:
    task = Task(**{**GOOD, "target": None, "transform": Rotation(), "output": Classes(4), "loss": "softmax"})
    with pytest.raises(TaskError, match="its transform makes it"):
        task.label([Views([ViewId("a", 0, 0)], {})])


def test_the_label_of_a_channel_is_the_channel_with_its_mask() -> None:
    rgb = np.zeros((2, 3, 4, 4), np.float32)
    valid = np.ones((2, 1, 4, 4), bool)
    valid[0, 0, 1, 2] = False
    ids = [ViewId("a", 0, 0), ViewId("a", 0, 1)]
    label = Task(**GOOD).label([Views(ids, {"rgb": rgb, "rgb_valid": valid})])
    assert label.value is rgb
    assert label.valid is valid


def test_own_folder_is_found_beside_the_dictionary(tmp_path: Path) -> None:
    write(tmp_path, "mine")
    write(tmp_path, "_shared", "raise RuntimeError('never run')")
    found = discover([tmp_path])
    assert "mine" in found
    assert "normal" in found
    assert list(found) == sorted(found)


def test_missing_folder(tmp_path: Path) -> None:
    with pytest.raises(TaskError, match="does not exist"):
        discover([tmp_path / "none"])


def test_declared_twice(tmp_path: Path) -> None:
    write(tmp_path, "normal")
    with pytest.raises(TaskError, match="declared twice"):
        discover([tmp_path])


@pytest.mark.parametrize(
    ("code", "said"),
    [
        ("x = 1", "binds no `task"),
        ("task = 3", "binds no `task"),
        ("1 / 0", "ZeroDivisionError: division by zero"),
        ("task =", "SyntaxError"),
        (FILE.format(name="other"), "the file must be other.py"),
        (FILE.format(name="mine").replace('"l1"', '"hinge"'), "its loss must be"),
    ],
)
def test_broken_files_say_what_is_wrong(tmp_path: Path, code: str, said: str) -> None:
    with pytest.raises(TaskError, match=said):
        load(write(tmp_path, "mine", code))


def test_fingerprint_is_of_what_the_file_does(tmp_path: Path) -> None:
    code = FILE.format(name="mine")
    same = '"""A docstring."""\n# a comment\n' + code.replace(", ", ",   ")
    assert fingerprint(code) == fingerprint(same) == load(write(tmp_path, "mine", same)).fingerprint
    assert fingerprint(code) != fingerprint(code.replace("Dense(3)", "Dense(1)"))


def test_selecting_unknown_tasks_suggests_near_ones() -> None:
    tasks = discover()
    assert list(select(tasks, ["normal", "jigsaw"])) == ["normal", "jigsaw"]
    with pytest.raises(TaskError, match=r"'normals' \(did you mean normal"):
        select(tasks, ["normals"])


def test_listing_tasks_needs_no_torch() -> None:
    code = (
        "import sys; from taskaffinity.tasks import discover; import taskaffinity.transforms; discover(); "
        "sys.exit('torch' in sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
