"""What every fuzz target shares: mutations of known files, a clock, a limit on memory, and what may come out.

A target is run by itself: ``python tests/fuzz/NAME.py --seconds 60 [--seed 0]``. It ends with status 1 at the
first input that makes its reader raise something that is not ours, write a file, or take too much memory; the
input is kept and named. Nothing here needs a library.
"""

import argparse
import os
import random
import resource
import sys
import tempfile
import time
import traceback
from collections.abc import Callable, Sequence
from pathlib import Path

from taskaffinity.errors import TaskAffinityError

MEMORY = 2 << 30  # bytes
SLOW = 20.0  # seconds of processor time for one input


def mutated(content: bytes, words: Sequence[bytes], rng: random.Random) -> bytes:
    """Change some bytes: flipped, cut, repeated, or replaced by words of the format."""
    changed = bytearray(content)
    for _ in range(rng.choice((1, 1, 2, 3, 8))):
        place = rng.randrange(len(changed) + 1)
        match rng.randrange(7):
            case 0 if changed:
                changed[place % len(changed)] = rng.randrange(256)
            case 1 if changed:
                changed[place % len(changed)] ^= 1 << rng.randrange(8)
            case 2:
                del changed[place : place + rng.choice((1, 2, 8, 64))]
            case 3:
                changed[place:place] = rng.choice(words)
            case 4:
                start = rng.randrange(len(changed) + 1)
                changed[place:place] = changed[start : start + rng.choice((1, 4, 32, 256))]
            case 5:
                changed[place:place] = rng.choice(words) * rng.choice((2, 10, 1000))
            case 6:
                changed[place:place] = rng.randbytes(rng.choice((1, 4, 16)))
    return bytes(changed[: 1 << 20])


def main(seeds: Sequence[tuple[str, bytes]], words: Sequence[bytes], read: Callable[[Path], object]) -> None:
    """Feed mutations of known files to a reader until the time is over.

    Parameters
    ----------
    seeds
        Names and contents of files that the reader takes.
    words
        Pieces of the format.
    read
        Reads a file; errors of ours are what it may raise.
    """
    parser = argparse.ArgumentParser()
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    resource.setrlimit(resource.RLIMIT_AS, (8 * MEMORY, 8 * MEMORY))
    rng, taken, refused = random.Random(options.seed), 0, 0
    end = time.monotonic() + options.seconds
    with tempfile.TemporaryDirectory() as place:
        os.chdir(place)
        while time.monotonic() < end:
            name, content = rng.choice(seeds)
            for _ in range(rng.choice((0, 1, 1, 2, 5))):
                content = mutated(content, words, rng)
            file = Path(place) / name
            file.write_bytes(content)
            began = time.process_time()
            try:
                read(file)
                taken += 1
            except TaskAffinityError as error:
                refused += 1
                if "\n" in str(error):
                    _give_up(content, name, "an error of several lines")
            except BaseException:  # anything else is what is looked for
                traceback.print_exc()
                _give_up(content, name, "an exception that is not ours")
            file.unlink()
            if any(Path(place).iterdir()):
                _give_up(content, name, "a file was written")
            if time.process_time() - began > SLOW:
                _give_up(content, name, f"more than {SLOW:g} s")
            if resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 > MEMORY:
                _give_up(content, name, "more than 2 GiB of memory")
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"{taken} inputs read, {refused} refused, none broke anything; {peak:.0f} MiB at most")


def _give_up(content: bytes, name: str, why: str) -> None:
    kept = Path(tempfile.gettempdir()) / f"fuzz-{os.getpid()}-{name}"
    kept.write_bytes(content)
    print(f"{why}: {kept}", file=sys.stderr)
    raise SystemExit(1)
