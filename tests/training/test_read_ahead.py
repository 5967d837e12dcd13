import threading

import numpy as np
import pytest

from taskaffinity.training.read_ahead import AHEAD, read_ahead

ORDER = [(np.array([number]), number) for number in range(40)]


@pytest.mark.parametrize("threads", [0, 1, 4])
def test_what_was_read_comes_in_order(threads: int) -> None:
    with read_ahead(lambda index, draw: int(index[0]) * 100 + draw, ORDER, threads) as batches:
        assert list(batches) == [number * 101 for number in range(40)]


def test_other_threads_read_and_not_too_far_ahead() -> None:
    readers, seen = set(), []

    def read(index: np.ndarray, draw: int) -> int:
        readers.add(threading.current_thread().name)
        seen.append(draw)
        return draw

    with read_ahead(read, ORDER, 2) as batches:
        next(batches)
    assert threading.current_thread().name not in readers
    assert max(seen) <= AHEAD + 1


@pytest.mark.parametrize("threads", [0, 2])
def test_an_error_in_reading_reaches_who_asks(threads: int) -> None:
    def read(index: np.ndarray, draw: int) -> int:
        if draw == 3:
            raise OSError("gone")
        return draw

    with pytest.raises(OSError, match="gone"), read_ahead(read, ORDER, threads) as batches:
        list(batches)
