"""The number format of a network's products."""

from contextlib import AbstractContextManager, nullcontext

import torch


def uses_bf16(precision: str, device: torch.device) -> bool:
    """Tell whether products are in bf16; ``auto`` is where the device multiplies it natively."""
    return precision == "bf16" or (precision == "auto" and has_fast_bf16(device))


def autocast(precision: str, device: torch.device) -> AbstractContextManager[object]:
    """Return the context of a precision."""
    return torch.autocast(device.type, torch.bfloat16) if uses_bf16(precision, device) else nullcontext()


def has_fast_bf16(device: torch.device) -> bool:
    """Tell whether bf16 products are native: tensor cores, AMX or AVX-512 BF16."""
    if device.type == "cuda":
        return torch.cuda.is_bf16_supported()
    if device.type != "cpu":
        return False
    checks = (
        getattr(torch.cpu, name, None) for name in ("_is_amx_tile_supported", "_is_avx512_bf16_supported")
    )
    return any(check() for check in checks if check)
