"""Every figure that measurements allow: as a matplotlib figure, or as PNG and SVG in a run folder."""

from collections.abc import Callable, Collection, Iterable
from typing import TYPE_CHECKING

from taskaffinity.errors import InputError
from taskaffinity.plots.drawing import files_of
from taskaffinity.plots.slide import SlideInfo, plot_slide
from taskaffinity.report.findings import Findings, joined, labels_of
from taskaffinity.runs.affinities import Affinities
from taskaffinity.runs.folder import RunFolder
from taskaffinity.runs.records import PlanRecord, TreeRecord
from taskaffinity.text import file_name

if TYPE_CHECKING:
    from matplotlib.figure import Figure

CLUSTERS = 4  # as in the paper's task tree
FIGURES = (
    "affinity_matrix", "performance_matrix", "taxonomy", "gain_quality", "budget_curve",
    "computation_curve", "task_tree", "sanity", "joint_matrix", "estimates", "domains", "prices",
)  # fmt: skip
SLIDE = "slide_"
ENDINGS = (".png", ".svg")

Draw = Callable[[], "Figure"]


class Figures:
    """The figures of some measurements, each drawn when its method is called.

    Parameters
    ----------
    found
        What was measured. Plans and trees that it does not record are solved when they are asked for.
    findings
        The same as findings, where they are at hand.
    """

    def __init__(self, found: Affinities | None = None, findings: Findings | None = None) -> None:
        if findings is None:
            assert found is not None
            findings = Findings(
                str(found.path), labels_of(found), joined(found), found.plans, found.order,
                found.sanity_record, found.tree_record, estimates=found.estimates_record,
                computation=found.computation_record, sources=found.sources_table,
                adaptation=found.adaptation,
            )  # fmt: skip
        self._found, self._findings = found, findings

    def names(self) -> list[str]:
        """Name the figures that what is recorded allows."""
        findings = self._findings
        plan = self._recorded_plan(None, None)
        allowed = {
            "affinity_matrix": True,
            "performance_matrix": findings.has_losses,
            "taxonomy": plan is not None,
            "gain_quality": plan is not None and plan.mean_gain is not None,
            "budget_curve": plan is not None and plan.mean_gain is not None,
            "computation_curve": findings.computation is not None
            and any(plan.mean_gain is not None for plan in findings.computation.curve),
            "task_tree": findings.tree is not None,
            "sanity": findings.sanity is not None,
            "joint_matrix": findings.joint is not None and bool((findings.joint["against"] == "self").any()),
            "estimates": findings.estimates is not None and bool(findings.estimates.rankings),
            "domains": bool(findings.adaptation),
            "prices": findings.prices is not None,
        }
        return [name for name in FIGURES if allowed[name]]

    def affinity_matrix(self) -> "Figure":
        """Draw how well each source serves each target."""
        from taskaffinity.plots.affinity_matrix import affinity_matrix_info, plot_affinity_matrix

        info = affinity_matrix_info(self._findings.transfers, self._findings.labels)
        return plot_affinity_matrix(info, self._findings.labels)

    def performance_matrix(self) -> "Figure":
        """Draw the mean test loss of each transfer.

        Raises
        ------
        InputError
            Losses are not known.
        """
        from taskaffinity.plots.performance_matrix import performance_matrix_info, plot_performance_matrix

        if not self._findings.has_losses:
            raise InputError(f"{self._findings.name} has no losses; open a run, or a table of losses")
        info = performance_matrix_info(self._findings.transfers, self._findings.labels)
        return plot_performance_matrix(info, self._findings.labels)

    def taxonomy(self, budget: float | None = None, order: int | None = None) -> "Figure":
        """Draw a plan as a graph.

        Parameters
        ----------
        budget, order
            Which plan; that at the knee of the curve, of the order that the run solved, when left out.

        Raises
        ------
        InputError
            A table has no plans of its own, and no budget is given.
        """
        from taskaffinity.plots.taxonomy_graph import plot_taxonomy_graph, taxonomy_graph_info

        labels = self._findings.labels
        return plot_taxonomy_graph(taxonomy_graph_info(self._plan(budget, order), labels), labels)

    def gain_quality(self, budget: float | None = None, order: int | None = None) -> "Figure":
        """Draw gain and quality of each target under a plan; parameters as in `taxonomy`."""
        from taskaffinity.plots.gain_quality import gain_quality_info, plot_gain_quality

        findings = self._findings
        info = gain_quality_info(self._plan(budget, order), findings.transfers, findings.labels)
        return plot_gain_quality(info, findings.labels)

    def budget_curve(self) -> "Figure":
        """Draw gain and quality against the budget."""
        from taskaffinity.plots.budget_curve import budget_curve_info, plot_budget_curve

        plans: Iterable[PlanRecord] = self._findings.curve
        if not plans and self._found is not None:
            plans = self._found.solved_curve()
        return plot_budget_curve(budget_curve_info(plans))

    def computation_curve(self) -> "Figure":
        """Draw gain and quality against the budget of computation.

        Raises
        ------
        InputError
            What running the sources costs is not known.
        """
        from taskaffinity.plots.computation_curve import computation_curve_info, plot_computation_curve
        from taskaffinity.runs.computation import computation_of

        record = self._findings.computation
        if record is None and self._found is not None:
            record = computation_of(self._found)
        if record is None or not record.curve:
            raise InputError(
                f"{self._findings.name}: what running the sources costs is not known; "
                "give encoder_operations in sources.csv"
            )
        return plot_computation_curve(computation_curve_info(record))

    def task_tree(self) -> "Figure":
        """Draw which tasks transfer to others in a similar way."""
        from taskaffinity.plots.task_tree import plot_task_tree, task_tree_info

        return plot_task_tree(task_tree_info(self._tree()), self._findings.labels)

    def sanity(self) -> "Figure":
        """Draw how often own networks beat references.

        Raises
        ------
        InputError
            That is not known.
        """
        from taskaffinity.plots.sanity import plot_sanity, sanity_info

        if self._findings.sanity is None:
            raise InputError(f"{self._findings.name} has no sanity record; open a run, or a table of losses")
        return plot_sanity(sanity_info(self._findings.sanity, self._findings.labels), self._findings.labels)

    def joint_matrix(self) -> "Figure":
        """Draw the change of each task's loss in each group against its single network.

        Raises
        ------
        InputError
            There are no joint networks.
        """
        from taskaffinity.plots.joint_matrix import joint_matrix_info, plot_joint_matrix

        if self._findings.joint is None:
            raise InputError(f"{self._findings.name} has no joint networks; open a run that has some")
        info = joint_matrix_info(self._findings.joint, self._findings.labels)
        return plot_joint_matrix(info, self._findings.labels)

    def estimates(self) -> "Figure":
        """Draw how well estimates rank measured transfers, beside both baselines.

        Raises
        ------
        InputError
            Nothing of the kind is recorded.
        """
        from taskaffinity.plots.estimates import estimates_info, plot_estimates

        record = self._findings.estimates
        if record is None or not record.rankings:
            raise InputError(
                f"{self._findings.name} records no ranked estimates; "
                "run `taskaffinity estimate` on a measured run"
            )
        return plot_estimates(estimates_info(record))

    def domains(self) -> "Figure":
        """Draw how networks do that were adapted from one domain to another.

        Raises
        ------
        InputError
            Nothing of the kind is recorded.
        """
        from taskaffinity.plots.domains import domains_info, plot_domains
        from taskaffinity.report.domains import title_of_method

        rows = self._findings.adaptation
        if not rows:
            raise InputError(f"{self._findings.name} records no adaptation; see docs/domains.md")
        methods = dict.fromkeys(row.method for row in rows)
        return plot_domains(domains_info(rows), [title_of_method(method) for method in methods])

    def prices(self) -> "Figure":
        """Draw what the labels of each task are worth to the plan at the knee of the curve.

        Raises
        ------
        InputError
            Nothing of the kind is recorded.
        """
        from taskaffinity.plots.prices import plot_prices, prices_info

        if self._findings.prices is None:
            raise InputError(f"{self._findings.name} records no prices; run `taskaffinity prices` on it")
        return plot_prices(prices_info(self._findings.prices), self._findings.labels)

    def _recorded_plan(self, budget: float | None, order: int | None) -> PlanRecord | None:
        from taskaffinity.report.answer import default_budget

        order = order or self._findings.order
        budget = default_budget(self._findings, order) if budget is None else budget
        return None if budget is None else self._findings.plan(order, budget)

    def _plan(self, budget: float | None, order: int | None) -> PlanRecord:
        recorded = self._recorded_plan(budget, order)
        if recorded is not None:
            return recorded
        if budget is None or self._found is None:
            raise InputError(f"{self._findings.name} records no such plan; give a budget")
        return PlanRecord.model_validate(self._found.solve(budget, order=order).to_record())

    def _tree(self) -> TreeRecord:
        if self._findings.tree is not None or self._found is None:
            assert self._findings.tree is not None
            return self._findings.tree
        tree = self._found.tree()
        return TreeRecord.model_validate(tree.to_record(min(CLUSTERS, len(tree.leaves))))


def draws_of(findings: Findings, slides: Collection[SlideInfo]) -> dict[str, Draw]:
    """Name every figure of a report, each with what draws it."""
    figures = Figures(findings=findings)
    draws: dict[str, Draw] = {name: getattr(figures, name) for name in figures.names()}
    for slide in slides:
        draws[f"{SLIDE}{file_name(slide.target)}"] = lambda slide=slide: plot_slide(slide)  # type: ignore[misc]
    return draws


def write_figures(draws: dict[str, Draw], folder: RunFolder, advance: Callable[[int], None]) -> None:
    """Draw figures into a run folder, one PNG and one SVG each, and remove those that it no longer has."""
    for name, draw in draws.items():
        for ending, content in files_of(draw()).items():
            folder.write("figures", f"{name}{ending}", content=content)
        advance(1)
    remove_figures(folder, keep=draws)


def remove_figures(folder: RunFolder, keep: Collection[str]) -> None:
    """Remove all figures of reports except some; files with other names stay."""
    for file in (folder.path / "figures").glob("*"):
        drawn = file.stem in FIGURES or file.stem.startswith(SLIDE)
        if drawn and file.suffix in ENDINGS and file.stem not in keep:
            folder.remove("figures", file.name)
