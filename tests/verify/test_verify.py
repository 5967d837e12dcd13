"""Published numbers, computed again."""

import json
from itertools import combinations
from pathlib import Path

import numpy as np
import pytest

from taskaffinity.cli.main import main
from taskaffinity.errors import InputError
from taskaffinity.verify import verify
from taskaffinity.verify.files import Files
from taskaffinity.verify.mtgnet import highest_gain
from taskaffinity.verify.number import compared
from taskaffinity.verify.search import best_together, cheapest_covers
from taskaffinity.verify.task_grouping import predicted_from_pairs, read_networks


def networks(seed: int, tasks: int = 4) -> tuple[np.ndarray, np.ndarray]:
    """Halves of one task each, and a network for every set of tasks."""
    rng = np.random.default_rng(seed)
    sets = [s for size in range(1, tasks + 1) for s in combinations(range(tasks), size)]
    rows = [np.where(np.isin(range(tasks), s), rng.random(tasks), np.nan) for s in sets]
    halves = np.where(np.eye(tasks, dtype=bool), rng.random(tasks), np.nan)
    return np.concatenate([halves, rows]), np.r_[np.full(tasks, 0.5), np.ones(len(sets))]


@pytest.mark.parametrize("seed", range(10))
@pytest.mark.parametrize("budget", [1.0, 2.0, 2.5, 3.0])
def test_the_search_is_as_good_as_trying_everything(seed: int, budget: float) -> None:
    losses, costs = networks(seed)
    (serving,) = cheapest_covers(losses, costs, [budget])
    found = losses[serving, np.arange(4)].sum()
    assert costs[np.unique(serving)].sum() <= budget
    best = min(
        np.nan_to_num(losses[list(chosen)], nan=np.inf).min(axis=0).sum()
        for size in range(1, 6)
        for chosen in combinations(range(len(losses)), size)
        if costs[list(chosen)].sum() <= budget
    )
    assert found == pytest.approx(best)


def test_what_no_budget_pays_is_said() -> None:
    with pytest.raises(ValueError, match="serve every task"):
        cheapest_covers(np.array([[1.0, np.nan], [np.nan, 1.0]]), np.ones(2), [1.0])


def test_losses_of_three_are_the_mean_over_pairs() -> None:
    nan = np.nan
    losses = np.array([[1, 2, nan], [3, nan, 4], [nan, 5, 6], [9, 9, 9]], float)
    np.testing.assert_array_equal(predicted_from_pairs(losses)[3], [2.0, 3.5, 5.0])
    np.testing.assert_array_equal(predicted_from_pairs(losses)[:3], losses[:3])


def test_more_groups_never_gain_less() -> None:
    members = np.array([s for s in np.ndindex(2, 2, 2) if any(s)], bool)
    gains = np.random.default_rng(0).normal(size=members.shape)
    reached = [highest_gain(members, gains, count) for count in (1, 2, 3)]
    assert reached == sorted(reached)
    assert reached[0] == pytest.approx(gains[-1].mean())  # one group must hold every task


def test_the_best_rows_together() -> None:
    values = np.array([[1.0, 0.0], [0.0, 1.0], [0.6, 0.6]])
    assert best_together(values, 1) == ((2,), pytest.approx(0.6))
    assert best_together(values, 2) == ((0, 1), pytest.approx(1.0))


@pytest.mark.parametrize(
    ("printed", "computed", "match"),
    [("0.503", 0.5025, True), ("0.503", 0.5036, False), ("71", 71.0, True), ("-.0127", -0.01265, True)],
)
def test_numbers_match_to_the_printed_digits(printed: str, computed: float, match: bool) -> None:
    assert compared("a", "b", printed, computed).match is match
    assert compared("a", "b", printed, computed, "known").status == ("match" if match else "erratum")


def test_an_empty_folder_holds_nothing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["verify", str(tmp_path)]) == 2
    assert "github.com/tstandley/taskgrouping" in capsys.readouterr().err
    with pytest.raises(InputError, match="not a folder"):
        verify(tmp_path / "none")


def write_mtgnet(folder: Path, gain: float = 0.0) -> None:
    folder.mkdir(parents=True)
    members = [[int(bit) for bit in f"{number:07b}"] for number in range(1, 128)]
    for name in ("ETTm1_y.csv", "ETTm1_val_y.csv"):
        (folder / name).write_text("\n".join(" ".join([str(gain)] * 7) for _ in members))
    (folder / "ETTm1_x.csv").write_text("\n".join(" ".join(map(str, row)) for row in members))


def test_a_file_that_says_otherwise_is_a_mismatch(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write_mtgnet(tmp_path / "deep" / "down", gain=0.5)
    assert main(["verify", str(tmp_path), "--json"]) == 1
    numbers = json.loads(capsys.readouterr().out)["numbers"]
    assert set(numbers[0]) == {"source", "what", "published", "computed", "match", "note"}
    wrong = [number for number in numbers if number["match"] is False and not number["note"]]
    assert len(wrong) == 6
    assert all(number["computed"] == 0.5 for number in wrong)
    missing = [number for number in numbers if number["match"] is None]
    assert missing
    assert all(number["note"].startswith("missing: ") for number in missing)


def test_files_of_the_same_name_that_are_something_else_are_passed_over(tmp_path: Path) -> None:
    for name in (
        "results.txt",
        "results_test.txt",
        "results_20.txt",
        "vtab_results.csv",
        "all_affinities.pkl",
    ):
        (tmp_path / name).write_text("nothing of the kind\n")
    (tmp_path / "transfer_auroc.csv").write_text("a,b\n1,2\n")
    (tmp_path / "joint_auroc.csv").write_text("a,b\n1,2\n")
    with pytest.raises(InputError, match="holds no published result file"):
        verify(tmp_path)


def test_links_are_not_followed_round_and_round(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "loop").symlink_to(tmp_path)
    assert Files.below(tmp_path).by_name == {}


def test_short_lines_of_networks_are_read(tmp_path: Path) -> None:
    (tmp_path / "results.txt").write_text("1\t2\t3\t4\t5\n0.5\t\t\t\t\n\t0.5\n\n")
    losses = read_networks(tmp_path / "results.txt")
    assert losses.shape == (7, 5)
    np.testing.assert_array_equal(np.diag(losses[:5]), [1, 2, 3, 4, 5])


def test_every_number_of_the_published_files_comes_back(real_data: Path) -> None:
    numbers = verify(real_data)
    assert [number for number in numbers if number.status == "mismatch"] == []
    known = {(number.source.split()[0], number.published) for number in numbers if number.erratum}
    assert {("task", 0.50273), ("DANN", 4.1), ("DANN", 52.9)} <= known
    assert sum(number.status == "match" for number in numbers) > 90
