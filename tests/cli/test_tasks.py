"""``taskaffinity tasks``."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from taskaffinity.cli.tasks import app
from taskaffinity.errors import TaskError
from taskaffinity.tasks import discover

MINE = """
from taskaffinity.tasks import Dense, Task
task = Task(name="mine", title="Mine", group="2D", target="rgb", output=Dense(3), loss="l1", label_cost=2.5)
"""


def run(*arguments: str) -> str:
    result = CliRunner().invoke(app, arguments, catch_exceptions=False)
    assert result.exit_code == 0
    return result.output


def test_list_has_a_line_for_every_task() -> None:
    lines = run("list").splitlines()
    assert {line.split()[0] for line in lines} == set(discover())


def test_list_as_json_has_every_task_with_all_that_is_asked() -> None:
    records = {record["name"]: record for record in json.loads(run("list", "--json"))}
    assert len(records) == 31
    assert records["normal"] == {
        "name": "normal", "title": "Surface normals", "group": "3D", "roles": ["source", "target"],
        "output": "Dense(channels=3)", "loss": "l1", "metric": "mean absolute error of the unit normal",
        "transform": None, "grouping": "single", "images": 1, "channels": ["normal"], "importance": 1.0,
        "label_cost": 1.0, "published": "rgb2sfnorm", "data": records["normal"]["data"],
    }  # fmt: skip
    assert {"rooms", "rgbd"} <= set(records["normal"]["data"])
    assert records["rotation"]["published"] is None


def test_own_tasks_are_listed_and_shown(tmp_path: Path) -> None:
    (tmp_path / "mine.py").write_text(MINE)
    names = [record["name"] for record in json.loads(run("list", "--json", "--folder", str(tmp_path)))]
    assert "mine" in names
    shown = json.loads(run("show", "mine", "--json", "--folder", str(tmp_path)))
    assert (shown["label_cost"], shown["published"]) == (2.5, None)


def test_show_says_what_a_task_is_made_of() -> None:
    shown = dict(line.split(maxsplit=1) for line in run("show", "jigsaw").splitlines())
    assert shown["transform"] == "Jigsaw(tiles=3, count=100)"
    assert shown["channels"] == "-"


def test_unknown_tasks_are_refused() -> None:
    with pytest.raises(TaskError, match="did you mean normal"):
        run("show", "normals")
