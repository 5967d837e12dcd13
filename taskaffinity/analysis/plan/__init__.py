"""The Boolean program that chooses which labels to buy and which sources to use: built, solved, checked.

- `PlanOptions` is what is asked, `PlanTables` what is known, `SourceRecord` what a source needs and costs.
- `solve` gives a `Taxonomy`; `Solver` solves one program for many budgets.
- `faults` checks a plan from the tables alone; `best_objective` tries every set of sources.
"""

from taskaffinity.analysis.plan.brute_force import best_objective
from taskaffinity.analysis.plan.build import PlanTables, Problem, build
from taskaffinity.analysis.plan.checker import faults, is_feasible, objective_of
from taskaffinity.analysis.plan.formulation import explain
from taskaffinity.analysis.plan.options import PlanOptions, Share
from taskaffinity.analysis.plan.program import Program
from taskaffinity.analysis.plan.result import Taxonomy, Transfer
from taskaffinity.analysis.plan.solver import Solver, solve
from taskaffinity.analysis.plan.sources import SourceRecord, read_sources, source_records, write_sources

__all__ = [
    "PlanOptions", "PlanTables", "Problem", "Program", "Share", "Solver", "SourceRecord", "Taxonomy",
    "Transfer", "best_objective", "build", "explain", "faults", "is_feasible", "objective_of", "read_sources",
    "solve", "source_records", "write_sources",
]  # fmt: skip
