import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from support.executors import ExecutorContract, Orders, all_end, ask, collect, facts
from support.signals import default_interrupt

from taskaffinity.engine.executors import Executor
from taskaffinity.engine.executors.local import LocalExecutor

DRIVER = """
import sys
from pathlib import Path
from support.executors import Orders, ask
from taskaffinity.engine.executors.local import LocalExecutor
if __name__ == "__main__":
    executor = LocalExecutor(Orders(Path(sys.argv[1])), ["cpu", "cpu"])
    executor.start(ask("sleep 600", "a"))
    executor.start(ask("sleep 600", "b"))
    try:
        executor.wait()
    except KeyboardInterrupt:
        executor.close()
"""


class TestLocalExecutor(ExecutorContract):
    def make(self, context: Orders) -> Executor:
        return LocalExecutor(context, ["cpu", "cpu"])


def test_each_worker_has_a_device_of_its_own_and_a_dead_one_gives_its_back(tmp_path: Path):
    executor = LocalExecutor(Orders(tmp_path), ["cuda:0", "cuda:1"])
    try:
        for order in ("die", "sleep 0.2"):
            executor.start(ask(order, "a"))
            executor.start(ask("sleep 0.2", "b"))
            done = collect(executor, 2)
        assert {facts(one)["device"] for one in done.values()} == {"cuda:0", "cuda:1"}
    finally:
        executor.close()


@pytest.mark.parametrize("blow", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT])
def test_workers_end_with_their_driver_and_in_silence(tmp_path: Path, blow: signal.Signals):
    script = tmp_path / "driver.py"
    script.write_text(DRIVER)
    driver = subprocess.Popen(
        [sys.executable, str(script), str(tmp_path)],
        stderr=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(map(str, Path(__file__).parents[2:4]))},
        start_new_session=True,
        preexec_fn=default_interrupt,
    )
    while len(marks := list(tmp_path.glob("asleep-*"))) < 2:
        assert driver.poll() is None
        time.sleep(0.02)
    if blow == signal.SIGINT:
        os.killpg(driver.pid, blow)  # as a terminal does: to the driver and its workers alike
    else:
        driver.send_signal(blow)
    assert driver.stderr is not None
    said = driver.stderr.read().decode()
    driver.wait()
    driver.stderr.close()
    workers = [int(mark.name.removeprefix("asleep-")) for mark in marks]
    assert all_end(workers)
    assert "Traceback" not in said
