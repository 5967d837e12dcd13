"""Checkpoints that encoders start from: nothing but tensors comes in, and nothing runs."""

import io
import os
import pickle
from pathlib import Path

import torch
from mutate import main
from safetensors.torch import save

from taskaffinity.config import Model
from taskaffinity.models.encoder import make_encoder
from taskaffinity.models.weights import initial_weights

MODEL = Model(width=8, channels=4)
WORDS = [
    b"cposix\nsystem\n",
    b"ctorch._utils\n_rebuild_tensor_v2\n",
    b"\x8c\x05posix\x8c\x06system\x93",
    b"(",
    b"tR.",
    b"\x94",
    b"h\x00",
    b"r\xff\xff\xff\x7f",
    b"B\xff\xff\xff\x7f",
    b"\x8e\xff\xff\xff\xff\xff\xff\xff\x7f",
    b"J\xff\xff\xff\xff",
    b"PK\x03\x04",
    b"PK\x05\x06",
    b"\xff\xff\xff\xff\xff\xff\xff\x7f",
    b'"dtype":"F64"',
    b'"shape":[9999999999,9999999999]',
    b'"shape":[-1]',
    b'"data_offsets":[0,99999999]',
    b"nan",
    b"\n",
    b"\xff",
    b"\0",
]


class Runs:
    """An object that makes a file where it is unpickled."""

    def __reduce__(self) -> tuple[object, tuple[str]]:
        return os.mkdir, ("made-by-the-checkpoint",)


def archive(content: object, **options: object) -> bytes:
    """Write what `torch.save` does."""
    stream = io.BytesIO()
    torch.save(content, stream, **options)  # type: ignore[arg-type]
    return stream.getvalue()


torch.manual_seed(0)
STATE = {name: value.clone() for name, value in make_encoder(MODEL).state_dict().items()}
WRAPPED = {"state_dict": {f"module.{name}": value.half() for name, value in STATE.items()}, "epoch": 3}
FIRST = next(name for name, value in STATE.items() if value.ndim > 1)
SEEDS = [
    ("w.pt", archive(STATE)),
    ("w.pt", archive(WRAPPED)),
    ("w.pth", archive(STATE, _use_new_zipfile_serialization=False)),
    ("w.pth", archive({"model": {**STATE, "extra": Runs()}})),
    ("w.pt", pickle.dumps(Runs())),
    ("w.pt", archive({1: STATE[FIRST], "a": [1]})),
    ("w.pt", archive({**STATE, 1: STATE[FIRST], "layer\n\x1b[2J": STATE[FIRST]})),
    ("w.pt", archive({**STATE, FIRST: STATE[FIRST].to(torch.complex64)})),
    ("w.pt", archive({**STATE, FIRST: STATE[FIRST].to_sparse()})),
    ("w.pt", archive({**STATE, FIRST: STATE[FIRST].to("meta")})),
    ("w.pt", archive({**STATE, FIRST: torch.zeros(1).expand(10**6, 10**6)})),
    ("w.safetensors", save(STATE)),
    ("w.safetensors", save({f"backbone.{name}": value for name, value in STATE.items()})),
]


def read(file: Path) -> None:
    weights = initial_weights(str(file), MODEL)
    assert all(value.dtype == "float32" for value in weights.parameters.values())
    assert len(weights.identity) == 20


if __name__ == "__main__":
    main(SEEDS, WORDS, read)
