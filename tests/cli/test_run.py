"""`taskaffinity run`: what it refuses, and what it prints."""

import os
import pty
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from support import program, tiny

from taskaffinity.cli.main import main

pytestmark = pytest.mark.xdist_group("finished run")


@pytest.fixture
def config(frames: Path, tmp_path: Path) -> Path:
    return tiny.write(tmp_path / "tiny.yaml", frames)


def refused(capsys: pytest.CaptureFixture[str], *words: object) -> str:
    """The one line in which a command is refused, without making anything."""
    assert main([str(word) for word in words]) == 2
    said = capsys.readouterr()
    assert said.out == ""
    lines = said.err.splitlines()
    assert len(lines) == 1, said.err
    assert lines[0].startswith("error: ")
    return lines[0].removeprefix("error: ")


class TestBadInput:
    @pytest.fixture(autouse=True)
    def _leaves_nothing(self, tmp_path: Path):
        yield
        assert not (tmp_path / "out").exists()

    @pytest.mark.parametrize(
        ("setting", "said"),
        [
            ("tasks.names=[nrmal]", "unknown task 'nrmal' (did you mean normal?)"),
            ("tasks.exclude=[nothing]", "unknown task 'nothing'"),
            ("tasks.folders=[not/here]", "task folder not/here does not exist"),
            ("tasks.names=[scene_class]", "task 'scene_class' needs scene_class"),
            ("tasks.names=[]", "at least one source and one target"),
            ("tasks.names=[denoising]", "denoising is the only source and the only target"),
            (
                "sources.declared={mine: {kind: nothing}}",
                "sources.declared.mine.kind: unknown kind of source",
            ),
            ("sources.folders=[not/here]", "sources.folders: folder not/here does not exist"),
            ("executor.device=cuda:99", "executor.device: cuda:99 is not there"),
            ("sede=1", "sede: unknown key; did you mean seed?"),
            ("source.updates=many", "source.updates: must be a whole number, got 'many'"),
            ("taxonomy.budgets=[0]", "taxonomy.budgets.0: must be greater than or equal to 1, got 0"),
            ("data.path=not/here", "data.path: there is no folder not/here"),
            ("seed", "--set takes KEY=VALUE"),
        ],
    )
    def test_in_a_setting(
        self, config: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], setting: str, said: str
    ):
        assert said in refused(capsys, "run", config, "--out", tmp_path / "out", "--set", setting)

    def test_a_config_that_is_not_there(self, tmp_path: Path, capsys: pytest.CaptureFixture[str]):
        said = refused(capsys, "run", tmp_path / "none.yaml", "--out", tmp_path / "out")
        assert "none.yaml: no such file" in said

    @pytest.mark.parametrize(
        ("kind", "said"), [("rgbd", "has no frames; looked for frame-N.color"), ("images", "has no images")]
    )
    def test_an_empty_folder(
        self, config: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], kind: str, said: str
    ):
        (tmp_path / "empty").mkdir()
        config.write_text(f"data: {{kind: {kind}, path: {tmp_path / 'empty'}}}\n")
        assert said in refused(capsys, "run", config, "--out", tmp_path / "out")

    def test_an_executor_that_is_not_known(
        self, config: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ):
        said = refused(capsys, "run", config, "--out", tmp_path / "out", "--executor", "slurm")
        assert "executor.kind: must be 'local' or 'ray', got 'slurm'" in said


def test_a_place_that_is_a_file_is_refused(config: Path, capsys: pytest.CaptureFixture[str]):
    assert "choose another folder with --out" in refused(capsys, "run", config, "--out", config)


def test_a_dry_run_prints_the_plan_and_makes_no_run(
    config: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    assert main(["run", str(config), "--out", str(tmp_path / "out"), "--dry-run"]) == 0
    rows = dict(line.split(maxsplit=1) for line in capsys.readouterr().out.splitlines()[:7])
    assert rows["source"].split() == ["0", "3"]
    assert rows["transfer"].split() == ["0", "8"]
    assert not (tmp_path / "out").exists()


def test_a_run_that_is_done_says_where_everything_is(config: Path, finished: Path, tmp_path: Path):
    """A log gets whole lines without colours or bars, even where colours are forced."""
    shutil.copytree(finished, tmp_path / "out")
    done = program.run("run", config, "--out", tmp_path / "out", FORCE_COLOR="1", COLUMNS="40")
    assert done.returncode == 0
    report = tmp_path / "out" / "report.html"
    assert f"report   {report}\n" in done.stdout
    assert report.is_file()
    assert "budget" in done.stdout
    assert "\r" not in done.stderr
    assert "\x1b[?25l" not in done.stderr  # no bar hides the cursor
    assert "measuring" not in done.stderr  # nothing was left to do


def test_bars_on_a_terminal_have_no_colours_where_none_are_wanted(
    config: Path, finished: Path, tmp_path: Path
):
    shutil.copytree(finished, tmp_path / "out")
    driver, terminal = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-m", "taskaffinity", "run", str(config), "--out", str(tmp_path / "out")],
        stdout=subprocess.DEVNULL, stderr=terminal, env={**os.environ, "NO_COLOR": "1", "TERM": "xterm"},
    )  # fmt: skip
    os.close(terminal)
    said = b""
    try:
        while part := os.read(driver, 4096):
            said += part
    except OSError:
        pass  # the terminal's other end is closed
    os.close(driver)
    assert process.wait() == 0
    assert b"drawing figures" in said
    assert not re.search(rb"\x1b\[[0-9;]*3[0-7]m", said)
