import json
import shutil
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from taskaffinity.errors import RunError
from taskaffinity.plots.labels import DisplayLabel
from taskaffinity.report.findings import Findings, join_tables, make_labels, read_findings
from taskaffinity.runs.opening import joined_plans
from taskaffinity.runs.records import PlanRecord


def test_a_run_is_read_whole(findings: Findings) -> None:
    assert findings.name == "made_up"
    assert findings.orders == [1, 2]
    assert findings.order == 2
    assert len(findings.curve) == 12
    assert findings.targets == ["autoencoding", "denoising", "normal", "depth_zbuffer", "segment_semantic"]
    assert findings.labels["normal"] == DisplayLabel("Surface normals", "3D", "mean absolute error")
    assert findings.sanity is not None
    assert findings.tree is not None
    assert findings.forecast is not None
    assert "seed: 0" in str(findings.config)


def test_tables_are_joined_by_target_and_sources(findings: Findings, run: Path) -> None:
    row = findings.transfers.query("target == 'normal' and sources == 'denoising+jigsaw'").iloc[0]
    gain = pd.read_csv(run / "gain.csv").query("target == 'normal' and sources == 'denoising+jigsaw'").iloc[0]
    assert (row["gain"], row["gain_low"]) == (gain["gain"], gain["low"])
    assert row["diverged"]
    assert np.isinf(row["loss"])
    assert findings.transfers["diverged"].sum() == 1


def test_shares_of_edges_are_put_beside_the_curve(findings: Findings) -> None:
    with_shares, without = findings.plan(2, 3), findings.plan(1, 3)
    assert with_shares is not None
    assert without is not None
    assert all(edge.share is not None and 0 <= edge.share <= 1 for edge in with_shares.transfers)
    assert without.transfers[0].share is None
    assert with_shares.random is not None
    assert with_shares.random.count == 20
    assert findings.plan(3, 3) is None


def test_affinities_alone_are_enough(tmp_path: Path, run: Path) -> None:
    shutil.copy(run / "affinities.csv", tmp_path)
    bare = read_findings(tmp_path)
    assert bare.curve == ()
    assert not bare.has_losses
    assert bare.labels["normal"].title == "Surface normals"
    assert bare.transfers["gain"].isna().all()


def test_a_run_without_affinities_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(RunError, match=r"no affinities\.csv yet; finish it with `taskaffinity run"):
        read_findings(tmp_path)


def test_damaged_files_are_named(tmp_path: Path, run: Path) -> None:
    shutil.copy(run / "affinities.csv", tmp_path)
    (tmp_path / "curve.json").write_text('[{"order": 1')
    with pytest.raises(RunError, match=r"curve\.json is damaged"):
        read_findings(tmp_path)


def test_an_empty_table_is_named(tmp_path: Path) -> None:
    (tmp_path / "affinities.csv").write_text("")
    with pytest.raises(RunError, match=r"affinities\.csv is damaged"):
        read_findings(tmp_path)


def test_taxonomies_that_the_curve_lacks_are_kept() -> None:
    edge = {"target": "a", "sources": ["b"], "share": 0.5}
    solved = PlanRecord.model_validate({"budget": 2, "transfers": [edge]})
    assert joined_plans((), (solved,)) == (solved,)


def test_a_source_that_is_no_task_has_the_title_of_the_table_of_sources(tmp_path: Path, run: Path) -> None:
    copy = Path(shutil.copytree(run, tmp_path / "run"))
    (copy / "sources.csv").write_text(
        "source,kind,title,group\nlamp,hologram,A lamp,semantic\nnormal,task,,\n"
    )
    labels = read_findings(copy).labels
    assert labels["lamp"] == DisplayLabel("A lamp", "semantic")
    assert labels["normal"].title == "Surface normals"


def test_tasks_are_found_by_their_published_names() -> None:
    labels = make_labels({}, {"rgb2sfnorm", "normal", "random", "unheard_of"})
    assert labels["rgb2sfnorm"] == labels["normal"]
    assert set(labels) == {"rgb2sfnorm", "normal"}


def test_missing_tables_leave_empty_columns() -> None:
    joined = join_tables(pd.DataFrame({"target": ["a"], "sources": ["b"], "affinity": [0.5]}))
    assert joined[["gain", "quality", "loss", "affinity_low"]].isna().all(axis=None)
    assert json.loads(joined.to_json())["diverged"] == {"0": False}
