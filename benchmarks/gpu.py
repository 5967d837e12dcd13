"""What one GPU gets done: source training, encoding and readouts, as shares of its best matrix product.

    python benchmarks/gpu.py [--device NAME] [--part NAME]... [--encoder NAME]... [--size N] [--batch N]
        [--updates N] [--together N]... [--workers N]... [--out FILE]

Needs the package, torch and the device alone, and takes less than four minutes on a data-centre GPU. Prints a
table a part and writes one JSON. On random tensors that are on the device already:

product     the best bf16 matrix product; the shares below are of it
stages      an update of source training, and encoding: images and operations per second, peak memory. A
            backward pass counts as two forward passes, and the optimiser's products are counted
readouts    whole trainings of readouts, as the default run does them, alone and side by side
workers     the same in several processes on the one device
taskonomy   what Taskonomy's size would take on one such device, by the rates of the parts above
run         the default run of the package, from an empty cache

Without a GPU it runs on the processor, at sizes that the options make small.
"""

import argparse
import json
import multiprocessing
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import torch
from torch import Tensor
from torch.utils.flop_counter import FlopCounterMode

from taskaffinity.config import Config, Model, parse
from taskaffinity.models.bundle import Bundle
from taskaffinity.models.decoders import make_decoder
from taskaffinity.models.encoder import encoding_shape, make_encoder
from taskaffinity.models.frozen import Frozen
from taskaffinity.models.networks import Network, Readout, Scale, TaskNetwork
from taskaffinity.outputs import Dense
from taskaffinity.training.loop import TrainingProblem, fit
from taskaffinity.training.losses import LOSSES, Truth
from taskaffinity.training.muon import is_kernel, orthogonalised
from taskaffinity.training.objective import Supervised
from taskaffinity.training.update import make_update

PARTS = ("product", "stages", "readouts", "workers", "taskonomy", "run")
SIDES = {"cuda": (4096, 8192), "cpu": (512, 1024)}
OUTPUT = Dense(3)
LOSS = LOSSES["l1"]
EPOCHS = 20
TRAINING = 3  # passes: forward, and backward by inputs and by weights
TRANSFER, VALIDATION = 600, 480  # examples, as in the default run
IMAGE = {"small": 64, "resnet18": 128, "resnet50": 256}  # pixels a side
BATCH = {"small": 32, "resnet18": 128, "resnet50": 128}
ENCODED = {"small": 512, "resnet18": 512, "resnet50": 256}  # images at a time


def seconds_of(work: Callable[[], object], times: int, device: torch.device) -> float:
    """Time work on a device, after two calls that are not timed."""
    for _ in range(2):
        work()
    synchronise(device)
    began = time.perf_counter()
    for _ in range(times):
        work()
    synchronise(device)
    return (time.perf_counter() - began) / times


def synchronise(device: torch.device) -> None:
    if device.type == "cuda":
        torch.cuda.synchronize(device)


def best_product(device: torch.device) -> float:
    """Measure the best bf16 operations per second of a matrix product of random values."""
    rates = []
    for side in SIDES[device.type]:
        one, other = (torch.randn(side, side, device=device, dtype=torch.bfloat16) for _ in range(2))
        rates += [2 * side**3 / seconds_of(lambda a=one, b=other: a @ b, 10, device) for _ in range(3)]
    return max(rates)


def own_network(model: Model, size: tuple[int, int]) -> TaskNetwork:
    grid = encoding_shape(model, size).grid
    decoder = make_decoder(OUTPUT, model.channels, grid, size, model.decoder_width)
    return TaskNetwork(make_encoder(model), decoder, Scale())


def readout(model: Model, size: tuple[int, int]) -> Readout:
    grid = encoding_shape(model, size).grid
    decoder = make_decoder(OUTPUT, model.channels, grid, size, model.decoder_width)
    return Readout(model.channels, model.channels, decoder, Scale())


def operations(network: torch.nn.Module, inputs: Any) -> int:
    """Count the operations of a forward pass; both are on the meta device."""
    with FlopCounterMode(display=False) as counter, torch.no_grad():
        network(inputs)
    return int(counter.get_total_flops())


def optimising(network: torch.nn.Module) -> int:
    """Count the operations of the optimiser's products in one update."""
    with FlopCounterMode(display=False) as counter, torch.device("meta"):
        for kernel in filter(is_kernel, network.parameters()):
            orthogonalised(torch.empty(kernel.flatten(1)[None].shape))
    return int(counter.get_total_flops())


def labels(count: int, size: tuple[int, int]) -> Truth:
    return Truth(torch.rand(count, 3, *size), torch.ones(count, 1, *size, dtype=torch.bool))


def training(
    config: Config, size: tuple[int, int], batch: int, updates: int, device: torch.device
) -> dict[str, Any]:
    """Time updates of source training."""
    with torch.device("meta"):
        network = own_network(config.model, size)
        one = operations(network.eval(), [torch.empty(1, 3, *size)])
        rest = optimising(network)
    network = own_network(config.model, size).to(device).train()
    update = make_update(network, Supervised(LOSS), config.source, device)
    images = torch.rand(batch, 3, *size, device=device).contiguous(memory_format=torch.channels_last)
    truth = labels(batch, size).to(device)
    for _ in range(6):
        update([images], truth, 0.0)
    taken = seconds_of(lambda: update([images], truth, 0.0), updates, device)
    networks_alone = TRAINING * one * batch
    return {
        "stage": "training", "batch": batch, "ms": 1000 * taken, "images_per_s": batch / taken,
        "networks_per_s": networks_alone / taken, "operations_per_s": (networks_alone + rest) / taken,
    }  # fmt: skip


def encoding(
    config: Config, size: tuple[int, int], batch: int, updates: int, device: torch.device
) -> dict[str, Any]:
    """Time frozen encoders, as they fill the cache of encodings."""
    with torch.device("meta"):
        one = operations(make_encoder(config.model).eval(), torch.empty(1, 3, *size))
    frozen = Frozen(make_encoder(config.model), config.source.precision, device)
    images = torch.rand(batch, 3, *size, device=device).contiguous(memory_format=torch.channels_last)
    taken = seconds_of(lambda: frozen(images), updates, device)
    rate = one * batch / taken
    return {
        "stage": "encoding", "batch": batch, "ms": 1000 * taken, "images_per_s": batch / taken,
        "networks_per_s": rate, "operations_per_s": rate,
    }  # fmt: skip


def stages(given: argparse.Namespace, device: torch.device, best: float) -> list[dict[str, Any]]:
    rows = []
    for name in given.encoder:
        config = config_of(name)
        size = (given.size or IMAGE[name],) * 2
        for stage, batches in ((training, BATCH), (encoding, ENCODED)):
            if device.type == "cuda":
                torch.cuda.empty_cache()
                torch.cuda.reset_peak_memory_stats(device)
            row = stage(config, size, given.batch or batches[name], given.updates, device)
            memory = torch.cuda.max_memory_allocated(device) / 2**30 if device.type == "cuda" else None
            rows.append({
                "network": name, "size": size[0], **row, "share": row["operations_per_s"] / best,
                "share_of_networks": row["networks_per_s"] / best, "peak_gib": memory,
            })  # fmt: skip
    return rows


def config_of(encoder: str) -> Config:
    return parse({"model": {"encoder": encoder}})


class Readouts:
    """Trains readouts side by side on random encodings, as the default run does."""

    def __init__(self, encoder: str, size: int, together: int, device: torch.device) -> None:
        self.config, self.size, self.together, self.device = (
            config_of(encoder),
            (size, size),
            together,
            device,
        )
        shape = encoding_shape(self.config.model, self.size).grid
        channels = self.config.model.channels * together
        self.train, self.validation = (
            torch.randn(count, channels, *shape).to(device).contiguous(memory_format=torch.channels_last)
            for count in (TRANSFER, VALIDATION)
        )
        self.truth = labels(TRANSFER, self.size).to(device)

    def __call__(self) -> None:
        """Train them once."""
        one = readout(self.config.model, self.size)
        network: Network = (Bundle(one, self.together) if self.together > 1 else one).to(self.device)

        def batch(index: Any, draw: int) -> tuple[Tensor, Truth]:
            rows = torch.from_numpy(index).to(self.device, non_blocking=True)
            return self.train[rows], self.truth[rows]

        def validate(network: Network) -> list[float]:
            with torch.inference_mode():
                for part in self.validation.split(32):
                    network(part)
            return [0.0] * network.members

        fit(
            TrainingProblem(network, batch, TRANSFER, Supervised(LOSS), validate),
            self.config.transfer,
            self.device,
            seed=0,
        )


def readouts(given: argparse.Namespace, device: torch.device) -> list[dict[str, Any]]:
    rows = []
    for encoder in given.encoder:
        for together in given.together:
            work = Readouts(encoder, given.size or IMAGE[encoder], together, device)
            taken = seconds_of(work, 1, device)
            rate = together / taken
            rows.append({"network": encoder, "together": together, "seconds": taken, "readouts_per_s": rate})
    return rows


def _work_beside(encoder: str, size: int, together: int, device: str, barrier: Any, times: int) -> None:
    torch.set_num_threads(1)
    work = Readouts(encoder, size, together, torch.device(device))
    work()
    barrier.wait()
    for _ in range(times):
        work()
    synchronise(torch.device(device))
    barrier.wait()


def workers(given: argparse.Namespace, device: torch.device) -> list[dict[str, Any]]:
    """Train the same readouts in several processes at once."""
    spawn, rows, times = multiprocessing.get_context("spawn"), [], 2
    encoder = given.encoder[0]
    together = given.together[-1]
    for count in given.workers:
        barrier = spawn.Barrier(count + 1)
        options = (encoder, given.size or IMAGE[encoder], together, str(device), barrier, times)
        processes = [spawn.Process(target=_work_beside, args=options) for _ in range(count)]
        for process in processes:
            process.start()
        barrier.wait()
        began = time.perf_counter()
        barrier.wait()
        taken = time.perf_counter() - began
        for process in processes:
            process.join()
        rows.append({
            "network": encoder, "together": together, "workers": count,
            "readouts_per_s": count * times * together / taken,
        })  # fmt: skip
    return rows


def taskonomy(record: dict[str, Any]) -> list[dict[str, Any]]:
    """Forecast the published size of Taskonomy from the rates of ResNet-50 at 256x256 that were measured.

    25 networks of 120,000 images, the encodings of 26 sources, and a readout of every one of 26 sources for
    each of 26 targets on 16,000 images; all are trained for 20 epochs. Reading images is not in it.
    """
    network = "resnet50"
    rate = {row["stage"]: row["images_per_s"] for row in record["stages"] if row["network"] == network}
    readout_rates = [row["readouts_per_s"] for row in record["readouts"] if row["network"] == network]
    settings = config_of(network).transfer
    examples = max(readout_rates) * settings.updates * settings.batch  # that readouts see in a second
    seconds = {
        "sources": 25 * 120_000 * EPOCHS / rate["training"],
        "encodings": 26 * (16_000 + 2_000 + 17_000) / rate["encoding"],
        "readouts": 26 * 26 * 16_000 * EPOCHS / examples,
    }
    hours = {name: value / 3600 for name, value in seconds.items()}
    return [{"part": name, "hours": value} for name, value in (*hours.items(), ("all", sum(hours.values())))]


def run() -> list[dict[str, Any]]:
    """Time the default run from an empty cache."""
    with tempfile.TemporaryDirectory() as place:
        began = time.perf_counter()
        subprocess.run(
            [sys.executable, "-m", "taskaffinity", "run", "--out", f"{place}/run"], check=True,
            env={**os.environ, "TASKAFFINITY_CACHE": f"{place}/cache"}, capture_output=True,
        )  # fmt: skip
        taken = time.perf_counter() - began
        forecast = json.loads(Path(place, "run", "forecast.json").read_text("utf-8"))
    return [{"run": "default", "seconds": taken, "worker_seconds": forecast["actual_seconds"]}]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--device", default="cuda" if torch.cuda.is_available() else "cpu")
    parser.add_argument("--part", action="append", choices=PARTS)
    parser.add_argument("--encoder", action="append", choices=tuple(IMAGE))
    parser.add_argument("--size", type=int, help="side of the images, pixels; 64, 128 or 256 by encoder")
    parser.add_argument("--batch", type=int, help="images of an update and of a pass; by encoder")
    parser.add_argument("--updates", type=int, default=20, help="how many are timed")
    parser.add_argument("--together", type=int, action="append", help="readouts side by side")
    parser.add_argument("--workers", type=int, action="append", help="processes on the device")
    parser.add_argument("--out", type=Path, help="write the JSON here as well")
    given = parser.parse_args()
    given.encoder = given.encoder or ["small", "resnet50"]
    given.together, given.workers = given.together or [1, 8, 32], given.workers or [1, 2, 4]
    device, parts = torch.device(given.device), given.part or PARTS
    if device.type == "cpu":
        torch.set_num_threads(1)
    best = best_product(device)
    record: dict[str, Any] = {
        "device": torch.cuda.get_device_name(device) if device.type == "cuda" else "cpu",
        "torch": torch.__version__, "best_product_per_s": best,
    }  # fmt: skip
    measures: dict[str, Callable[[], list[dict[str, Any]]]] = {
        "stages": lambda: stages(given, device, best),
        "readouts": lambda: readouts(given, device),
        "workers": lambda: workers(given, device),
        "taskonomy": lambda: taskonomy(record),
        "run": run,
    }
    print(f"{record['device']}: best bf16 product {best / 1e12:.3g} TFLOP/s")
    for part in (name for name in measures if name in parts):
        record[part] = measures[part]()
        print(
            pd.DataFrame(record[part]).to_string(index=False, float_format=lambda x: f"{x:.4g}", na_rep="-")
        )
    print(json.dumps(record))
    if given.out:
        given.out.write_text(json.dumps(record, indent=1) + "\n", "utf-8")


if __name__ == "__main__":
    main()
