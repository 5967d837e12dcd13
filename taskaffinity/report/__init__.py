"""The report: one self-contained page, and every figure as a file."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from taskaffinity.report.findings import Findings, read_findings
from taskaffinity.store import RunFolder, write_atomically

if TYPE_CHECKING:
    from taskaffinity.plots.slide import SlideInfo
    from taskaffinity.training.experiment import Experiment

__all__ = ["Findings", "read_findings", "write", "write_findings"]

Step = Callable[[str, int], Callable[[int], None]]


def write(folder: RunFolder, experiment: "Experiment | None", step: Step, page: Path | None = None) -> Path:
    """Draw the figures of a run and write its ``report.html``.

    Parameters
    ----------
    folder
        The run folder; everything is drawn from its files.
    experiment
        Its data and tasks, for pictures of inputs and labels; without it there are none.
    step
        Begins a step of the work: takes its title and size, returns what takes how much was done.
    page
        Where to write it; ``report.html`` in the run folder when left out.

    Returns
    -------
    Path
        The report.

    Raises
    ------
    RunError
        The run has no affinities yet.
    """
    findings = read_findings(folder.path)
    slides: list[SlideInfo] = []
    if experiment is not None:
        from taskaffinity.report.slides import make_slide

        advance = step("gathering pictures", len(findings.targets))
        for target in findings.targets:
            slide = make_slide(folder, experiment, target, findings.transfers, findings.labels)
            slides += [slide] if slide else []
            advance(1)
    page = page or folder.path / "report.html"
    write_findings(findings, page, slides, step, figures=folder.path / "figures")
    return page


def write_findings(
    findings: Findings, page: Path, slides: "list[SlideInfo]", step: Step, figures: Path | None = None
) -> None:
    """Write a page about findings, and their figures into a folder where one is given."""
    from taskaffinity.report.answer import default_budget
    from taskaffinity.report.figures import draw_slides, figures_of, write_figures
    from taskaffinity.report.page import render

    budget = default_budget(findings, findings.order)
    if figures is not None:
        drawn = [*figures_of(findings, findings.order, budget), *draw_slides(slides)]
        write_figures(drawn, figures, step("drawing figures", len(drawn)))
    write_atomically(page, render(findings, slides, findings.order, budget).encode())
