from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from taskaffinity.analysis.plan import SourceRecord, read_sources, source_records, write_sources
from taskaffinity.errors import TableError


def read(folder: Path, text: str) -> tuple[SourceRecord, ...]:
    (folder / "sources.csv").write_text(text)
    return read_sources(folder / "sources.csv")


def test_what_is_written_is_read_back(tmp_path: Path) -> None:
    records = (
        SourceRecord("a", {"a": 1.0}, "task", "The first, with a comma", "3D", 1e9, 2.5e6, 1e15),
        SourceRecord("b", {"a": 0.1, "c": 1.0}, kind="joint"),
        SourceRecord("c", {}, kind="pretrained", encoder_operations=0.0),
    )
    write_sources(records, tmp_path / "sources.csv")
    assert read_sources(tmp_path / "sources.csv") == records


def test_only_the_name_is_needed(tmp_path: Path) -> None:
    assert read(tmp_path, "source\na\n") == (SourceRecord("a", {"a": 1.0}),)
    assert read(tmp_path, "source,labels\na,\n") == (SourceRecord("a", {}),)
    assert read(tmp_path, "source,labels\n a , b:0.5 ; c \n")[0].labels == {"b": 0.5, "c": 1.0}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "no column 'source'"),
        ("name\na\n", "no column 'source'"),
        ("source\na\n\na\n", "line 4 repeats source 'a'"),
        ("source,kind\n,task\n", "line 2 has no source"),
        ("source,labels\na,b:2\n", r"line 2 \(a\) has labels 'b:2'"),
        ("source,labels\na,b:half\n", "labels 'b:half'"),
        ("source,labels\na,:0.5\n", "labels ':0.5'"),
        ("source,labels\na,b;b:0.1\n", "labels of 'b' twice"),
        ("source,encoder_operations\na,many\n", "encoder_operations is 'many'"),
        ("source,encoder_parameters\na,-1\n", "encoder_parameters is '-1'"),
    ],
)
def test_tables_that_cannot_be_used(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(TableError, match=message):
        read(tmp_path, text)
    with pytest.raises(TableError, match="not a readable table"):
        read_sources(tmp_path / "none.csv")


def test_a_frame_is_read_like_a_file() -> None:
    frame = pd.DataFrame(
        {"source": ["a", "b"], "labels": ["a:0.5", None], "encoder_operations": [1e9, np.nan]}
    )
    assert source_records(frame) == (
        SourceRecord("a", {"a": 0.5}, encoder_operations=1e9),
        SourceRecord("b", {}),
    )
    with pytest.raises(TableError, match="row 2 repeats"):
        source_records(pd.DataFrame({"source": ["a", "a"]}))
    with pytest.raises(TableError, match="no column 'source'"):
        source_records(pd.DataFrame({"name": ["a"]}))
