"""How much of the processor's arithmetic each stage uses, against the best matrix product of this process.

    python benchmarks/utilisation.py [--encoder NAME]... [--size N] [--batch N] [--updates N] [--precision P]
        [--threads N] [--out FILE]

Prints one table and one line of JSON: operations per second of source training, encoding and readouts as the
package does them, on random tensors in memory, and of plain torch training of torchvision's ResNet-50
(channels-last, SGD). Operations are those of convolutions and matrix products, the optimiser's among them; a
backward pass counts twice its forward pass. The share is of the best matrix product measured in the same
process, threads and precision.
"""

import argparse
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch
import torchvision
from table import show
from torch.utils.flop_counter import FlopCounterMode

from taskaffinity.config import Config, parse
from taskaffinity.models.encoder import encoding_shape, make_encoder
from taskaffinity.outputs import Dense
from taskaffinity.training.calibration import Calibration
from taskaffinity.training.loop import autocast
from taskaffinity.training.muon import is_kernel, orthogonalised
from taskaffinity.training.workload import (
    TRAINING,
    Blueprint,
    EncoderBlueprint,
    OwnBlueprint,
    Predictor,
    ReadoutBlueprint,
    operations,
)

CPU = torch.device("cpu")
SIDES = (1024, 2048, 4096)
STAGES = ("source", "encoding", "readout")


def blueprint_of(name: str, config: Config, image: tuple[int, int]) -> Blueprint:
    """Describe the network of a stage."""
    model, output = config.model, Dense(3)
    if name == "encoding":
        return EncoderBlueprint(model, image, config.source.precision, lambda: make_encoder(model))
    if name == "source":
        return OwnBlueprint(output, "l1", image, config.source, 1, model)
    shapes = (encoding_shape(model, image),)
    return ReadoutBlueprint(output, "l1", image, config.transfer, 1, shapes, model)


def seconds_of(work: Callable[[], object], times: int) -> float:
    """Time work that was done once before."""
    work()
    began = time.perf_counter()
    for _ in range(times):
        work()
    return (time.perf_counter() - began) / times


def best_product(dtype: torch.dtype) -> float:
    """Measure the best operations per second of a matrix product."""
    rates = []
    for side in SIDES:
        one, other = torch.rand(side, side).to(dtype), torch.rand(side, side).to(dtype)
        rates += [2 * side**3 / seconds_of(lambda a=one, b=other: a @ b, 3) for _ in range(3)]
    return max(rates)


def stage(name: str, config: Config, size: int, batch: int, updates: int) -> dict[str, Any]:
    """Measure one stage of the package."""
    blueprint, calibration = blueprint_of(name, config, (size, size)), Wall(config, CPU)
    one = operations(blueprint)
    if not isinstance(blueprint, Predictor):
        encoder = blueprint.build().eval().to(memory_format=torch.channels_last)
        images = blueprint.inputs(batch)
        with torch.inference_mode(), autocast(config.source.precision, CPU):
            taken = seconds_of(lambda: encoder(images), updates)
        rate = one * batch / taken
    else:
        taken = calibration.update(blueprint, batch, updates)
        rate = (TRAINING * one * batch + optimising(blueprint.build())) / taken
    return {"stage": name, "network": config.model.encoder, "step_ms": 1000 * taken, "gflops": rate / 1e9}


def optimising(network: torch.nn.Module) -> int:
    """Count the operations of the optimiser in one update."""
    with FlopCounterMode(display=False) as counter, torch.device("meta"):
        for kernel in filter(is_kernel, network.parameters()):
            orthogonalised(torch.empty(kernel.flatten(1)[None].shape))
    return int(counter.get_total_flops())


class Wall(Calibration):
    """The package's own training loop, by the clock on the wall and with every thread."""

    def update(self, blueprint: Predictor, count: int, updates: int) -> float:
        """Time one update; a readout's is its share of those side by side."""
        network, together = self._network(blueprint)
        network.train()
        self._updates(network, blueprint, count, 1)
        return self._updates(network, blueprint, count, updates) / updates / together

    def _seconds(self, work: Callable[[], object]) -> float:
        began = time.perf_counter()
        work()
        return time.perf_counter() - began


def plain(size: int, batch: int, updates: int, precision: str) -> dict[str, Any]:
    """Train torchvision's ResNet-50 as any tutorial does, channels-last."""
    network = torchvision.models.resnet50().to(memory_format=torch.channels_last)
    optimiser = torch.optim.SGD(network.parameters(), 0.01, momentum=0.9)
    images = torch.rand(batch, 3, size, size).to(memory_format=torch.channels_last)
    labels = torch.zeros(batch, dtype=torch.int64)
    with FlopCounterMode(display=False) as counter, torch.no_grad():
        network.eval()(images[:1])
    network.train()

    def update() -> None:
        with autocast(precision, CPU):
            loss = torch.nn.functional.cross_entropy(network(images).float(), labels)
        optimiser.zero_grad(set_to_none=True)
        loss.backward()
        optimiser.step()

    taken = seconds_of(update, updates)
    rate = TRAINING * counter.get_total_flops() * batch / taken
    return {"stage": "plain torch", "network": "resnet50", "step_ms": 1000 * taken, "gflops": rate / 1e9}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--encoder", action="append", choices=("small", "resnet18", "resnet50"))
    parser.add_argument("--size", type=int, default=128, help="side of the images, pixels")
    parser.add_argument("--batch", type=int, default=32)
    parser.add_argument("--updates", type=int, default=5, help="how many are timed")
    parser.add_argument("--precision", default="bf16", choices=("bf16", "fp32"))
    parser.add_argument("--threads", type=int, default=torch.get_num_threads())
    parser.add_argument("--out", type=Path, help="write the JSON here as well")
    given = parser.parse_args()
    torch.set_num_threads(given.threads)
    best = best_product(torch.bfloat16 if given.precision == "bf16" else torch.float32)
    rows = [{"stage": "matrix product", "network": None, "step_ms": None, "gflops": best / 1e9}]
    rows.append(plain(given.size, given.batch, given.updates, given.precision))
    for encoder in given.encoder or ["small", "resnet50"]:
        precision = {"precision": given.precision}
        config = parse({"model": {"encoder": encoder}, "source": precision, "transfer": precision})
        rows += [stage(name, config, given.size, given.batch, given.updates) for name in STAGES]
    for row in rows:
        row["share"] = row["gflops"] * 1e9 / best
    options = {name: value for name, value in vars(given).items() if name != "out"}
    show(rows, given.out, options=options)


if __name__ == "__main__":
    main()
