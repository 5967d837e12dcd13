"""Sources: anything that gives a frozen encoding of an image. A kind of source is one file of this folder.

Files whose names begin with an underscore are what the kinds share.
"""

from taskaffinity.sources._contract import ENCODER, Head, LabelShare, Source, Weights
from taskaffinity.sources._discovery import check_transfers, kinds, source_of, sources_of
from taskaffinity.sources._encode import EncodingCache, encode, formatted
from taskaffinity.sources._table import labels_text, sources_table

__all__ = [
    "ENCODER", "EncodingCache", "Head", "LabelShare", "Source", "Weights", "check_transfers", "encode",
    "formatted", "kinds", "labels_text", "source_of", "sources_of", "sources_table",
]  # fmt: skip
