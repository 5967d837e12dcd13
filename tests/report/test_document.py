import json
import math

import numpy as np
import pytest

from taskaffinity.report.document import RATES, document, number, ranked
from taskaffinity.report.findings import Findings


@pytest.fixture(scope="module")
def made(findings: Findings) -> dict[str, object]:
    return document(findings, 2, 3)


def test_it_is_plain_json(made: dict[str, object]) -> None:
    assert json.loads(json.dumps(made, allow_nan=False)) == json.loads(json.dumps(made))


def test_numbers_are_those_of_the_tables(made: dict, findings: Findings) -> None:
    row = findings.transfers.query("target == 'normal' and sources == 'jigsaw'").iloc[0]
    listed = next(one for one in made["transfers"]["normal"] if one[1] == "jigsaw")
    assert listed[0] == "Jigsaw"
    np.testing.assert_allclose(listed[2:], [row[name] for name in RATES], rtol=1e-4)
    matrix = made["matrix"]
    place = matrix["sources"].index("jigsaw"), matrix["targets"].index("normal")
    assert matrix["views"]["loss"][place[0]][place[1]] == pytest.approx(row["loss"], rel=1e-4)


def test_every_name_has_a_label(made: dict) -> None:
    named = {name for record in made["curve"] for edge in record["edges"] for name in edge["sources"]}
    named |= set(made["matrix"]["sources"]) | set(made["tree"]["leaves"]) | set(made["sanity"]["targets"])
    assert named <= set(made["tasks"])


def test_both_orders_of_the_matrix_hold_the_same_names(made: dict) -> None:
    matrix = made["matrix"]
    assert sorted(matrix["clustered"]["sources"]) == sorted(matrix["sources"])
    assert sorted(matrix["clustered"]["targets"]) == sorted(matrix["targets"])


def test_the_best_come_first_and_diverged_ones_last(findings: Findings) -> None:
    rows = ranked(findings, "normal")
    assert rows[0]["sources"] == "self"
    assert rows[-1]["diverged"]
    affinities = [row["affinity"] for row in rows[:-1]]
    assert affinities == sorted(affinities, reverse=True)


def test_what_is_not_a_number_is_null() -> None:
    assert number(math.nan) is number(math.inf) is number(None) is None
    assert number(0.123456789) == 0.12346
