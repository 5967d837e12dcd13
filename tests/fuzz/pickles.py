"""Pickles of published results: what is built must be numbers, and nothing may run."""

import pickle
import pickletools
from pathlib import Path

import numpy as np
from mutate import main

from taskaffinity.analysis.published import published_table

RESULTS = {"a__b": np.float64(0.5), "self__b": np.float32(0.25), "a__c__b": 1, "pixels__b": 0.125}
WORDS = [opcode.code.encode("latin-1") for opcode in pickletools.opcodes]
WORDS += [
    b"cposix\nsystem\n",
    b"cnumpy\ndtype\n",
    b"S'f8'\n",
    b"\x8c\x04a__b",
    b"\x94",
    b"h\x00",
    b"(",
    b"tR",
    b"r\xff\xff\xff\x7f",
    b"B\xff\xff\xff\x7f",
    b"\x8e\xff\xff\xff\xff\xff\xff\xff\x7f",
    b"\x8b\xff\xff\xff\x7f",
    b"\x85",
    b"I1\n",
    b"L10L\n",
    b"Pabc\n",
    b"\x95\xff\xff\xff\xff\xff\xff\xff\x7f",
]
PYTHON2 = (
    b"(dS'a__b'\ncnumpy.core.multiarray\nscalar\n(cnumpy\ndtype\n(S'f8'\nI0\nI1\ntR(I3\nS'<'\n"
    b"NNNI-1\nI-1\nI0\ntbS'333333\\xd3?'\ntRs."
)
SEEDS = [("t.pkl", pickle.dumps(RESULTS, protocol)) for protocol in range(6)] + [("t.pkl", PYTHON2)]
SEEDS.append(("t.pkl", b"(" + b"\x85" * 1000 + b"."))


def read(file: Path) -> None:
    table = published_table(file, "affinity", python2=True)
    assert table["affinity"].map(type).eq(float).all()
    assert table["target"].map(type).eq(str).all()


if __name__ == "__main__":
    main(SEEDS, WORDS, read)
