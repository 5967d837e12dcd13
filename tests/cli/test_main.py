"""What holds for every command: help, errors in one line, exit status."""

import re
import subprocess
import sys
from pathlib import Path

import pytest
from support import program
from typer.main import get_command

from taskaffinity import __version__
from taskaffinity.cli import status
from taskaffinity.cli.main import app, main

HEAVY = (
    "torch",
    "torchvision",
    "pandas",
    "scipy",
    "matplotlib",
    "networkx",
    "pulp",
    "cv2",
    "skimage",
    "rich.progress",
)


def commands() -> list[tuple[str, ...]]:
    """Every command by its words."""
    found = []
    for name, command in get_command(app).commands.items():  # type: ignore[attr-defined]
        below = getattr(command, "commands", None)
        found += [(name, inner) for inner in below] if below else [(name,)]
    return found


def test_the_commands_are_those_of_the_design():
    assert {" ".join(words) for words in commands()} >= {
        "run", "status", "affinity", "solve", "curve", "tree", "compare", "report",
        "tasks list", "tasks show", "data check",
    }  # fmt: skip


@pytest.mark.parametrize("words", commands(), ids=" ".join)
def test_every_command_has_help_with_an_example(words: tuple[str, ...], capsys: pytest.CaptureFixture[str]):
    assert main([*words, "--help"]) == 0
    said = capsys.readouterr().out
    assert f"Usage: taskaffinity {' '.join(words)}" in said
    example = re.search(r"^ +Examples?:\n((?: +taskaffinity .+\n)+)", said, re.MULTILINE)
    assert example, "no example"
    assert f" taskaffinity {' '.join(words)}" in example[1]


def test_the_programs_help_names_every_command(capsys: pytest.CaptureFixture[str]):
    assert main(["--help"]) == 0
    said = capsys.readouterr().out
    assert all(f" {words[0]} " in said for words in commands())


@pytest.mark.parametrize("words", [[], ["tasks"], ["data"]])
def test_nothing_to_do_is_answered_with_the_help(words: list[str], capsys: pytest.CaptureFixture[str]):
    assert main(words) == 2
    said = capsys.readouterr()
    assert said.err.startswith("Usage: taskaffinity")
    assert len(said.err.splitlines()) > 5


def test_version(capsys: pytest.CaptureFixture[str]):
    assert main(["--version"]) == 0
    assert capsys.readouterr().out == f"taskaffinity {__version__}\n"


def test_help_loads_nothing_heavy():
    code = f"""
import sys
from taskaffinity.cli.main import main
for words in {[[], *map(list, commands())]!r}:
    main([*words, "--help"])
print([name for name in {HEAVY!r} if name in sys.modules], file=sys.stderr)
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stderr == "[]\n"


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["rnu"], "rnu"),
        (["status"], "Missing argument"),
        (["run", "--nothing"], "--nothing"),
        (["solve", "x.csv", "--budget", "many"], "--budget"),
        (["data", "check", ".", "--layout", "nothing"], "nothing"),
    ],
)
def test_wrong_words_are_one_line_and_status_2(
    words: list[str], said: str, capsys: pytest.CaptureFixture[str]
):
    assert main(words) == 2
    lines = capsys.readouterr().err.splitlines()
    assert len(lines) == 1
    assert lines[0].startswith("error: ")
    assert said in lines[0]


class TestUnexpectedErrors:
    @pytest.fixture(
        params=[ZeroDivisionError("a\nb"), OSError(28, "No space left on device", "/x/y")], ids=repr
    )
    def trouble(self, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Exception:
        def fails(*arguments: object) -> None:
            raise request.param

        monkeypatch.setattr("taskaffinity.runs.folder.RunFolder.require", fails)
        return request.param

    def test_are_one_line_and_status_1(self, trouble: Exception, capsys: pytest.CaptureFixture[str]):
        assert main(["status", "x"]) == 1
        said = capsys.readouterr().err
        assert said in (
            "error: ZeroDivisionError: a b (--debug shows where)\n",
            "error: /x/y: No space left on device\n",
        )

    @pytest.mark.parametrize("words", [["--debug", "status", "x"], ["status", "x", "--debug"]])
    def test_show_where_on_request(
        self, trouble: Exception, words: list[str], capsys: pytest.CaptureFixture[str]
    ):
        assert main(words) == 1
        said = capsys.readouterr().err
        assert said.startswith("Traceback (most recent call last):")
        assert "in fails" in said
        assert said.splitlines()[-1].startswith("error: ")


def test_an_interrupt_is_said_and_has_its_own_status(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    def interrupted(*arguments: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("taskaffinity.runs.folder.RunFolder.require", interrupted)
    assert main(["status", "x"]) == 130
    assert capsys.readouterr().err.strip() == "error: interrupted; run the same command again to go on"


def test_a_reader_that_goes_away_is_no_traceback():
    with program.started("tasks", "list", "--json") as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.close()
        assert process.stderr.read() == ""
        assert process.wait() in (0, 1)


def test_the_program_and_the_module_are_the_same(tmp_path: Path):
    done = program.run("status", tmp_path)
    assert done.returncode == 2
    assert "is not a run folder" in program.error_line(done)
    assert callable(status.command)
