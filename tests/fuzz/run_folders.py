"""Run folders with one file changed: every reader gives what is there, or one error of ours.

python tests/fuzz/run_folders.py [--seconds N] [--seed N]
"""

import argparse
import logging
import resource
import sys
import tempfile
import time
import warnings
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from runs.test_fuzz import filled, fuzz
from support import synthetic

from taskaffinity.runs.folder import RunFolder

ROUNDS = 50  # between two looks at the clock
MEMORY = 16 * 2**30  # bytes of addresses, so that a runaway allocation fails


def main() -> None:
    """Change files of a made-up run, and read all of it, until the time is over."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    warnings.simplefilter("ignore")
    end, rounds, refused = time.monotonic() + options.seconds, 0, 0
    with tempfile.TemporaryDirectory() as place:
        folder = filled(RunFolder(synthetic.write(Path(place) / "run")))
        while time.monotonic() < end:
            refused += fuzz(folder, ROUNDS, options.seed * 1_000_000 + rounds)
            rounds += ROUNDS
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"{rounds - refused} folders read, {refused} refused, none broke anything; {peak:.0f} MiB at most")


if __name__ == "__main__":
    logging.disable()
    main()
