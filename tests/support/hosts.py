"""Several hosts on one machine: namespaces with addresses of their own, joined by a switch.

A host has its own network, processes, shared memory and temporary folder. It lives as long as the pipe to its
first process: when the tests end, however they end, the kernel removes its processes, its cable and its disk.
"""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

NAMESPACES = ("--net", "--mount", "--pid", "--ipc", "--uts")
NETWORK = "10.177.0"  # of no other machine: it is seen inside the namespaces alone
CABLE = "eth0"  # a host's end of its cable
DISK = Path("/dev/shm")  # memory of each host's own, which is its disk too; short, for paths of sockets
ROOT = Path(__file__).parents[2]


def why_not() -> str | None:
    """Say why no hosts can be made here; None where they can."""
    if missing := [tool for tool in ("unshare", "nsenter", "ip", "mount") if shutil.which(tool) is None]:
        return f"hosts need {', '.join(missing)}"
    tried = subprocess.run(
        ["unshare", *NAMESPACES, "--fork", "--mount-proc", "ip", "link", "add", "name", "x", "type", "veth"],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    return f"no rights to make namespaces ({tried.stderr.strip()})" if tried.returncode else None


@dataclass
class Host:
    """One host.

    Attributes
    ----------
    name, address
        What it is called, and its address.
    hidden
        Folders of this machine that it must not see.
    environment
        Variables of its programs, besides those that all hosts have.
    switch
        Where its cable ends.
    """

    name: str
    address: str
    hidden: Sequence[Path] = ()
    environment: dict[str, str] = field(default_factory=dict)
    switch: "Host | None" = None

    def __post_init__(self) -> None:
        self._keeper = subprocess.Popen(
            ["unshare", *NAMESPACES, "--fork", "--kill-child", "--mount-proc", "cat"],
            stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, start_new_session=True,
        )  # fmt: skip
        self.process = only_child(self._keeper.pid)
        self.environment = {
            "PATH": os.environ["PATH"], "PYTHONPATH": f"{ROOT}:{ROOT / 'tests'}", "HOME": str(DISK / "home"),
            "TASKAFFINITY_CACHE": str(DISK / "cache"), "TMPDIR": str(DISK / "tmp"), "OMP_NUM_THREADS": "1",
        } | self.environment  # fmt: skip
        for folder in (DISK, *self.hidden):
            self.run("mount", "-t", "tmpfs", "tmpfs", folder)
        self.run("mkdir", DISK / "home", DISK / "tmp")
        self.run("hostname", self.name)
        self.run("ip", "link", "set", "lo", "up")

    def command(self, *words: object) -> list[str]:
        """Return the command that does `words` on this host."""
        return ["nsenter", f"--target={self.process}", *NAMESPACES, "--", *map(str, words)]

    def run(self, *words: object, check: bool = True) -> str:
        """Do a command to its end, and return what it printed."""
        done = subprocess.run(
            self.command(*words), capture_output=True, text=True, env=self.environment, check=False
        )
        assert not check or done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    @contextmanager
    def started(self, *words: object) -> "Iterator[subprocess.Popen[str]]":
        """Start a command; what is left of it at the end is killed."""
        process = subprocess.Popen(
            self.command(*words), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
            env=self.environment,
        )  # fmt: skip
        with process:
            try:
                yield process
            finally:
                self.kill(process)

    def kill(self, process: "subprocess.Popen[str]") -> None:
        """Kill a command that was started here, at once."""
        if process.poll() is None:
            with suppress(ProcessLookupError):
                os.kill(only_child(process.pid), signal.SIGKILL)
            process.wait()

    def python(self, script: Path, *arguments: object) -> str:
        """Run a Python program to its end, and return what it printed."""
        return self.run(sys.executable, script, *arguments)

    def received(self) -> int:
        """Count the bytes that came through its cable."""
        (cable,) = json.loads(self.run("ip", "-json", "-statistics", "link", "show", CABLE))
        return int(cable["stats64"]["rx"]["bytes"])

    def cut(self) -> None:
        """Cut its cable."""
        self.run("ip", "link", "set", CABLE, "down")

    def join(self) -> None:
        """Mend its cable."""
        self.run("ip", "link", "set", CABLE, "up")

    def slow_down(self, rate: str | None) -> None:
        """Let its cable carry so much in each direction, such as ``8mbit``; None for as much as it can."""
        assert self.switch is not None
        limit = ("tbf", "rate", str(rate), "burst", "32kb", "latency", "400ms")
        for host, cable in ((self, CABLE), (self.switch, self.name)):
            host.run("tc", "qdisc", "add" if rate else "del", "dev", cable, "root", *(limit if rate else ()))

    def end(self) -> None:
        """Switch it off: the kernel ends its processes with the first of them."""
        assert self._keeper.stdin is not None
        self._keeper.stdin.close()
        self._keeper.wait()


def only_child(process: int, patience: float = 10.0) -> int:
    """Return the child of a process, once there is one."""
    deadline = time.monotonic() + patience
    while not (children := Path(f"/proc/{process}/task/{process}/children").read_text().split()):
        assert time.monotonic() < deadline, "the namespaces were not made"
        time.sleep(0.01)
    return int(children[0])


@contextmanager
def hosts(count: int, hidden: Sequence[Path], **environment: str) -> Iterator[list[Host]]:
    """Make hosts that reach one another; the first sees the folders of the tests, the others do not."""
    made: list[Host] = []
    try:
        made.append(switch := Host("switch", ""))
        switch.run("ip", "link", "add", "bridge", "type", "bridge")
        switch.run("ip", "link", "set", "bridge", "up")
        for number in range(1, count + 1):
            made.append(
                Host(f"host{number}", f"{NETWORK}.{number}", hidden if number > 1 else (), {**environment})
            )
            plug(made[-1], switch)
        yield made[1:]
    finally:
        for host in made:
            host.end()


def plug(host: Host, switch: Host) -> None:
    """Lay a cable from a host to the switch."""
    host.switch = switch
    subprocess.run(
        ["ip", "link", "add", CABLE, "netns", str(host.process), "type", "veth",
         "peer", "name", host.name, "netns", str(switch.process)],
        check=True,
    )  # fmt: skip
    switch.run("ip", "link", "set", host.name, "master", "bridge", "up")
    host.run("ip", "address", "add", f"{host.address}/24", "dev", CABLE)
    host.join()
