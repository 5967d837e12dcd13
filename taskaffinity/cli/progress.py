"""Progress on a terminal, and lines in a log or in CI."""

import sys
import time
from types import TracebackType
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from taskaffinity.data.prepare import Advance
from taskaffinity.engine.driver import Tick
from taskaffinity.text import one_line, printable

QUIET_INTERVAL = 30.0  # seconds between lines where there is no terminal


def seconds(value: float | None) -> str:
    """Write a duration for people."""
    if value is None:
        return "-:--"
    minutes, rest = divmod(round(value), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02d}:{rest:02d}" if hours else f"{minutes}:{rest:02d}"


class Watch:
    """Shows the main job: a live bar on a terminal, a line every half minute elsewhere."""

    def __init__(self) -> None:
        # rich decides about colours (NO_COLOR, FORCE_COLOR); moving bars need a real terminal.
        self._console = Console(stderr=True, highlight=False, emoji=False, soft_wrap=True)
        self._live = sys.stderr.isatty() and not self._console.is_dumb_terminal
        self._progress = Progress(
            TextColumn("{task.description}"), BarColumn(bar_width=28), MofNCompleteColumn(),
            TimeElapsedColumn(), TextColumn("{task.fields[note]}"),
            console=self._console, disable=not self._live,
        )  # fmt: skip
        self._sweep: Any = None
        self._begun, self._first = 0.0, 0
        self._said = 0.0

    def __enter__(self) -> "Watch":
        self._progress.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._progress.stop()

    def say(self, line: str) -> None:
        """Print one line above the bars."""
        self._progress.console.print(printable(line), markup=False)

    def step(self, title: str, total: int) -> Advance:
        """Begin a step."""
        bar = self._progress.add_task(title, total=total, note="")
        begun, done = time.monotonic(), 0
        if not self._live:
            self.say(f"{title} ({total})")

        def advance(count: int) -> None:
            nonlocal done
            done += count
            elapsed = time.monotonic() - begun
            rate = done / elapsed if elapsed > 0 else 0.0
            left = (total - done) / rate if rate else None
            self._progress.update(bar, completed=done, note=f"{rate:.0f}/s, {seconds(left)} left")

        return advance

    def jobs(self, tick: Tick) -> None:
        """Show how far the sweep is."""
        now = time.monotonic()
        if self._sweep is None:
            self._sweep = self._progress.add_task("measuring", total=tick.total, note="")
            self._begun = self._said = now
            self._first = tick.done
            if not self._live:
                self.say(f"measuring ({tick.total} jobs, {tick.done} done before)")
        elapsed = max(now - self._begun, 1e-9)
        rate = 60 * (tick.done - self._first) / elapsed
        note = f"{rate:.0f} jobs/min, {seconds(tick.left)} left"
        if tick.job:
            note += f", last: {one_line(tick.job.name)}"
        self._progress.update(self._sweep, completed=tick.done, total=tick.total, note=note)
        if tick.job and not self._live and (now - self._said > QUIET_INTERVAL or tick.done == tick.total):
            self._said = now
            self.say(f"{tick.done}/{tick.total} jobs, {note}")


def out(text: str) -> None:
    """Print a result to the standard output."""
    sys.stdout.write(text + "\n")
