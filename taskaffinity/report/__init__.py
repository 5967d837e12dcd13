"""The report: one self-contained page, and every figure as a file."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from taskaffinity.report.findings import Findings, read_findings
from taskaffinity.runs.files import write_atomically
from taskaffinity.runs.folder import RunFolder

if TYPE_CHECKING:
    from taskaffinity.plots.slide import SlideInfo

__all__ = ["Findings", "read_findings", "write", "write_findings"]

Step = Callable[[str, int], Callable[[int], None]]

NO_PICTURES = "This run folder keeps no pictures of test images; running its configuration records them."


def write(folder: RunFolder, step: Step, page: Path | None = None, pictures: bool = True) -> Path:
    """Draw the figures of a run and write its ``report.html``.

    Everything comes from the files of the run: neither its data nor its tasks nor its networks are needed,
    and no code of it is run.

    Parameters
    ----------
    folder
        The run folder.
    step
        Begins a step of the work: takes its title and size, returns what takes how much was done.
    page
        Where to write the page alone; ``report.html`` and ``figures/`` in the run folder when left out.
    pictures
        Whether to show test images with what networks made of them.

    Returns
    -------
    Path
        The report.

    Raises
    ------
    RunError
        The run has no affinities yet, its tables belong to an earlier configuration, or a file is damaged.
    WriteError
        A file cannot be written.
    """
    findings = read_findings(folder.path)
    slides = gather_slides(folder, findings, step) if pictures else []
    note = NO_PICTURES if pictures and not slides else ""
    write_findings(findings, page or folder.report_file, slides, step, None if page else folder, note)
    return page or folder.report_file


def gather_slides(folder: RunFolder, findings: Findings, step: Step) -> "list[SlideInfo]":
    """Read the pictures of every target that has some."""
    from taskaffinity.config import Config
    from taskaffinity.report.domains import headings_of
    from taskaffinity.report.slides import make_slide
    from taskaffinity.runs.pictures import has_pictures

    if not has_pictures(folder):
        return []
    examples = (folder.config() if folder.exists() else Config()).report.examples
    advance, slides = step("gathering pictures", len(findings.targets)), []
    for target in findings.targets:
        adapted = headings_of(findings.adaptation, target)
        slide = make_slide(folder, target, findings.transfers, findings.labels, examples, adapted)
        slides += [slide] if slide else []
        advance(1)
    return slides


def write_findings(
    findings: Findings,
    page: Path,
    slides: "list[SlideInfo]",
    step: Step,
    folder: RunFolder | None = None,
    note: str = "",
) -> None:
    """Write a page about findings, and their figures into a run folder where one is given.

    Parameters
    ----------
    findings
        What the page is about.
    page
        Where it goes.
    slides
        Pictures of targets.
    step
        Begins a step of the work.
    folder
        The run that figures are drawn into; None for no figures.
    note
        Why there are no pictures, where the page is to say so.
    """
    from taskaffinity.report.answer import default_budget
    from taskaffinity.report.figures import draws_of, write_figures
    from taskaffinity.report.page import render

    if folder is not None:
        draws = draws_of(findings, slides)
        write_figures(draws, folder, step("drawing figures", len(draws)))
    budget = default_budget(findings, findings.order)
    write_atomically(page, render(findings, slides, findings.order, budget, note).encode("utf-8", "replace"))
