"""Data sets and tasks that cannot be used: one line each, and status 2."""

from pathlib import Path

import pytest

from taskaffinity.cli.main import main

MINE = '''"""Mine."""

from taskaffinity.tasks import Dense, Task

task = Task(name="mine", title="Mine", group="2D", target="rgb", output=Dense(3), loss="l1")
'''


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("import nothing_of_the_kind\n", "ModuleNotFoundError"),
        ("x = 1\n", "binds no `task = Task(...)`"),
        (MINE.replace('"mine"', '"other"'), "the file must be other.py"),
        (MINE.replace('name="mine"', 'name="self"'), "its name is reserved"),
        ("def broken(:\n", "SyntaxError"),
    ],
)
def test_a_task_file_that_cannot_be_used_is_one_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], content: str, said: str
):
    (tmp_path / "mine.py").write_text(content)
    assert main(["tasks", "list", "--folder", str(tmp_path)]) == 2
    lines = capsys.readouterr().err.splitlines()
    assert len(lines) == 1
    assert said in lines[0]


def test_an_unknown_task_is_told_the_nearest(capsys: pytest.CaptureFixture[str]):
    assert main(["tasks", "show", "nrmal"]) == 2
    assert "unknown task 'nrmal' (did you mean normal?)" in capsys.readouterr().err


@pytest.mark.parametrize("layout", ["rgbd", "images"])
@pytest.mark.parametrize("there", [False, True])
def test_a_folder_without_anything_is_one_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], layout: str, there: bool
):
    folder = tmp_path / "folder"
    if there:
        folder.mkdir()
    assert main(["data", "check", str(folder), "--layout", layout]) == 2
    lines = capsys.readouterr().err.splitlines()
    assert len(lines) == 1
    assert str(folder) in lines[0]
