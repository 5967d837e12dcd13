"""`taskaffinity data check` on the command line."""

import json
from pathlib import Path

import pytest
from support import taskonomy_tree as tree

from taskaffinity.cli.main import main


def test_the_layout_is_found_out(frames: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["data", "check", str(frames), "--json"]) == 0
    record = json.loads(capsys.readouterr().out)
    assert record["layout"] == "rgbd"
    assert record["faults"] == []
    assert record["tasks"]["normal"] == record["images"]


def test_it_says_what_is_broken(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    root = tree.write(tmp_path / "root", domains=("rgb", "normal"))
    file = tree.file_of(root, "normal", "ayer", 0, 1)
    file.write_bytes(file.read_bytes()[:-5])
    assert main(["data", "check", str(root)]) == 0
    said = capsys.readouterr().out
    assert "6 images can be used in 2 scenes" in said
    assert "normal/ayer/point_0_view_1_domain_normal.png: is cut short" in said
    assert "normal (5)" in said


@pytest.mark.parametrize(
    "layout", [[], ["--layout", "taskonomy"], ["--layout", "rgbd"], ["--layout", "images"]]
)
def test_an_empty_or_missing_folder_is_one_line_and_status_2(
    tmp_path: Path, layout: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    for folder in (tmp_path, tmp_path / "nowhere"):
        assert main(["data", "check", str(folder), *layout]) == 2
        said = capsys.readouterr().err.strip()
        assert said.startswith("error: ")
        assert "\n" not in said
