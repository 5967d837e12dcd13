"""Batches read by other threads while the device computes."""

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any, TypeVar

import numpy as np

Read = TypeVar("Read")

READERS = 3  # threads
AHEAD = 6  # batches that are read, or being read, before they are asked for


@contextmanager
def read_ahead(
    read: Callable[[np.ndarray, int], Read], order: Iterable[tuple[np.ndarray, int]], threads: int = READERS
) -> Iterator[Iterator[Read]]:
    """Give what `read` returns for each part of an order, in that order.

    Parameters
    ----------
    read
        Reads the examples at positions int64 (N,) for a draw. It is called from several threads, so it must
        depend on nothing but its arguments.
    order
        Positions and draw of each batch.
    threads
        How many read at a time; 0 reads each batch when it is asked for.

    Yields
    ------
    Iterator
        Of what was read. Reading stops when the context ends, even if batches are left.
    """
    if not threads:
        yield (read(*part) for part in order)
        return
    pool = ThreadPoolExecutor(threads, thread_name_prefix="reader")
    try:
        yield _ahead(pool, read, iter(order))
    finally:
        pool.shutdown(cancel_futures=True)


def _ahead(pool: ThreadPoolExecutor, read: Callable[..., Any], order: Iterator[Any]) -> Iterator[Any]:
    begun: deque[Future[Any]] = deque()
    for part in order:
        begun.append(pool.submit(read, *part))
        if len(begun) > AHEAD:
            yield begun.popleft().result()
    while begun:
        yield begun.popleft().result()
