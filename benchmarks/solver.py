"""How fast taxonomies are solved: against a plain model, at scale, and as the number of transfers grows.

    python benchmarks/solver.py [--quick] [--out FILE]

Prints one table and one line of JSON. Four kinds of rows:

- ``plain``: the program with one constraint per transfer, |S| x ≤ Σ y, built term by term in pulp and solved
  by CBC, on the same instance and in the same run; where it is not proven in 60 s, the ratio is a lower
  bound.
- ``growth``: instances of 26 tasks with more and more transfers.
- ``bulk``: 300 tasks and 200,000 transfers of order 1 to 4, with a limit of 60 s for the search; one instance
  where transfers follow from what tasks have in common, as measured ones do, and one of numbers without any
  structure.
- ``groups``: 27 tasks and 3,185 networks of one to three tasks, of which a budget of 9 or more is run.
"""

import argparse
import json
import time
import warnings
from collections import defaultdict
from itertools import combinations
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from taskaffinity.analysis.groups import Networks, choose
from taskaffinity.analysis.plan import PlanOptions, PlanTables, Problem, Solver, build
from taskaffinity.analysis.plan.backends import PULP_NAMES, highs_model, pulp_problem
from taskaffinity.analysis.plan.formulation import formulate
from taskaffinity.analysis.plan.reduce import undominated
from taskaffinity.names import SELF

ORDERS = 4
LIMIT = 60.0  # seconds
SKILLS = 8  # dimensions of what tasks have in common


def instance(tasks: int, transfers: int, seed: int, structured: bool = True) -> pd.DataFrame:
    """Draw a table of affinities.

    Structured: every task is a point, and a set of sources serves a target the better the closer its nearest
    members are, with noise; the best sources are combined more often, as higher orders are planned. Otherwise
    affinities are drawn one by one. They sum to 1 per target.
    """
    generator = np.random.default_rng(seed)
    points = generator.normal(size=(tasks, SKILLS))
    distance = np.linalg.norm(points[:, None] - points[None], axis=2)
    tables = []
    for target in range(tasks):
        near = np.argsort(distance[target])[1:]
        sets = {(int(source),) for source in near}
        wanted = transfers // tasks - 1
        odds = 1.0 / np.arange(1, len(near) + 1) if structured else np.ones(len(near))
        while len(sets) < wanted:
            order = int(generator.integers(2, ORDERS + 1))
            drawn = generator.choice(near, order, replace=False, p=odds / odds.sum())
            sets.add(tuple(sorted(map(int, drawn))))
        names = [SELF, *("+".join(f"t{s:03d}" for s in members) for members in sorted(sets))]
        tables.append(pd.DataFrame({
            "target": f"t{target:03d}", "sources": names,
            "affinity": _affinities(sorted(sets), distance[target], structured, generator),
        }))  # fmt: skip
    return pd.concat(tables, ignore_index=True)


def _affinities(
    sets: list[tuple[int, ...]], distance: np.ndarray, structured: bool, generator: np.random.Generator
) -> np.ndarray:
    """Affinities of the own network, then of the sets."""
    if structured:
        closeness = np.array([np.exp(-distance[list(members)]).sum() ** 0.5 for members in sets])
        logits = np.concatenate([[1.5 * closeness.max()], closeness]) * 6
        logits = logits + generator.normal(scale=0.3, size=len(logits))
    else:
        logits = generator.normal(scale=1.5, size=len(sets) + 1)
    weights = np.exp(logits - logits.max())
    return weights / weights.sum()


def plain(table: pd.DataFrame, budget: int, limit: float) -> tuple[float, float | None]:
    """Solve the textbook model with pulp and CBC: seconds, and the objective where it was proven in time."""
    import pulp

    begun = time.perf_counter()
    problem = pulp.LpProblem("plain", pulp.LpMaximize)
    names = sorted({name for sources in table["sources"] for name in sources.split("+")} - {SELF})
    bought = {name: pulp.LpVariable(f"y_{name}", cat="Binary") for name in names}
    into, terms = defaultdict(list), []
    for row, (target, sources, affinity) in enumerate(table.itertuples(index=False)):
        members = (target,) if sources == SELF else tuple(sources.split("+"))
        variable = pulp.LpVariable(f"x{row}", cat="Binary")
        into[target].append(variable)
        terms.append(affinity * variable)
        problem.addConstraint(len(members) * variable <= pulp.lpSum(bought[m] for m in members))
        if sources == SELF:
            problem.addConstraint(variable == bought[target])
    problem.setObjective(pulp.lpSum(terms))
    for variables in into.values():
        problem.addConstraint(pulp.lpSum(variables) == 1)
    problem.addConstraint(pulp.lpSum(bought.values()) <= budget)
    problem.solve(pulp.getSolver(PULP_NAMES["cbc"], msg=False, gapRel=0.0, timeLimit=limit))
    proven = problem.sol_status == pulp.LpSolutionOptimal
    return time.perf_counter() - begun, float(pulp.value(problem.objective)) if proven else None


def problem_of(table: pd.DataFrame, budget: float) -> Problem:
    return build(PlanTables(table), PlanOptions(budget=budget))


def ours(table: pd.DataFrame, budget: int, limit: float | None = None) -> dict[str, Any]:
    """Solve with this package: seconds to build and to solve, objective, gap."""
    begun = time.perf_counter()
    problem = problem_of(table, budget)
    built = time.perf_counter()
    solver = Solver(problem.program, time_limit=limit)
    solution = solver.solve(problem.capacity)
    ended = time.perf_counter()
    objective = solver.program.score_of(solution.bought)
    gap = 0.0 if solution.proven else (solution.bound - objective) / objective
    return {
        "transfers": len(table), "left": int(undominated(problem.program).sum()), "build_s": built - begun,
        "solve_s": ended - built, "objective": objective, "gap": gap,
    }  # fmt: skip


def handing_over(table: pd.DataFrame, budget: int) -> dict[str, float]:
    """Time how long the whole program takes to give to pulp, and to HiGHS itself."""
    problem = problem_of(table, budget)
    system = formulate(problem.program, problem.capacity)
    begun = time.perf_counter()
    highs_model(system)
    given = time.perf_counter()
    pulp_problem(system)
    return {"to_highs_s": given - begun, "to_pulp_s": time.perf_counter() - given}


def networks(tasks: int, count: int, seed: int) -> Networks:
    """Draw networks of one, two and three tasks that help or harm one another."""
    generator = np.random.default_rng(seed)
    triples = list(combinations(range(tasks), 3))
    small = [*((task,) for task in range(tasks)), *combinations(range(tasks), 2)]
    groups = [*small, *(triples[i] for i in generator.permutation(len(triples))[: count - len(small)])]
    alone, helps = generator.uniform(0.2, 1.0, tasks), generator.normal(scale=0.1, size=(tasks, tasks))
    loss = np.full((len(groups), tasks), np.nan)
    for row, group in enumerate(groups):
        for task in group:
            others = [other for other in group if other != task]
            help_of_others = helps[task, others].mean() if others else 0.0
            loss[row, task] = alone[task] * (1 - help_of_others + generator.normal(scale=0.05))
    names = tuple("+".join(map(str, group)) for group in groups)
    return Networks(names, np.ones(len(groups)), tuple(map(str, range(tasks))), loss)


def grouping(table: Networks, budget: float) -> dict[str, Any]:
    """Choose networks: seconds, sum of losses, gap."""
    begun = time.perf_counter()
    (chosen,) = choose(table, [budget], time_limit=LIMIT)
    seconds = time.perf_counter() - begun
    return {
        "transfers": int(table.serves.sum()), "solve_s": seconds, "objective": chosen.loss, "gap": chosen.gap,
    }  # fmt: skip


def rows(quick: bool) -> list[dict[str, Any]]:
    """Measure."""
    found = []
    for transfers in (400, 800) if quick else (800, 1600, 3000):
        table = instance(26, transfers, seed=1)
        row = ours(table, 8)
        seconds, objective = plain(table, 8, LIMIT)
        assert objective is None or abs(objective - row["objective"]) < 1e-5, (objective, row)
        ratio = seconds / (row["build_s"] + row["solve_s"])
        beside = {"plain_s": seconds, "plain_proven": objective is not None, "ratio": ratio}
        found.append({"kind": "plain", "tasks": 26, "budget": 8, **row, **beside})
    for transfers in (1000, 4000) if quick else (1000, 4000, 16000, 64000):
        found.append(
            {"kind": "growth", "tasks": 26, "budget": 8, **ours(instance(26, transfers, 2), 8, LIMIT)}
        )
    tasks, transfers = (60, 6000) if quick else (300, 200_000)
    for structured in (True, False):
        table = instance(tasks, transfers, 3, structured)
        kind = "bulk" if structured else "bulk, no structure"
        row = {"kind": kind, "tasks": tasks, "budget": tasks // 10, **ours(table, tasks // 10, LIMIT)}
        found.append(row | handing_over(table, tasks // 10))
    tasks, count = (9, 80) if quick else (27, 3185)
    table = networks(tasks, count, seed=0)
    for budget in (tasks // 3, tasks // 2):
        found.append({"kind": "groups", "tasks": tasks, "budget": budget, **grouping(table, budget)})
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="small instances")
    parser.add_argument("--out", type=Path, help="write the JSON there too")
    arguments = parser.parse_args()
    warnings.simplefilter("ignore", DeprecationWarning)  # pulp 3.3 speaks of pulp 4
    found = rows(arguments.quick)
    print(pd.DataFrame(found).to_string(index=False, float_format=lambda number: f"{number:.4g}", na_rep="-"))
    text = json.dumps(found)
    print(text)
    if arguments.out:
        arguments.out.write_text(text + "\n", "utf-8")


if __name__ == "__main__":
    main()
