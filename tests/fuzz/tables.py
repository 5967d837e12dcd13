"""Tables of affinities, of losses and of weights."""

import gzip
import io
import logging
import zipfile
from pathlib import Path

import pandas as pd
from mutate import main

from taskaffinity.analysis.tables import read_losses, read_table
from taskaffinity.analysis.weights import read_weights

LONG = (
    "target,sources,affinity,low,high,transfer_size\na,self,0.5,0.4,0.6,10\na,b+c,0.25,,,20\nb,self,1,,,10\n"
)
LOSSES = "target,sources,image,loss,seed\na,self,i,0.5,1\na,b,i,0.7,1\na,b,j,inf,1\na,self,j,,1\n"
MATRIX = "source,a,b\nself,0.5,0.125\nb,0.25,\n"
WEIGHTS = "target,importance\na,1\nb,2\n"
FRAME = pd.read_csv(io.StringIO(LONG))
WORDS = [
    b",",
    b";",
    b"\t",
    b"\n",
    b'"',
    b"nan",
    b"inf",
    b"1e999",
    b"-",
    b"+",
    b"self",
    b"random",
    b" ",
    b"\0",
    b"\xff\xfe",
    b"\xef\xbb\xbf",
    b"\xe2\x80\x8b",
    b"1,234",
    b"0,5",
    b"16.000",
    b"sep=;\n",
    b"target",
    b"sources",
    b"a\xcc\x88",
    b"=1",
    b"9" * 40,
    b"PAR1",
    b"\x1f\x8b",
    b"\r",
]


def parquet(frame: pd.DataFrame, write: str) -> bytes:
    buffer = io.BytesIO()
    getattr(frame, write)(buffer)
    return buffer.getvalue()


def zipped(text: str) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("t.csv", text)
    return buffer.getvalue()


SEEDS = [
    ("t.csv", LONG.encode()),
    ("t.csv", LOSSES.encode()),
    ("t.csv", MATRIX.encode()),
    ("t.csv", WEIGHTS.encode()),
    ("t.csv", LONG.replace(",", ";").replace(".", ",").encode()),
    ("t.csv", LONG.replace(",", "\t").encode("utf-16")),
    ("t.csv", gzip.compress(LONG.encode())),
    ("t.zip", zipped(LOSSES)),
    ("t.json", b'{"a": 1, "b": 2.5}'),
    ("t.parquet", parquet(FRAME, "to_parquet")),
    ("t.feather", parquet(FRAME, "to_feather")),
    ("t.parquet", parquet(FRAME.set_index(["target", "sources"]), "to_parquet")),
]


def read(file: Path) -> None:
    from taskaffinity.errors import TaskAffinityError

    works = (
        lambda: read_table(file, "affinity"),
        lambda: read_table(file, "gain"),
        lambda: read_losses(file),
        lambda: read_weights(file, "target", "importance"),
    )
    errors = []
    for work in works:
        try:
            work()
        except TaskAffinityError as error:
            errors.append(error)
    if len(errors) == len(works):
        raise errors[0]


if __name__ == "__main__":
    logging.disable()
    main(SEEDS, WORDS, read)
