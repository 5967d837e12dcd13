import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from support.executors import is_alive

READER = """
import os, sys, time
from functools import partial
from pathlib import Path
from taskaffinity.data.prepare import _mapping

def sleep(folder, item):
    (Path(folder) / f"asleep-{os.getpid()}").touch()
    time.sleep(600)

if __name__ == "__main__":
    with _mapping(partial(sleep, sys.argv[1]), range(20), 2) as made:
        next(made)
"""


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
    deadline = time.monotonic() + 60
    while any(map(is_alive, workers)) and time.monotonic() < deadline:
        time.sleep(0.02)
    assert not any(map(is_alive, workers))


def test_an_interrupt_that_is_held_comes_afterwards_and_not_to_a_child():
    code = """
import os, signal, subprocess, sys
from taskaffinity.processes import held_interrupt
masked = "import signal; print(signal.SIGINT in signal.pthread_sigmask(signal.SIG_BLOCK, []))"
came = []
signal.signal(signal.SIGINT, lambda *_: came.append(1))
with held_interrupt():
    os.kill(os.getpid(), signal.SIGINT)
    print(len(came))
    print(subprocess.run([sys.executable, "-c", masked], capture_output=True, text=True).stdout.strip())
print(len(came))
"""
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert said.split() == ["0", "True", "1"]
