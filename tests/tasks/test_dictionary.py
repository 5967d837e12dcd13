"""The dictionary is Taskonomy's, with five pretext tasks of the field beside it; its page says so too."""

import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from taskaffinity.cli.tasks import carried_by, record_of
from taskaffinity.data.grouping import group_rows
from taskaffinity.data.keep import DataSet
from taskaffinity.groupings import Grouping
from taskaffinity.tasks import Task, discover
from taskaffinity.training.losses import Truth, loss_of

PAGE = Path(__file__).parents[2] / "docs" / "tasks.md"
TASKS = discover()

# Zamir et al. (2018): the keys of the published results by group; those after the bar are sources only.
PUBLISHED = {
    "2D": "autoencoder denoise edge2d keypoint2d segment2d | colorization impainting_whole",
    "3D": "edge3d keypoint3d reshade rgb2depth rgb2mist rgb2sfnorm curvature segment25d |",
    "geometric": "vanishing_point_well_defined room_layout fix_pose non_fixated_pose ego_motion point_match "
    "| jigsaw random",
    "semantic": "class_1000 class_places segmentsemantic_rb |",
}
PRETEXT = {"rotation", "patch_location", "temporal_order", "contrastive", "pirl"}


@pytest.mark.parametrize("group", PUBLISHED)
def test_groups_and_roles_are_the_published_ones(group: str) -> None:
    both, source_only = (set(keys.split()) for keys in PUBLISHED[group].split("|"))
    members = [task for task in TASKS.values() if task.group == group]
    assert {task.published for task in members if "target" in task.roles} == both
    assert {task.published for task in members if "target" not in task.roles} == source_only
    assert all("source" in task.roles for task in members)


def test_pretext_tasks_are_sources_of_their_own_group() -> None:
    assert {name for name, task in TASKS.items() if task.published is None} == PRETEXT
    assert {name for name, task in TASKS.items() if task.group == "self-supervised"} == PRETEXT
    assert all(TASKS[name].roles == {"source"} for name in PRETEXT)


def test_sizes_are_those_of_the_paper() -> None:
    sizes = {"fixated_pose": 6, "nonfixated_pose": 6, "egomotion": 18, "vanishing_point": 9, "room_layout": 9}
    assert {name: vars(TASKS[name].output)["dimensions"] for name in sizes} == sizes
    images = {name: task.images for name, task in TASKS.items() if task.grouping != "single"}
    assert images == {
        "fixated_pose": 2, "nonfixated_pose": 2, "point_matching": 2, "egomotion": 3, "temporal_order": 3,
    }  # fmt: skip


def test_data_sets_carry_what_they_can() -> None:
    carried = {name: set(carried_by(task)) for name, task in TASKS.items()}
    assert {name for name in TASKS if "rooms" not in carried[name]} == {"temporal_order"}
    semantic = {name for name, task in TASKS.items() if task.group == "semantic"}
    assert {name for name in TASKS if "rgbd" not in carried[name]} == semantic
    flat = {name for name, task in TASKS.items() if task.group in ("2D", "self-supervised")}
    flat |= {"jigsaw", "random_projection", "object_class", "scene_class"}
    assert {name for name in TASKS if "images" in carried[name]} == flat - {"temporal_order"}


def _rows(heading: str) -> list[list[str]]:
    """Read the cells of the table below a heading of the page."""
    section = PAGE.read_text("utf-8").split(f"## {heading}\n")[1].split("\n## ")[0]
    lines = [line for line in section.splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines[2:]]


@pytest.mark.parametrize("task", TASKS.values(), ids=lambda task: task.name)
def test_the_page_agrees(task: Task) -> None:
    row = next(row for row in _rows("The dictionary") if row[0] == f"`{task.name}`")
    shown = [
        f"`{task.name}`", task.group, f"`{task.published}`" if task.published else "",
        str(record_of(task)["output"] or ""),
        task.loss or "", str(task.images), ", ".join(sorted(task.roles)), ", ".join(task.channels),
    ]  # fmt: skip
    assert [cell.strip("`") if number == 3 else cell for number, cell in enumerate(row)] == shown


def test_the_page_names_nothing_else() -> None:
    assert [row[0].strip("`") for row in _rows("The dictionary")] == list(TASKS)


def test_the_loss_and_the_grouping_of_the_page_work(full: DataSet) -> None:
    loss, grouping, _ = re.findall(r"```python\n(.*?)```", PAGE.read_text("utf-8"), re.DOTALL)
    names: dict[str, Any] = {}
    exec(loss, names)
    truth = Truth(torch.zeros(2, 1, 4, 4), torch.ones(2, 1, 4, 4, dtype=torch.bool))
    losses = loss_of(names["huber"])(torch.full((2, 1, 4, 4), 3.0), truth)
    torch.testing.assert_close(losses, torch.full((2,), 2.5))
    exec(grouping.partition("task =")[0], names)
    pairs = group_rows(full, np.arange(10), Grouping(2, draw=names["neighbours"], name="neighbours"), seed=0)
    assert len(pairs) == 10
    assert all(full.ids[a].scene == full.ids[b].scene for a, b in pairs)


def test_the_example_of_the_page_works(full: DataSet, tmp_path: Path) -> None:
    *_, code = re.findall(r"```python\n(.*?)```", PAGE.read_text("utf-8"), re.DOTALL)
    name = re.search(r'name="(\w+)"', code)
    assert name is not None
    (tmp_path / f"{name[1]}.py").write_text(code)
    task = discover([tmp_path])[name[1]]
    label = task.label([full.read(np.arange(8), task.label_channels)])
    assert label.value.dtype == np.int64
    assert label.value.shape == label.valid[:, 0].shape
    assert set(np.unique(label.value)) <= {0, 1}
    assert task.roles == {"source", "target"}
