"""Kinds `joint` and `semi`: declared in a configuration, and through the whole program."""

import json
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from support import program, tiny

import taskaffinity
from taskaffinity.analysis.plan import faults
from taskaffinity.config import parse
from taskaffinity.errors import ConfigError, InputError
from taskaffinity.pipeline import Prepared
from taskaffinity.sources import Head, LabelShare, Source, sources_of
from taskaffinity.tasks import discover
from taskaffinity.training.experiment import Outline
from taskaffinity.training.workload import Counts, counts_of

TASKS = ["autoencoding", "denoising", "depth_zbuffer", "jigsaw", "random_projection"]
DECLARED: dict[str, dict[str, Any]] = {
    "pair": {"kind": "joint", "among": ["autoencoding", "denoising", "depth_zbuffer"], "sizes": [2, 3]},
    "all": {
        "kind": "joint", "tasks": ["depth_zbuffer", "autoencoding", "denoising"], "interference": 2,
        "budget": "computation",
    },
    "thin": {
        "kind": "joint", "among": ["autoencoding", "denoising", "depth_zbuffer"], "sizes": [1], "width": 4,
    },
    "early": {"kind": "joint", "tasks": ["depth_zbuffer", "autoencoding"], "branch": "layer2"},
    "half": {"kind": "semi", "task": "depth_zbuffer", "share": 0.5},
    "half_alone": {"kind": "semi", "task": "depth_zbuffer", "share": 0.5, "self_supervision": "none"},
}  # fmt: skip

pytestmark = pytest.mark.xdist_group("joint sources")


def declared(prepared: Prepared, **given: dict[str, Any]) -> dict[str, Source]:
    content = tiny.content(Path("wherever"), sources={"declared": given})
    return sources_of(replace(prepared.experiment.outline, config=parse(content)))


def with_task(prepared: Prepared, name: str) -> tuple[Outline, Counts]:
    """Add a task of single images to a prepared run."""
    run, counts, task = prepared.experiment.outline, counts_of(prepared.experiment), discover()[name]
    like = {key: count for key, count in counts.examples.items() if key[0] == "depth_zbuffer"}
    examples = {**counts.examples, **{(name, split): count for (_, split), count in like.items()}}
    assert task.output is not None
    outputs = {**counts.outputs, name: task.output}
    return replace(run, tasks={**run.tasks, name: task}), replace(counts, examples=examples, outputs=outputs)


@pytest.fixture(scope="module")
def config(frames: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("joint") / "joint.yaml"
    return tiny.write(file, frames, tasks={"names": TASKS}, sources={"declared": DECLARED})


@pytest.fixture(scope="module")
def run(config: Path) -> Path:
    program.run("run", config, "--out", config.parent / "run", check=True)
    return config.parent / "run"


def test_a_group_needs_the_labels_of_its_tasks_and_predicts_them(prepared: Prepared):
    tasks = ["depth_zbuffer", "denoising", "jigsaw"]
    sources = declared(prepared, both={"kind": "joint", "tasks": tasks})
    both = sources["both"]
    assert both.labels == tuple(map(LabelShare, tasks))
    assert both.heads == (Head("depth_zbuffer", "both"), Head("denoising", "both"))
    assert both.encoder_operations == sources["depth_zbuffer"].encoder_operations


def test_groups_of_sizes_are_a_source_each(prepared: Prepared):
    sources = declared(
        prepared, g={"kind": "joint", "among": ["depth_zbuffer", "denoising", "jigsaw"], "sizes": [3, 2]}
    )
    assert [name for name, source in sources.items() if source.kind == "joint"] == [
        "g-denoising-jigsaw", "g-depth_zbuffer-denoising", "g-depth_zbuffer-denoising-jigsaw",
        "g-depth_zbuffer-jigsaw",
    ]  # fmt: skip
    assert len({source.identity for source in sources.values()}) == len(sources)


def test_what_changes_a_network_changes_its_identity(prepared: Prepared):
    variants: dict[str, dict[str, Any]] = {
        "plain": {}, "uncertain": {"combine": "uncertainty"}, "longer": {"updates": 7}, "thin": {"width": 4},
        "early": {"branch": "layer3"}, "dear": {"budget": "computation"},
    }  # fmt: skip
    group = {"kind": "joint", "tasks": ["depth_zbuffer", "denoising"]}
    given = {name: {**group, **keys} for name, keys in variants.items()}
    sources = declared(prepared, **given, titled={**group, "title": "Both"})
    assert len({sources[name].identity for name in variants}) == len(variants)
    assert sources["titled"].identity == sources["plain"].identity
    assert len({sources[name].title for name in variants}) == len(variants) - 1  # `updates` is not in a title


def test_a_budget_of_computation_is_that_of_the_single_networks(prepared: Prepared):
    group = {"kind": "joint", "tasks": ["depth_zbuffer", "autoencoding"], "updates": 100}
    run, counts = with_task(prepared, "autoencoding")
    config = parse(tiny.content(Path("wherever"), source={"updates": 100}, sources={"declared": {
        "same": group, "dear": {**group, "budget": "computation"},
    }}))  # fmt: skip
    sources = sources_of(replace(run, config=config))
    same, dear = sources["same"].work(counts), sources["dear"].work(counts)
    singles = [sources[name].work(counts) for name in group["tasks"]]
    assert same.updates == singles[0].updates == 100
    assert 100 < dear.updates < 200

    def of_training(work: Any) -> float:
        return work.operations * work.updates * work.batch * 3 / work.passes

    one_update = of_training(dear) / dear.updates
    assert abs(of_training(dear) - sum(map(of_training, singles))) <= one_update


def test_branching_early_costs_the_rest_of_the_encoder_for_each_task(prepared: Prepared):
    group = {"kind": "joint", "tasks": ["depth_zbuffer", "denoising"]}
    sources = declared(prepared, late=group, early={**group, "branch": "layer1"})
    late, early = (sources[name].encoder_operations for name in ("late", "early"))
    assert late < early < 2 * late


@pytest.mark.parametrize(
    ("keys", "said"),
    [
        ({"kind": "joint", "tasks": ["depth_zbuffer", "normal"]}, "no task 'normal' takes part"),
        ({"kind": "joint", "tasks": ["depth_zbuffer", "denoisin"]}, "did you mean denoising"),
        ({"kind": "joint", "tasks": ["depth_zbuffer"]}, "a group of one is the task's own network"),
        ({"kind": "joint", "among": ["depth_zbuffer", "denoising"], "sizes": [1, 2]}, "group of one"),
        ({"kind": "joint", "among": ["depth_zbuffer", "denoising"], "sizes": [3]}, "no group of 3"),
        ({"kind": "joint", "tasks": ["depth_zbuffer", "depth_zbuffer"]}, "names task 'depth_zbuffer' twice"),
        ({"kind": "joint", "tasks": ["depth_zbuffer", "random_projection"]}, "nothing to learn"),
        ({"kind": "joint"}, "give `tasks`, one group, or `among`"),
        ({"kind": "joint", "tasks": ["depth_zbuffer", "denoising"], "combine": "sum"}, "combine"),
        ({"kind": "semi", "task": "depth_zbuffer", "share": 0}, "share"),
        ({"kind": "semi", "task": "depth_zbuffer", "share": 1.5}, "share"),
        ({"kind": "semi", "task": "depth", "share": 0.5}, "no task of the run that needs labels"),
        (
            {"kind": "semi", "task": "depth_zbuffer", "share": 0.5, "self_supervision": "rotate"},
            "choose from none, exemplar",
        ),
    ],
)
def test_a_wrong_declaration_is_one_line(prepared: Prepared, keys: dict[str, Any], said: str):
    with pytest.raises(ConfigError, match=said) as caught:
        declared(prepared, mine=keys)
    assert "\n" not in str(caught.value)
    assert "sources.declared.mine" in str(caught.value)


def test_two_sources_of_one_name_are_refused(prepared: Prepared):
    pair = ["depth_zbuffer", "denoising"]
    with pytest.raises(ConfigError, match="a source of that name"):
        declared(
            prepared, **{"p-depth_zbuffer-denoising": {"kind": "joint", "tasks": pair}},
            p={"kind": "joint", "among": pair},
        )  # fmt: skip


def test_aggregated_gradients_need_a_package(prepared: Prepared, monkeypatch: pytest.MonkeyPatch):
    for name in [name for name in sys.modules if name.startswith("torchjd")]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "torchjd", None)
    keys = {"kind": "joint", "tasks": ["depth_zbuffer", "denoising"]}
    declared(prepared, mine=keys)
    with pytest.raises(InputError, match="pip install") as caught:
        declared(prepared, mine={**keys, "combine": "upgrad"})
    assert "\n" not in str(caught.value)


def test_heads_take_the_place_of_readouts(run: Path):
    sources = pd.read_csv(run / "sources.csv", index_col="source", keep_default_na=False)
    assert (
        sources.loc["all", "labels"] == sources.loc["all", "heads"] == "depth_zbuffer;autoencoding;denoising"
    )
    assert sources.loc["half", "labels"] == "depth_zbuffer:0.5"
    jobs = {job["name"] for job in json.loads((run / "jobs.json").read_text())["jobs"]}
    assert {"joint:all", "semi:half", "transfer:half:denoising"} <= jobs
    assert "transfer:half:depth_zbuffer" not in jobs
    losses = pd.read_parquet(run / "losses.parquet")
    tried = set(zip(losses["target"], losses["sources"], strict=True))
    assert {(target, name) for target in ("autoencoding", "denoising", "depth_zbuffer") for name in DECLARED
            if name in ("all", "early", "half")} <= tried  # fmt: skip
    sizes = losses.drop_duplicates(["target", "sources"]).set_index(["target", "sources"])["transfer_size"]
    assert sizes["depth_zbuffer", "half"] == round(sizes["depth_zbuffer", "self"] / 2)


def test_single_and_joint_are_compared(run: Path):
    changes = pd.read_csv(run / "joint.csv")
    assert {"pair-autoencoding-denoising", "all", "thin-denoising", "half"} <= set(changes["source"])
    beside = changes.set_index(["source", "target", "against"])
    assert ("half", "depth_zbuffer", "half_alone") in beside.index
    row = beside.loc["all", "depth_zbuffer", "self"]
    assert row["low"] <= row["change"] <= row["high"]
    assert row["change"] == pytest.approx(row["loss"] / row["against_loss"] - 1)
    assert (run / "figures" / "joint_matrix.png").is_file()
    assert "Single and joint" in (run / "report.html").read_text()


def test_one_plan_buys_labels_in_shares_joint_networks_and_single_ones(run: Path):
    opened = taskaffinity.open(run)
    cost = {"autoencoding": 1.0, "denoising": 1.0, "depth_zbuffer": 1.0}
    kinds = set()
    for budget in (0.5, 1, 1.5, 2, 3):
        for compute in ("25%", "50%", "100%"):
            try:
                options = opened.plan_options(budget=budget, compute=compute, label_cost=cost)
                plan = opened.solve(budget, compute=compute, label_cost=cost)
            except InputError:
                continue
            assert faults(plan, opened.tables, options) == []
            table = opened.sources.set_index("source")
            kinds |= set(table.loc[list(plan.sources), "kind"])
    assert kinds & {"joint", "semi"}


def test_groups_of_the_run(run: Path):
    records = json.loads(program.run("groups", run, "--compute", "1,2,3", "--json", check=True).stdout)
    assert [record["compute"] for record in records] == [1, 2, 3]
    assert all(record["cost"] <= record["compute"] for record in records)
    assert set(records[0]["bases"]) == {"all", "pairs", "early", "gradients"}
    for record in records:
        assert record["best_loss"] <= record["report_loss"] + 1e-9
        assert set(record["assignment"]) == {"autoencoding", "denoising", "depth_zbuffer"}
    for basis in ("pairs", "early", "gradients"):
        words = ("groups", run, "--compute", "2", "--from", basis, "--json")
        chosen = json.loads(program.run(*words, check=True).stdout)
        assert chosen[0]["networks"] == records[1]["bases"][basis]["networks"]
    assert "best on test" in program.run("groups", run, check=True).stdout
    said = program.run("groups", run, "--compute", "0.01")
    assert said.returncode == 2
    program.error_line(said)


@pytest.mark.slow
def test_a_run_with_joint_sources_resumes(run: Path, config: Path):
    before = (run / "losses.parquet").read_bytes()
    (run / "sources" / "all.json").unlink()
    (run / "cells" / "depth_zbuffer" / "half.npz").unlink()
    status = json.loads(program.run("status", run, "--json", check=True).stdout)
    assert not status["complete"]
    program.run("run", config, "--out", run, check=True)
    assert (run / "losses.parquet").read_bytes() == before
    assert json.loads(program.run("status", run, "--json", check=True).stdout)["complete"]


def test_it_is_forecast_and_listed(config: Path):
    said = program.run("run", config, "--dry-run", "--out", config.parent / "new", check=True)
    assert {"joint", "semi"} <= {line.split()[0] for line in said.stdout.splitlines() if line.strip()}
    listed = json.loads(
        program.run("sources", "show", "half", "--config", config, "--json", check=True).stdout
    )
    assert (listed["labels"], listed["heads"]) == ({"depth_zbuffer": 0.5}, ["depth_zbuffer"])
