"""The names of source sets, as the analysis knows them; `taskaffinity.names` has them."""

from taskaffinity.names import (
    CONSTANT,
    JOINER,
    RANDOM,
    RESERVED,
    SCRATCH,
    SELF,
    fault_of,
    join,
    order_of,
    split,
)

__all__ = [
    "CONSTANT", "JOINER", "RANDOM", "RESERVED", "SCRATCH", "SELF", "fault_of", "join", "order_of", "split",
]  # fmt: skip
