"""Which torch devices workers run on."""

import torch

from taskaffinity.config import Config
from taskaffinity.errors import InputError
from taskaffinity.processes import cores


def pick_devices(device: str, workers: int | None) -> list[str]:
    """Choose one device per worker.

    Parameters
    ----------
    device
        ``auto``, ``cpu``, ``cuda`` or ``cuda:N``.
    workers
        How many; one per GPU, or one per core, when None.

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
    if device == "cuda":
        return [f"cuda:{number % gpus}" for number in range(workers or gpus)]
    return [device] * (workers or 1)


def resolved(device: str) -> str:
    """Replace ``auto`` by the device that it stands for on this machine."""
    if device != "auto":
        return device
    return "cuda" if torch.cuda.device_count() else "cpu"


def device_of(config: Config) -> torch.device:
    """Return the device that this machine's workers get."""
    return torch.device(resolved(config.executor.device))


def slots_of(config: Config) -> int:
    """Count the workers: those of the configuration, or of the devices of this machine."""
    return config.executor.workers or len(pick_devices(config.executor.device, None))
