import os
import pickle
from collections import OrderedDict
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from taskaffinity.analysis.published import published_table, read_published
from taskaffinity.errors import TableError

FILES = ("all_affinities.pkl", "all_affinities_1k.pkl", "wins_vs_pixels.pkl", "wins_vs_pixels_1k.pkl",
         "wins_vs_task.pkl", "wins_vs_task_1k.pkl")  # fmt: skip


def test_published_affinities_sum_to_one(real_data: Path) -> None:
    for name, transfers in (("all_affinities.pkl", 814), ("all_affinities_1k.pkl", 1418)):
        table = published_table(real_data / "taskonomy-results" / name, "affinity")
        assert len(table) == transfers
        sums = table.groupby("target")["affinity"].sum()
        assert len(sums) == 22
        np.testing.assert_allclose(sums, 1.0, atol=1e-12)


def test_published_tournaments_hold_self_and_random_but_not_scratch(real_data: Path) -> None:
    table = published_table(real_data / "taskonomy-results" / "all_affinities.pkl", "affinity")
    targets = set(table["target"])
    for name in ("self", "random"):
        assert set(table.loc[table["sources"] == name, "target"]) == targets
    assert not table["sources"].isin(["scratch", "pixels"]).any()


def test_published_win_rates_give_the_reference_one_half(real_data: Path) -> None:
    folder = real_data / "taskonomy-results"
    for name, value, reference in (
        ("wins_vs_pixels.pkl", "gain", "scratch"),
        ("wins_vs_task.pkl", "quality", "self"),
    ):
        table = published_table(folder / name, value)
        assert table[value].between(0, 1).all()
        assert (table.loc[table["sources"] == reference, value] == 0.5).all()
        assert (table["sources"] == reference).sum() == 22


@pytest.mark.parametrize("name", FILES)
def test_published_files_read_as_pickle_itself_would(real_data: Path, name: str) -> None:
    file = real_data / "taskonomy-results" / name
    assert read_published(file) == pickle.loads(file.read_bytes())  # our own known data


@pytest.mark.parametrize("protocol", [3, 4, 5])
@pytest.mark.parametrize("module", [b"numpy._core", b"numpy.core"])
@pytest.mark.parametrize("kind", [np.float64, np.float32, np.int16, np.uint8, ">f8", float, int])
def test_numbers_of_every_kind_are_read(tmp_path: Path, protocol: int, module: bytes, kind: Any) -> None:
    number = np.dtype(kind).type(3) if kind != ">f8" else np.array([3.0], ">f8")[0]
    content = pickle.dumps({"a__b": number if kind not in (float, int) else kind(3)}, protocol)
    if protocol == 3:  # text, not length-prefixed: the module can be renamed in place
        content = content.replace(b"numpy._core", module)
    assert read_published(_file(tmp_path, content)) == {"a__b": 3.0}


def test_names_become_ours_only_where_they_are_reserved(tmp_path: Path) -> None:
    values = {"pixels__b": 0.1, "random__b": 0.2, "self__b": 0.3, "c__a__b": 0.4, "b__b": 0.5}
    table = published_table(_file(tmp_path, values), "gain")
    assert table["sources"].tolist() == ["scratch", "random", "self", "a+c", "b"]
    assert table["gain"].tolist() == [0.1, 0.2, 0.3, 0.4, 0.5]
    assert set(table["target"]) == {"b"}


class Shell:
    """Runs a command when it is unpickled."""

    def __init__(self, mark: Path) -> None:
        self.mark = mark

    def __reduce__(self) -> tuple[Any, ...]:
        return os.system, (f"touch {self.mark}",)


@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
def test_nothing_is_ever_run(tmp_path: Path, protocol: int) -> None:
    mark = tmp_path / "mark"
    with pytest.raises(TableError, match=r"posix\.system"):
        read_published(_file(tmp_path, pickle.dumps({"a__b": Shell(mark)}, protocol)))
    assert not mark.exists()


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ([1.0], "holds a list, not a dictionary"),
        ({}, "an empty dictionary"),
        (OrderedDict(a__b=1.0), "collections.OrderedDict"),
        ({"a__b": np.zeros(3)}, "numpy"),
        ({"a__b": np.complex128(1)}, "NumPy values of kind 'c16'"),
        ({"a__b": np.bool_(True)}, "NumPy values of kind 'b1'"),
        ({"a__b": np.datetime64("2020-01-01")}, "NumPy values of kind 'M8'"),
        ({"a__b": np.array([(1, 2)], "i4,i4")[0]}, "NumPy values of kind 'V8'"),
        ({"a__b": True}, "the value of 'a__b' is a bool"),
        ({"a__b": "1"}, "the value of 'a__b' is a str"),
        ({"a__b": None}, "the value of 'a__b' is a NoneType"),
        ({"a__b": [1.0]}, "the value of 'a__b' is a list"),
        ({"a__b": float("nan")}, "the value of 'a__b' is nan, not a finite number"),
        ({"a__b": np.float64("inf")}, "the value of 'a__b' is inf, not a finite number"),
        ({"a__b": 10**400}, "not a finite number"),
        ({("a", "b"): 1.0}, "is not text"),
        ({"ab": 1.0}, "is not of the form 'source__target'"),
        ({"__b": 1.0}, "is not of the form 'source__target'"),
        ({"a__a__b": 1.0}, "names a source twice"),
        ({"self__a__b": 1.0}, "joins 'self'"),
        ({"a__c__b": 1.0, "c__a__b": 2.0}, "keys 'a__c__b' and 'c__a__b' are one transfer"),
        (b"not a pickle", "is not a whole pickle"),
        (b"", "is not a whole pickle"),
        (pickle.dumps({"a__b": 1.0})[:-8], "is not a whole pickle"),
        (b"cnumpy\ndtype\n(S'f8'\nI00\nI01\ntR}S'align'\nI01\nsb.", "not a plain number"),
        (b"cnumpy.core.multiarray\nscalar\n(S'f8'\nS'x'\ntR.", "not a plain number"),
        (b"cbuiltins\neval\n(S'1'\ntR.", "builtins.eval"),
        (b"Pelsewhere\n.", "a reference to another file"),
    ],
)
def test_anything_else_is_refused_by_name(tmp_path: Path, content: Any, said: str) -> None:
    file = _file(tmp_path, content)
    with pytest.raises(TableError) as caught:
        published_table(file, "affinity")
    assert said in str(caught.value)
    assert str(file) in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_missing_file_is_said(tmp_path: Path) -> None:
    with pytest.raises(TableError, match="cannot be read"):
        read_published(tmp_path / "nothing.pkl")


def _file(folder: Path, content: Any) -> Path:
    file = folder / "published.pkl"
    file.write_bytes(content if isinstance(content, bytes) else pickle.dumps(content))
    return file
