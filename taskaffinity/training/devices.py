"""Which torch devices workers run on."""

import torch

from taskaffinity.config import Config
from taskaffinity.errors import InputError
from taskaffinity.processes import cores

BUNDLE = {"cpu": 8, "cuda": 32}  # readouts that a worker gets at a time, by kind of device
EPSILON = 1e-9


def pick_devices(device: str, workers: int | None, share: float) -> list[str]:
    """Choose one device per worker.

    Parameters
    ----------
    device
        ``auto``, ``cpu``, ``cuda`` or ``cuda:N``.
    workers
        How many; as many as the GPUs have room for, or one per core, when None.
    share
        Of a GPU that each worker gets; more than 1 for several GPUs.

    Raises
    ------
    InputError
        A GPU is asked for that is not there.
    """
    gpus, device = torch.cuda.device_count(), resolved(device)
    if device == "cpu":
        return ["cpu"] * (workers or cores())
    if int(device.partition(":")[2] or 0) >= gpus:
        raise InputError(
            f"executor.device: {device} is not there, torch sees {gpus} GPUs; set it to cpu or auto"
        )
    numbers = range(gpus) if device == "cuda" else [int(device.partition(":")[2])]
    each = max(1, min(int(1 / share + EPSILON), cores() // len(numbers)))
    return [f"cuda:{numbers[number % len(numbers)]}" for number in range(workers or len(numbers) * each)]


def resolved(device: str) -> str:
    """Replace ``auto`` by the device that it stands for on this machine."""
    if device != "auto":
        return device
    return "cuda" if torch.cuda.device_count() else "cpu"


def device_of(config: Config) -> torch.device:
    """Return the device that this machine's workers get."""
    return torch.device(resolved(config.executor.device))


def devices_of(config: Config) -> list[str]:
    """Choose one device per worker, as a configuration asks; see `pick_devices`."""
    settings = config.executor
    return pick_devices(settings.device, settings.workers, settings.gpus_per_worker)


def slots_of(config: Config) -> int:
    """Count the workers: those of the configuration, or of the devices of this machine."""
    return config.executor.workers or len(devices_of(config))


def bundle_of(config: Config) -> int:
    """Return how many readouts of one target are handed out together, at most."""
    return config.executor.bundle or BUNDLE.get(device_of(config).type, BUNDLE["cpu"])


def limit_memory(device: torch.device, share: float) -> None:
    """Keep a worker to its share of the memory of a GPU that others use too; beyond it torch fails."""
    if device.type == "cuda" and share < 1:
        torch.cuda.set_per_process_memory_fraction(share, device)
