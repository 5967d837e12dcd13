"""The smallest tables through every command: a result, or one clear line and status 2, never a traceback."""

from itertools import product
from pathlib import Path

import pandas as pd
import pytest

from taskaffinity.cli.main import main

SETS = {  # sources measured on every target
    "own alone": ["self"],
    "one source": ["a"],
    "own and one": ["self", "a"],
    "own and two": ["self", "a", "b"],
    "two": ["a", "b"],
    "random alone": ["random"],
    "references": ["self", "scratch", "random", "constant"],
    "everything": ["self", "scratch", "random", "constant", "a", "b", "a+b"],
}
TARGETS = (["a"], ["a", "b"], ["t"])
COMMANDS = (
    ["affinity", "losses.csv"],
    ["affinity", "losses.csv", "--json", "--normaliser", "bradley-terry"],
    ["solve", "affinities.csv", "--budget", "1"],
    ["solve", "affinities.csv", "--budget", "2", "--json"],
    ["curve", "affinities.csv", "--random", "5"],
    ["tree", "affinities.csv", "--clusters", "1"],
    ["compare", "affinities.csv", "affinities.csv"],
    ["report", "affinities.csv"],
)


DRAWN = ("own alone", "one source", "everything")  # pages take seconds each


def losses(targets: list[str], sources: list[str], images: int, ties: bool) -> pd.DataFrame:
    rows = [
        (target, source, f"i{image}", 0.5 if ties else 0.1 * (1 + place) + 0.01 * image)
        for target in targets
        for place, source in enumerate(sources)
        for image in range(images)
    ]
    return pd.DataFrame(rows, columns=["target", "sources", "image", "loss"])


@pytest.mark.parametrize("sources", SETS)
@pytest.mark.parametrize("targets", TARGETS, ids="+".join)
@pytest.mark.parametrize(("images", "ties"), [(1, False), (2, True)])
def test_small_losses_have_affinities(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str],
    sources: str, targets: list[str], images: int, ties: bool,
) -> None:  # fmt: skip
    monkeypatch.chdir(tmp_path)
    losses(targets, SETS[sources], images, ties).to_csv("losses.csv", index=False)
    for command in (["affinity", "losses.csv", "--out", "affinities.csv"], *COMMANDS[:2]):
        clean(command, capsys)


@pytest.mark.parametrize(
    ("command", "sources"),
    [
        pytest.param(command, sources, id=f"{'-'.join(command)}-{sources}")
        for command, sources in product(COMMANDS[2:], SETS)
        if command[0] != "report" or sources in DRAWN
    ],
)
def test_small_tables_go_through_every_command(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str],
    command: list[str], sources: str,
) -> None:  # fmt: skip
    monkeypatch.chdir(tmp_path)
    tables = [(TARGETS[1], False)] if command[0] == "report" else product(TARGETS, (False, True))
    for targets, ties in tables:
        table = losses(targets, SETS[sources], 1, ties).rename(columns={"loss": "affinity"})
        table.drop(columns="image").to_csv("affinities.csv", index=False)
        clean(command, capsys)


def clean(command: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    """Run a command: done, or one line that says what is wrong with the table."""
    status = main(command)
    said = capsys.readouterr().err.strip()
    assert status in (0, 2), f"{command}: status {status}, {said}"
    errors = [line for line in said.splitlines() if line.startswith("error: ")]
    assert len(errors) == (status == 2)
    assert "Traceback" not in said
