"""A run folder made up from a seed: six tasks in three groups, every file a report reads but the cells."""

import itertools
import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import yaml

TASKS = {
    "autoencoding": ("Autoencoding", "2D"),
    "denoising": ("Denoising", "2D"),
    "depth_zbuffer": ("Z-buffer depth", "3D"),
    "normal": ("Surface normals", "3D"),
    "segment_semantic": ("Semantic segmentation", "semantic"),
    "jigsaw": ("Jigsaw", "geometric"),
}
TARGETS = [name for name in TASKS if name != "jigsaw"]
REFERENCES = ("self", "scratch", "random")
DIVERGED = ("normal", "denoising+jigsaw")
BUDGETS = range(1, 7)


def write(folder: Path, seed: int = 0) -> Path:
    """Write the files of a finished run into a folder."""
    rng = np.random.default_rng(seed)
    transfers = pd.DataFrame([row for target in TARGETS for row in _transfers(target, rng)])
    folder.mkdir(parents=True, exist_ok=True)
    for name in ("affinity", "gain", "quality"):
        columns = {name: name, f"{name}_low": "low", f"{name}_high": "high"}
        table = transfers[["target", "sources", *columns]].rename(columns=columns)
        table.to_csv(folder / {"affinity": "affinities.csv"}.get(name, f"{name}.csv"), index=False)
    performance = transfers[["target", "sources", "loss", "images", "diverged"]]
    performance.to_csv(folder / "performance.csv", index=False)
    curve = [_solve(transfers, order, budget) for order in (1, 2) for budget in BUDGETS]
    _dump(folder / "curve.json", curve)
    for record in curve:
        if record["order"] == 2:
            _dump(folder / "taxonomy" / f"budget-{record['budget']}.json", _with_shares(record, rng))
    _dump(folder / "sanity.json", _sanity(rng))
    _dump(folder / "tree.json", _tree(transfers))
    _dump(folder / "data.json", _data())
    _dump(
        folder / "forecast.json",
        {
            "forecast_seconds": 700.0,
            "actual_seconds": 734.5,
            "by_kind": {"source": {"jobs": 6, "forecast": 500.0, "actual": 512.0}},
        },
    )
    (folder / "config.yaml").write_text(yaml.safe_dump({"version": 1, "seed": seed}))
    return folder


def _transfers(target: str, rng: np.random.Generator) -> list[dict[str, Any]]:
    """Make the transfers into one target: near tasks help more, two sources more than one."""
    group = TASKS[target][1]
    merit = {name: (1.0 if TASKS[name][1] == group else 0.3) + 0.5 * rng.random() for name in TASKS}
    merit[target] = 2.2
    sets = [*itertools.combinations(TASKS, 1), *itertools.combinations(sorted(TASKS), 2)]
    scores = {"+".join(names): max(merit[n] for n in names) + 0.1 * len(names) for names in sets}
    scores |= {"self": 2.6, "scratch": 0.7, "random": 0.1}
    total = sum(np.exp(score) for score in scores.values())
    return [_row(target, sources, score, float(np.exp(score) / total)) for sources, score in scores.items()]


def _row(target: str, sources: str, score: float, affinity: float) -> dict[str, Any]:
    diverged = (target, sources) == DIVERGED
    gain = 0.5 if sources == "scratch" else 1 / (1 + np.exp(-1.5 * (score - 0.7)))
    quality = 0.5 if sources == "self" else 1 / (1 + np.exp(-1.5 * (score - 2.6)))
    return {
        "target": target, "sources": sources, "affinity": affinity, "affinity_low": 0.9 * affinity,
        "affinity_high": 1.1 * affinity, "gain": gain, "gain_low": gain - 0.02, "gain_high": gain + 0.02,
        "quality": quality, "quality_low": quality - 0.02, "quality_high": quality + 0.02,
        "loss": np.inf if diverged else 0.5 * np.exp(-score), "images": 96, "diverged": diverged,
    }  # fmt: skip


def _solve(transfers: pd.DataFrame, order: int, budget: int) -> dict[str, Any]:
    """Try every set of sources of one budget; the policies of the others are the random ones."""
    policies = [_policy(transfers, order, bought) for bought in itertools.combinations(TASKS, budget)]
    best = max(policies, key=lambda policy: policy["objective"])

    def spread(name: str) -> dict[str, float]:
        values = np.percentile([policy[name] for policy in policies], [5, 50, 95])
        return dict(zip(("p5", "p50", "p95"), values.tolist(), strict=True))

    random = {"count": len(policies), "gain": spread("mean_gain"), "quality": spread("mean_quality")}
    p_value = float(np.mean([policy["objective"] >= best["objective"] for policy in policies]))
    return {**best, "order": order, "budget": budget, "status": "optimal", "cost": budget, "random": random,
            "p_value": p_value, "objective_kind": "affinity"}  # fmt: skip


def _policy(transfers: pd.DataFrame, order: int, bought: tuple[str, ...]) -> dict[str, Any]:
    chosen = []
    for target, rows in transfers.groupby("target", sort=False):
        own = rows["sources"] == ("self" if target in bought else "")
        feasible = rows["sources"].map(lambda names: set(names.split("+")) <= set(bought))
        feasible &= (rows["sources"].str.count(r"\+") < order) & ~rows["diverged"]
        row = rows[own if own.any() else feasible].nlargest(1, "affinity").iloc[0]
        sources = [target] if row["sources"] == "self" else row["sources"].split("+")
        rates = {name: float(row[name]) for name in ("affinity", "gain", "quality")}
        chosen.append({"target": target, "sources": sources, **rates})
    mean = {f"mean_{name}": float(np.mean([edge[name] for edge in chosen])) for name in ("gain", "quality")}
    objective = sum(edge["affinity"] for edge in chosen)
    return {"sources": list(bought), "transfers": chosen, "objective": objective, **mean}


def _with_shares(record: dict[str, Any], rng: np.random.Generator) -> dict[str, Any]:
    edges = [{**edge, "share": round(float(rng.uniform(0.3, 1)), 2)} for edge in record["transfers"]]
    return {**{k: v for k, v in record.items() if k not in ("random", "p_value")}, "transfers": edges}


def _sanity(rng: np.random.Generator) -> dict[str, Any]:
    rows = [
        {"target": t, "constant": rng.uniform(0.8, 1), "random": rng.uniform(0.7, 1), "images": 96}
        for t in TARGETS
    ]
    mean = {name: float(np.mean([row[name] for row in rows])) for name in ("constant", "random")}
    return {"mean": mean, "targets": rows}


def _tree(transfers: pd.DataFrame) -> dict[str, Any]:
    from scipy.cluster.hierarchy import linkage

    single = transfers[transfers["sources"].isin(list(TASKS))]
    wide = single.pivot(index="sources", columns="target", values="affinity")
    joined = linkage(np.log(wide.to_numpy()), "average", metric="correlation")
    clusters = [["autoencoding", "denoising"], ["depth_zbuffer", "normal"], ["segment_semantic", "jigsaw"]]
    return {"leaves": wide.index.tolist(), "linkage": joined.tolist(), "clusters": clusters, "newick": ""}


def _data() -> dict[str, Any]:
    tasks = {
        name: {"title": title, "group": group, "metric": "mean absolute error", "roles": ["source", "target"]}
        for name, (title, group) in TASKS.items()
    }
    splits = {"source": 700, "transfer": 100, "validation": 80, "test": 96}
    return {"name": "made up", "identity": "0", "views": 976, "size": [64, 64], "splits": splits,
            "tasks": tasks, "left_out_tasks": [],
            "left_out_files": ["frame-000012.depth.png: truncated"]}  # fmt: skip


def _dump(file: Path, value: Any) -> None:
    file.parent.mkdir(exist_ok=True)
    file.write_text(json.dumps(value))
