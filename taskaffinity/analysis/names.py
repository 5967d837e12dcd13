"""The names of source sets, as the analysis knows them; `taskaffinity.names` has them."""

from taskaffinity.names import (
    CONSTANT,
    JOINER,
    RANDOM,
    RESERVED,
    SCRATCH,
    SELF,
    alike,
    fault_in,
    fault_of,
    hidden_in,
    is_reserved,
    join,
    order_of,
    shown,
    split,
    tidy,
    written,
)

__all__ = [
    "CONSTANT", "JOINER", "RANDOM", "RESERVED", "SCRATCH", "SELF", "alike", "fault_in", "fault_of",
    "hidden_in", "is_reserved", "join", "order_of", "shown", "split", "tidy", "written",
]  # fmt: skip
