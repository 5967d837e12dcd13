"""``taskaffinity examples``."""

import json
from pathlib import Path

import pytest

from taskaffinity.cli.main import main
from taskaffinity.config import load

ROOT = Path(__file__).parents[2]


def test_lists_every_config_with_what_it_is_for(capsys: pytest.CaptureFixture[str]):
    assert main(["examples", "--json"]) == 0
    listed = json.loads(capsys.readouterr().out)
    assert {one["name"] for one in listed} == {file.stem for file in (ROOT / "examples").glob("*.yaml")}
    assert all(one["text"].endswith((".", "?")) for one in listed)


def test_copies_are_the_same_and_can_be_loaded(tmp_path: Path):
    folder = tmp_path / "new" / "examples"
    assert main(["examples", str(folder)]) == 0
    originals = [*(ROOT / "examples").glob("*.yaml"), *(ROOT / "examples").glob("*.py")]
    assert {file.name: file.read_bytes() for file in folder.iterdir()} == {
        file.name: file.read_bytes() for file in originals
    }
    for file in folder.glob("*.yaml"):
        load(file)
    assert main(["examples", str(folder)]) == 0


def test_a_file_of_the_users_is_not_overwritten(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    (tmp_path / "tiny.yaml").write_text("mine")
    assert main(["examples", str(tmp_path)]) == 2
    assert "is there already" in capsys.readouterr().err
    assert [file.name for file in tmp_path.iterdir()] == ["tiny.yaml"]
    assert (tmp_path / "tiny.yaml").read_text() == "mine"
