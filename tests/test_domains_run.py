"""A run over three domains from the command line, and what is made of it."""

import csv
import json
from pathlib import Path

import pandas as pd
import pytest
import yaml
from support import program, two_domains

from taskaffinity import open as open_run

pytestmark = pytest.mark.xdist_group("run over domains")

ADAPTATION = {
    "methods": ["source_only", "coral", "dann"], "pairs": [["night", "day"]], "offered": False,
    "leave_one_out": ["erm"],
}  # fmt: skip


@pytest.fixture(scope="module")
def config(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("domains")
    root = two_domains.write(folder / "root", ("night", "day", "noon"))
    file = folder / "domains.yaml"
    file.write_text(yaml.safe_dump(two_domains.content(root) | {"adaptation": ADAPTATION}))
    return file


@pytest.fixture(scope="module")
def run(config: Path) -> Path:
    program.run("run", config, "--out", config.parent / "run", check=True)
    return config.parent / "run"


def rows(run: Path, name: str) -> list[dict[str, str]]:
    with (run / name).open() as file:
        return list(csv.DictReader(file))


def test_every_method_and_train_on_target_are_in_the_table(run: Path) -> None:
    found = rows(run, "domains.csv")
    assert [row["method"] for row in found] == ["source_only", "coral", "dann", "train_on_target"]
    assert {(row["task"], row["source_domain"], row["target_domain"]) for row in found} == {
        ("object_class", "night", "day")
    }
    for row in found:
        assert row["metric"] == "accuracy"
        assert 0 <= float(row["low"]) <= float(row["value"]) <= float(row["high"]) <= 1


def test_a_domain_left_out_is_chosen_for_in_three_ways(run: Path) -> None:
    found = rows(run, "generalisation.csv")
    assert len(found) == 3 * 3
    assert {row["target_domain"] for row in found} == {"night", "day", "noon"}


def test_adapted_networks_compete_for_their_target(run: Path) -> None:
    losses = pd.read_parquet(run / "losses.parquet")
    sets = set(losses.loc[losses["target"] == "object_class@day", "sources"])
    assert {
        "self",
        "object_class@night",
        "dann-object_class-night-day",
        "coral-object_class-night-day",
    } <= sets


def test_a_plan_buys_labels_in_a_domain(run: Path) -> None:
    novel = ["--novel", "object_class@day", "--json"]
    plan = json.loads(program.run("solve", run, "--budget", "1", *novel, check=True).stdout)
    assert set(plan["labels"]) <= {"object_class@night", "object_class@noon"}
    assert {one["target"] for one in plan["transfers"]} == {
        "object_class@night", "object_class@day", "object_class@noon"
    }  # fmt: skip


def test_the_command_prints_the_table(run: Path) -> None:
    printed = json.loads(program.run("domains", run, "--json", check=True).stdout)
    assert [one["method"] for one in printed] == [row["method"] for row in rows(run, "domains.csv")]
    assert "share of gap" in program.run("domains", run, check=True).stdout


def test_the_report_has_the_table_and_the_figure(run: Path) -> None:
    page = (run / "report.html").read_text()
    assert 'id="domains"' in page
    assert "night to day" in page
    assert "leave-one-domain-out" in page
    assert (run / "figures" / "domains.png").is_file()
    assert open_run(run).plot.domains().axes


def test_a_second_run_changes_nothing_and_another_configuration_removes_the_tables(
    run: Path, config: Path
) -> None:
    before = {name: (run / name).read_bytes() for name in ("domains.csv", "losses.parquet")}
    program.run("run", config, "--out", run, check=True)
    assert before == {name: (run / name).read_bytes() for name in before}
    program.run("run", config, "--out", run, "--set", "adaptation.methods=[]",
                "--set", "adaptation.leave_one_out=[]", check=True)  # fmt: skip
    assert not (run / "domains.csv").exists()
    assert not (run / "generalisation.csv").exists()
    assert 'id="domains"' not in (run / "report.html").read_text()


@pytest.mark.parametrize(
    ("override", "said"),
    [
        ("tasks.names=[depth_zbuffer]", "no domain carries"),
        ("tasks.names=[object_class@dusk]", "no domain 'dusk'"),
        ("adaptation.pairs=[[night, dusk]]", "must be two domains"),
        ("tasks.names=[object_class@day]", "no task in common"),
    ],
)
def test_bad_input_is_one_line_and_status_2(config: Path, tmp_path: Path, override: str, said: str) -> None:
    done = program.run("run", config, "--out", tmp_path / "run", "--set", override)
    assert done.returncode == 2
    assert said in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1
