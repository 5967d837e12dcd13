"""Configurations."""

from contextlib import suppress
from pathlib import Path

from mutate import main

from taskaffinity.config import load
from taskaffinity.errors import ConfigError

CONFIG = b"""data: {kind: images, path: 2024-05-01, size: 64}
splits: {source: 0.5, transfer: 0.15, validation: 0.15, test: 0.2}
tasks: {names: [autoencoding, "jigsaw"], exclude: []}
source: &short {updates: 60, batch: 16, checkpoints: 2}
scratch:
  <<: *short
  updates: 30
seed: 1
"""
WORDS = [
    b"&a ",
    b"*a",
    b"*short",
    b"<<: ",
    b": ",
    b"- ",
    b"[",
    b"]",
    b"{",
    b"}",
    b",",
    b"\n",
    b"  ",
    b"!!python/object ",
    b"!!str ",
    b"|\n",
    b">\n",
    b"'",
    b'"',
    b"? ",
    b"%YAML 1.1\n",
    b"---\n",
    b"...\n",
    b"010",
    b"1:30",
    b"on",
    b"~",
    b".inf",
    b"1e5",
    b"\xff",
    b"\0",
    b"\xef\xbb\xbf",
    b"#",
    b"data",
    b"kind",
    b"9" * 500,
]
BOMB = b"a0: &a0 [x,x,x,x,x,x,x,x]\n" + b"".join(
    b"a%d: &a%d [%s]\n" % (n, n, b",".join([b"*a%d" % (n - 1)] * 8)) for n in range(1, 9)
)


def read(file: Path) -> None:
    with suppress(ConfigError):
        load(file, ["data.path=trip #1", f"seed={file.read_bytes()[:20].decode('latin-1')}"])
    load(file)


if __name__ == "__main__":
    main([("c.yaml", CONFIG), ("c.yaml", BOMB), ("c.yaml", b"[" * 500)], WORDS, read)
