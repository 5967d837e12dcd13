"""The sections about measuring a part, certainty and prices."""

import shutil
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from taskaffinity.analysis.certainty import certainty
from taskaffinity.analysis.prices import prices
from taskaffinity.plots.prices import prices_info
from taskaffinity.report import read_findings
from taskaffinity.report.page import render
from taskaffinity.runs.folder import RunFolder
from taskaffinity.runs.insights import read_certainty, read_prices, write_insights
from taskaffinity.runs.measuring import Measuring, MeasuringRecord, WaveRecord
from taskaffinity.runs.opening import load_run


@pytest.fixture(scope="module")
def weighed(run: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The made-up run with all three recorded."""
    folder = tmp_path_factory.mktemp("weighed") / "run"
    shutil.copytree(run, folder)
    found = load_run(folder)
    options = found.plan_options(budget=2, order=1)
    noise = np.random.default_rng(0).uniform(0.8, 1.2, (30, len(found.affinities)))
    values = found.affinities["affinity"].to_numpy() * noise
    sure = certainty(found.tables, options, values)
    write_insights(RunFolder(folder), sure.to_record(), prices(found.tables, options).to_record())
    predicted = pd.DataFrame(
        {"target": ["normal"], "sources": ["jigsaw"], "affinity": [0.01], "low": [0.001], "high": [0.02]}
    )
    record = MeasuringRecord(
        transfers=30, measured=29, bound=0.01, waves=(WaveRecord(measured=20, asked=9, regret=0.1),),
        budgets=(2.0,), regret=(0.004,), held={"normal": 0.99},
    )  # fmt: skip
    Measuring(predicted, record).write(RunFolder(folder))
    return folder


def test_the_page_has_a_section_for_each(weighed: Path) -> None:
    page = render(read_findings(weighed), [], 1, 2.0)
    for name in ("certainty", "prices", "measuring"):
        assert f'<section id="{name}">' in page
    assert "29 of 30 readouts" in page


def test_records_come_back_as_they_were(weighed: Path) -> None:
    folder = RunFolder(weighed)
    sure, priced = read_certainty(folder), read_prices(folder)
    assert sure is not None
    assert priced is not None
    assert sure.cheapest == sure.equals[0]
    assert min(one.cost for one in sure.equals) == sure.cheapest.cost
    info = prices_info(priced)
    assert (np.diff(info.worth) <= 0).all()
    assert info.is_bought.sum() == sum(price.bought > 0 for price in priced.labels)


def test_a_run_without_them_has_no_such_section(run: Path) -> None:
    page = render(read_findings(run), [], 1, 2.0)
    for name in ("certainty", "prices", "measuring"):
        assert f'<section id="{name}">' not in page
