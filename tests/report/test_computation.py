"""What computation buys, and frozen encoders against random features, in the report and on the terminal."""

import json
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from taskaffinity.report.chains import chain_views
from taskaffinity.report.computation import computation_sentences, plan_at_knee
from taskaffinity.report.document import document
from taskaffinity.report.findings import Findings, read_findings
from taskaffinity.report.frozen import frozen_views
from taskaffinity.report.page import render
from taskaffinity.report.summary import say
from taskaffinity.runs.computation import computation_of
from taskaffinity.runs.files import to_json
from taskaffinity.runs.folder import RunFolder
from taskaffinity.runs.opening import run_of

FREE = "jigsaw"  # stands for an encoder that came from elsewhere


@pytest.fixture(scope="module")
def costed(run: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The made-up run, with what its sources need and cost."""
    folder = tmp_path_factory.mktemp("costed") / "run"
    shutil.copytree(run, folder)
    names = ["autoencoding", "denoising", "depth_zbuffer", "normal", "segment_semantic", FREE]
    pd.DataFrame({
        "source": names, "kind": "task", "title": names,
        "group": "2D", "labels": ["" if n == FREE else n for n in names],
        "encoder_operations": [500e6 if n == FREE else 20e6 for n in names], "encoder_parameters": 1.0,
        "training_operations": [0.0 if n == FREE else 1e9 for n in names],
    }).to_csv(folder / "sources.csv", index=False)  # fmt: skip
    record = computation_of(run_of(RunFolder(folder)))
    assert record is not None
    (folder / "computation.json").write_bytes(to_json(record.plain()))
    wins = pd.DataFrame({
        "target": ["normal", "denoising", "normal"], "sources": [FREE, FREE, "denoising"],
        "wins": [0.9, 0.4, 0.7], "images": 96,
    })  # fmt: skip
    wins.to_csv(folder / "wins_over_random.csv", index=False)
    return folder


@pytest.fixture(scope="module")
def known(costed: Path) -> Findings:
    return read_findings(costed)


def test_the_answer_names_encoders_and_computation(known: Findings) -> None:
    said = computation_sentences(known)
    assert known.computation is not None
    plan = plan_at_knee(known.computation)
    assert plan is not None
    assert len(said) == 3
    assert "multiply-adds an image" in said[0]
    for name in plan.sources:
        assert known.labels[name].title in said[0]
    assert all(known.labels[name].title in said[1] for name in known.computation.encoders[1].sources)
    assert said[2].startswith("Among encoders that need no labels")
    assert said[0] in say(known)


def test_the_page_has_both_curves_and_the_same_numbers(known: Findings) -> None:
    drawn = document(known, known.order, 2)["computation"]
    assert known.computation is not None
    assert [record["budget"] for record in drawn] == [plan.compute for plan in known.computation.curve]
    page = render(known, [], known.order, 2)
    for words in ('id="curve"', 'id="computation"', 'id="computation-gain"', "The few encoders"):
        assert words in page
    json.dumps(drawn, allow_nan=False)


def test_frozen_encoders_are_held_against_random_features(known: Findings) -> None:
    (view,) = frozen_views(known)
    assert (view.source, view.ahead, view.behind) == (FREE, ["normal"], ["denoising"])
    assert view.mean == pytest.approx(0.65)
    page = render(known, [], known.order, 2)
    assert "beats random features on 1 of 2 targets" in page
    assert "It does not on" in page


def test_chains_are_held_against_direct_transfers(known: Findings) -> None:
    assert known.sources is not None
    table = known.sources.assign(builds_on=[None, "autoencoding", None, None, None, None])
    (view,) = chain_views(replace(known, sources=table))
    wide = known.transfers.pivot(index="target", columns="sources", values="loss")
    assert (view.source, view.base, view.targets) == ("denoising", "autoencoding", 5)
    assert set(view.better) == set(wide.index[wide["denoising"] < wide["autoencoding"]])
    assert view.ratio == pytest.approx(np.exp(np.log(wide["denoising"] / wide["autoencoding"]).mean()))
    page = render(replace(known, sources=table), [], known.order, 2)
    assert 'id="chains"' in page
    assert 'id="chains"' not in render(known, [], known.order, 2)
    assert chain_views(known) == []


def test_a_run_that_does_not_know_what_its_sources_cost_says_nothing(findings: Findings) -> None:
    assert computation_sentences(findings) == []
    assert frozen_views(findings) == []
    assert document(findings, 2, 2)["computation"] == []
    assert 'id="computation"' not in render(findings, [], 2, 2)


def test_sources_without_labels_are_used_and_not_supervised(known: Findings) -> None:
    (plan,) = [p for p in known.curve if p.key == (2, 2.0)]
    free = plan.model_copy(update={"labels": {"normal": 1.0}, "sources": ("normal", FREE)})
    free = type(plan).model_validate(free.model_dump())
    said = say(replace(known, curve=[free], computation=None))
    assert "supervise Surface normals; use Jigsaw besides" in said
