import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from support.executors import all_end
from support.signals import default_interrupt

from taskaffinity.processes import cores

READER = """
import os, sys, time
from functools import partial
from pathlib import Path
from taskaffinity.data.prepare import _mapping

def sleep(folder, item):
    (Path(folder) / f"asleep-{os.getpid()}").touch()
    time.sleep(600)

if __name__ == "__main__":
    with _mapping(partial(sleep, sys.argv[1]), 2) as mapped:
        next(mapped(range(20)))
"""


def test_cores_are_counted_where_the_system_sets_no_limit(monkeypatch: pytest.MonkeyPatch):
    assert cores() >= 1
    monkeypatch.delattr("os.sched_getaffinity", raising=False)
    monkeypatch.setattr("os.cpu_count", lambda: 3)
    assert cores() == 3


@pytest.mark.parametrize("blow", [signal.SIGKILL, signal.SIGTERM])
def test_processes_that_read_data_do_not_outlive_their_driver(tmp_path: Path, blow: signal.Signals):
    script = tmp_path / "reader.py"
    script.write_text(READER)
    with subprocess.Popen([sys.executable, str(script), str(tmp_path)], stderr=subprocess.DEVNULL) as driver:
        while len(marks := list(tmp_path.glob("asleep-*"))) < 2:
            assert driver.poll() is None
            time.sleep(0.02)
        driver.send_signal(blow)
    workers = [int(mark.name.removeprefix("asleep-")) for mark in marks]
    assert all_end(workers)


HOLDER = """
import os, signal
from multiprocessing import get_context
from taskaffinity.processes import held_interrupt

def tell():
    print(signal.SIGINT in signal.pthread_sigmask(signal.SIG_BLOCK, []), flush=True)

if __name__ == "__main__":
    came = []
    signal.signal(signal.SIGINT, lambda *_: came.append(1))
    child = get_context("spawn").Process(target=tell)
    with held_interrupt():
        child.start()
        os.kill(os.getpid(), signal.SIGINT)
        child.join()
        print(len(came))
    print(len(came))
"""


def test_a_child_can_be_interrupted_where_the_tests_ignore_interrupts():
    """As they do under nohup, cron and some CI systems."""
    code = "import signal; print(signal.getsignal(signal.SIGINT) is signal.default_int_handler)"
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        said = [
            subprocess.check_output([sys.executable, "-c", code], text=True, preexec_fn=prepare).strip()
            for prepare in (None, default_interrupt)
        ]
    finally:
        signal.signal(signal.SIGINT, before)
    assert said == ["False", "True"]


def test_an_interrupt_that_is_held_comes_afterwards_and_never_to_the_first_child(tmp_path: Path):
    script = tmp_path / "holder.py"
    script.write_text(HOLDER)
    done = subprocess.run([sys.executable, str(script)], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["True", "0", "1"]
