"""The commands from affinities to taxonomies: what they print, and how they refuse."""

import json
from pathlib import Path
from typing import Any

import pytest
from support.affinities import published, random_table, rates

from taskaffinity.analysis.plan import PlanOptions, PlanTables, solve
from taskaffinity.cli.main import main


@pytest.fixture
def gain(tmp_path: Path) -> Path:
    path = tmp_path / "gain.csv"
    rates(random_table(7, share=2), "gain", 1).to_csv(path, index=False)
    return path


def printed(capsys: pytest.CaptureFixture[str], *words: object) -> str:
    assert main([str(word) for word in words]) == 0
    return capsys.readouterr().out


def read_json(capsys: pytest.CaptureFixture[str], *words: object) -> Any:
    return json.loads(printed(capsys, *words, "--json"))


def test_solve_prints_the_record(capsys: pytest.CaptureFixture[str], table: Path, gain: Path) -> None:
    record = read_json(capsys, "solve", table, "--budget", 2, "--gain", gain, "--order", 2)
    known = random_table(7, share=2)
    expected = solve(PlanTables(known, rates(known, "gain", 1)), PlanOptions(budget=2, order=2))
    assert record["sources"] == list(expected.sources)
    assert record["objective"] == pytest.approx(expected.objective)
    assert record["mean_gain"] == pytest.approx(expected.mean_gain)


def test_solve_says_it_to_people(capsys: pytest.CaptureFixture[str], table: Path) -> None:
    text = printed(capsys, "solve", table, "--budget", 2)
    assert "proven optimal" in text
    assert all(f"\nt{i} " in text for i in range(5))


def test_options_reach_the_program(capsys: pytest.CaptureFixture[str], table: Path, tmp_path: Path) -> None:
    (tmp_path / "importance.csv").write_text("target,importance\nt0,10\n")
    (tmp_path / "cost.json").write_text('{"t0": 0.5}')
    record = read_json(
        capsys, "solve", table, "--budget", 3, "--importance", tmp_path / "importance.csv", "--label-cost",
        tmp_path / "cost.json", "--exclude", "t1", "--exclude", "s1", "--require", "t0", "--novel", "t2",
        "--objective", "sqrt", "--solver", "cbc", "--time-limit", 20,
    )  # fmt: skip
    assert "t0" in record["sources"]
    assert not {"t1", "t2", "s1"} & set(record["sources"])
    assert record["cost"] == len(record["sources"]) - 0.5
    assert record["objective_kind"] == "sqrt"


def test_both_budgets_with_a_table_of_sources(
    capsys: pytest.CaptureFixture[str], table: Path, tmp_path: Path
) -> None:
    lines = ["source,labels,encoder_operations", "s0,t0:0.1,2", "s1,,3", *(f"t{i},t{i},1" for i in range(5))]
    (tmp_path / "other.csv").write_text("\n".join(lines))
    words = ("solve", table, "--budget", 1.1, "--compute", "5", "--sources", tmp_path / "other.csv")
    record = read_json(capsys, *words)
    operations = {"s0": 2, "s1": 3} | {f"t{i}": 1 for i in range(5)}
    assert (
        record["compute_used"]
        == sum(operations[name] for name in record["sources"])
        <= record["compute"]
        == 5
    )
    assert record["cost"] == pytest.approx(sum(record["labels"].values()))
    assert record["cost"] <= 1.1
    assert set(record["labels"]) <= {f"t{i}" for i in range(5)}
    assert "compute" in printed(capsys, *words)
    (tmp_path / "sources.csv").write_text("\n".join(lines))  # is found where it lies beside
    assert read_json(capsys, *words[:-2]) == record
    curve = read_json(capsys, "curve", table, "--compute", "3,50%", "--random", 0)
    assert [(r["budget"], r["compute"]) for r in curve] == [(None, 3), (None, 5)]
    printed(capsys, "curve", table, "--compute", "3,50%", "--random", 0)


def test_explain_prints_a_small_program_and_refuses_a_large_one(
    capsys: pytest.CaptureFixture[str], table: Path
) -> None:
    assert "maximise c·x subject to A x ≤ b" in printed(
        capsys, "solve", table, "--budget", 2, "--order", 1, "--explain"
    )
    assert main(["solve", str(table), "--budget", "2", "--explain"]) == 2
    assert "at most 60" in capsys.readouterr().err


def test_curve_has_a_record_per_order_and_budget(
    capsys: pytest.CaptureFixture[str], table: Path, gain: Path
) -> None:
    words = ("curve", table, "--budgets", "1:3", "--order", 1, "--order", 2, "--random", 20, "--gain", gain)
    records = read_json(capsys, *words)
    assert [(r["order"], r["budget"]) for r in records] == [(o, b) for o in (1, 2) for b in (1, 2, 3)]
    assert records == read_json(capsys, *words)
    assert printed(capsys, *words).count("\n") == 7
    assert len(read_json(capsys, "curve", table, "--random", 0)) == 7
    assert [r["budget"] for r in read_json(capsys, "curve", table, "--budgets", "1,2.5", "--random", 0)] == [
        1,
        2.5,
    ]


def test_tree(capsys: pytest.CaptureFixture[str], table: Path) -> None:
    record = read_json(capsys, "tree", table, "--clusters", 3)
    assert len(record["clusters"]) == 3
    assert record["newick"].endswith(";")
    assert "t0" in printed(capsys, "tree", table, "--clusters", 3)


def test_compare(capsys: pytest.CaptureFixture[str], table: Path) -> None:
    record = read_json(capsys, "compare", table, table)
    assert record["mean"] == pytest.approx(1.0)
    assert set(record["targets"]) == {f"t{i}" for i in range(5)}
    assert "mean" in printed(capsys, "compare", table, table)


def test_win_rates_beside_published_affinities_are_pointed_out(capsys: pytest.CaptureFixture[str]) -> None:
    file = published("all_affinities.pkl")
    assert main(["solve", str(file), "--budget", "3", "--order", "1"]) == 0
    said = capsys.readouterr().err
    assert f"--gain {file.with_name('wins_vs_pixels.pkl')}" in said
    assert main(["solve", str(file), "--budget", "3", "--json"]) == 0
    assert capsys.readouterr().err == ""


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["solve", "{}", "--budget", "0"], "budget 0 is too small"),
        (["solve", "{}", "--budget", "-2", "--explain"], "budget is -2"),
        (["solve", "{}"], "--budget"),
        (["solve", "{}", "--compute", "much"], "compute 'much' is not an amount"),
        (["solve", "{}", "--compute", "120%"], "compute 120% is not within"),
        (["solve", "{}", "--compute", "3"], "--compute-cost"),
        (["solve", "{}", "--budget", "2", "--sources", "none.csv"], "none.csv is not a readable table"),
        (["solve", "{}", "--budget", "2", "--transfer-size", "5"], "name no transfer sizes"),
        (["solve", "{}", "--budget", "2", "--exclude", "nobody"], "unknown source to exclude 'nobody'"),
        (["solve", "{}", "--budget", "2", "--require", "nobody"], "unknown required source"),
        (["solve", "{}", "--budget", "2", "--novel", "nobody"], "unknown novel target"),
        (["solve", "{}", "--budget", "2", "--order", "0"], "order 0 is below 1"),
        (["solve", "{}", "--budget", "2", "--objective", "best"], "objective 'best' is unknown"),
        (["solve", "{}", "--budget", "2", "--objective", "gain"], "give one with --gain"),
        (["solve", "{}", "--budget", "2", "--solver", "simplex"], "solver 'simplex' is unknown"),
        (["solve", "{}", "--budget", "2", "--time-limit", "-1"], "time limit -1"),
        (["solve", "{}", "--budget", "2", "--importance", "none.csv"], "none.csv is not a file"),
        (["solve", "none.csv", "--budget", "2"], "none.csv is not a file"),
        (["solve", ".", "--budget", "2"], "not a run folder"),
        (["curve", "{}", "--budgets", "0:3"], "budget 0 is too small"),
        (["curve", "{}", "--compute", "1,much"], "compute 'much' is not an amount"),
        (["curve", "{}", "--budgets", "few"], "neither FIRST:LAST"),
        (["curve", "{}", "--budgets", "3:1"], "neither FIRST:LAST"),
        (["curve", "{}", "--budgets", "nan"], "budget is nan"),
        (["curve", "{}", "--random", "-1"], "cannot be drawn"),
        (["tree", "{}", "--clusters", "99"], "99 clusters cannot be cut"),
        (["tree", "none.pkl"], "none.pkl"),
        (["compare", "{}", "none.csv"], "none.csv is not a file"),
        (["compare", "{}"], "B"),
    ],
)
def test_bad_input_is_one_line_and_status_two(
    words: list[str], message: str, capsys: pytest.CaptureFixture[str], table: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    monkeypatch.chdir(table.parent)
    assert main([word.format(table) for word in words]) == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.startswith("error: ")
    assert said.err.count("\n") == 1
    assert message in said.err


def test_importance_of_an_unknown_target(
    capsys: pytest.CaptureFixture[str], table: Path, tmp_path: Path
) -> None:
    (tmp_path / "w.json").write_text('{"nobody": 1}')
    for option in ("--importance", "--label-cost"):
        assert main(["solve", str(table), "--budget", "2", option, str(tmp_path / "w.json")]) == 2
        assert "'nobody'" in capsys.readouterr().err


def test_solve_takes_at_most_so_many_encoders(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, table: Path
) -> None:
    known = random_table(7, share=2)
    names = sorted(set(known["target"]) | {n for s in known["sources"] for n in s.split("+")} - {"self"})
    rows = [f"{name},{100 * place}" for place, name in enumerate(names, start=1)]
    (tmp_path / "sources.csv").write_text("\n".join(["source,encoder_operations", *rows]))
    record = read_json(capsys, "solve", table, "--encoders", 2)
    assert len(record["sources"]) <= 2
    assert record["budget"] is None
    within = read_json(capsys, "solve", table, "--encoders", 2, "--compute", 500)
    assert within["compute_used"] <= 500
    assert within["objective"] <= record["objective"]
    assert main(["solve", str(table), "--encoders", "2", "--budget", "1"]) == 2
