"""The Boolean program that chooses which tasks to supervise: built, solved, checked."""

from taskaffinity.analysis.taxonomy.build import build
from taskaffinity.analysis.taxonomy.check import faults, is_feasible, objective_of
from taskaffinity.analysis.taxonomy.matrices import explain
from taskaffinity.analysis.taxonomy.program import Program
from taskaffinity.analysis.taxonomy.result import Taxonomy, Transfer
from taskaffinity.analysis.taxonomy.solver import Solver, solve

__all__ = [
    "Program", "Solver", "Taxonomy", "Transfer", "build", "explain", "faults", "is_feasible", "objective_of",
    "solve",
]  # fmt: skip
