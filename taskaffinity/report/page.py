"""The page itself: templates, styles, scripts and libraries put together into one file."""

import re
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from taskaffinity import __version__
from taskaffinity.plots.labels import label_of, title_of
from taskaffinity.plots.palette import GROUP_COLOURS, GROUP_TITLES
from taskaffinity.plots.slide import SlideInfo
from taskaffinity.report.chains import chain_views
from taskaffinity.report.computation import computation_sentences, computation_view
from taskaffinity.report.document import document
from taskaffinity.report.domains import domain_tables, generalisation_tables
from taskaffinity.report.embed import data_uri
from taskaffinity.report.findings import Findings
from taskaffinity.report.frozen import frozen_views
from taskaffinity.report.joint import change_interval, joint_view
from taskaffinity.report.views import answers_of, cost_of, diverged_of, facts_of, target_views

ASSETS = Path(__file__).parent / "assets"
LIBRARIES = ("cytoscape", "cytoscape-dagre", "echarts")
STYLES = ("theme", "layout", "controls", "answer", "charts", "targets", "print")
SCRIPTS = (
    "data", "theme", "state", "chart", "answer", "graph", "curve", "computation", "matrix", "tree", "targets",
    "sanity", "print", "main",
)  # fmt: skip
_SOURCE_MAP = re.compile(r"^//# sourceMappingURL=.*$", re.MULTILINE)  # would be asked for over the network


def render(
    findings: Findings, slides: list[SlideInfo], order: int, budget: float | None, note: str = ""
) -> str:
    """Render the page.

    Parameters
    ----------
    findings
        What it is about.
    slides
        Pictures of targets, where there are any.
    order, budget
        The plan that is shown first.
    note
        Why there are no pictures; empty to say nothing.
    """
    return environment().get_template("report.html.j2").render(
        name=findings.name,
        version=__version__,
        findings=findings,
        facts=facts_of(findings),
        answers=answers_of(findings),
        computation=computation_view(findings),
        computation_words=computation_sentences(findings),
        frozen=frozen_views(findings),
        chains=chain_views(findings),
        order=order,
        budget=budget,
        budgets=sorted({record.budget for record in findings.curve}),
        targets=target_views(findings, {slide.target: slide for slide in slides}),
        diverged=diverged_of(findings),
        adaptation=domain_tables(findings.adaptation),
        generalisation=generalisation_tables(findings.generalisation),
        note=note,
        has_run=bool(findings.has_losses or findings.data or findings.config),
        cost=cost_of(findings.forecast),
        joint=joint_view(findings),
        interval_of=change_interval,
        document=document(findings, order, budget),
        styles=[asset(f"css/{name}.css") for name in STYLES],
        scripts=[asset(f"js/{name}.js") for name in SCRIPTS],
        libraries=[library(name) for name in LIBRARIES],
        licences={name: (ASSETS / f"vendor/licences/{name}.txt").read_text("utf-8") for name in LIBRARIES},
        groups={group: (GROUP_TITLES[group], pair) for group, pair in GROUP_COLOURS.items()},
        label=lambda name: label_of(name, findings.labels),
        title=lambda sources: title_of(sources, findings.labels),
    )  # fmt: skip


def environment() -> Environment:
    """Make the template environment: everything is escaped, and a name that is missing is an error."""
    templates = Environment(
        loader=PackageLoader("taskaffinity.report"), autoescape=True, undefined=StrictUndefined,
        trim_blocks=True, lstrip_blocks=True,
    )  # fmt: skip
    templates.filters.update(
        percent=percent, interval=interval, significant=significant, picture=data_uri, slug=slug
    )
    return templates


@cache
def asset(name: str) -> Markup:
    """Read one of our own styles or scripts; they are written into the page as they are."""
    return Markup((ASSETS / name).read_text("utf-8"))


@cache
def library(name: str) -> Markup:
    """Read a bundled library, without the pointer to its source map."""
    return Markup(_SOURCE_MAP.sub("", (ASSETS / f"vendor/{name}.min.js").read_text("utf-8")))


def percent(value: float | None, digits: int = 0) -> str:
    """Write a share in per cent; a dash for what is missing."""
    return "–" if _missing(value) else f"{100 * float(value or 0):.{digits}f} %"


def significant(value: float | None, digits: int = 3) -> str:
    """Write a number with a few significant digits; a dash for what is missing."""
    return "–" if _missing(value) else f"{float(value or 0):.{digits}g}"


def interval(low: float | None, high: float | None, share: bool = True) -> str:
    """Write an interval in brackets; nothing where none was drawn."""
    if _missing(low) or _missing(high):
        return ""
    if share:
        return f"[{100 * float(low or 0):.0f}–{100 * float(high or 0):.0f}]"
    return f"[{float(low or 0):.2g}–{float(high or 0):.2g}]"


def slug(name: str) -> str:
    """Make a name safe as part of an element's id or class."""
    return re.sub(r"[^a-zA-Z0-9_]+", "-", name).lower()


def _missing(value: Any) -> bool:
    return value is None or value != value  # NaN is not itself
