"""Spoiling files: the same bytes for the same generator."""

import struct
import zlib
from collections.abc import Sequence

import numpy as np

NUMBERS = (0, 1, 0x7F, 0x80, 0xFF, 0x7FFF, 0x8000, 0xFFFF, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF)
WORDS = (
    b"nan", b"inf", b"-inf", b"1e999", b"-1", b"0", b"9" * 30, b"9" * 5000, b"null", b"true", b"{",
    b"[" * 300, b"]", b'"', b",", b"\n", b"\r", b"\0", b"\xff\xfe", b"\xef\xbb\xbf", b"1_0", "٣".encode(),
)  # fmt: skip
PNG = b"\x89PNG\r\n\x1a\n"


def spoil(content: bytes, others: Sequence[bytes], rng: np.random.Generator) -> bytes:
    """Change a file in one to four places; the checksums of a PNG are put right in half of the cases."""
    changed = bytearray(content)
    for _ in range(int(rng.integers(1, 5))):
        changed = _change(changed, others, rng)
    if changed.startswith(PNG) and rng.random() < 0.5:
        changed = bytearray(_with_checksums(bytes(changed)))
    return bytes(changed)


def _change(content: bytearray, others: Sequence[bytes], rng: np.random.Generator) -> bytearray:
    at = int(rng.integers(0, len(content) + 1))
    length = int(rng.integers(1, 64))
    match int(rng.integers(0, 9)):
        case 0:
            for place in rng.integers(0, max(1, len(content)), 3).tolist():
                if place < len(content):
                    content[place] ^= 1 << int(rng.integers(0, 8))
        case 1:
            number = NUMBERS[int(rng.integers(len(NUMBERS)))]
            order = "<>"[int(rng.integers(2))]
            content[at : at + 4] = struct.pack(f"{order}I", number)
        case 2:
            del content[at : at + length]
        case 3:
            content[at:at] = content[at : at + length]
        case 4:
            content[at:at] = rng.bytes(length)
        case 5:
            del content[at:]
        case 6:
            other = others[int(rng.integers(len(others)))]
            content[at:] = other[int(rng.integers(0, len(other) + 1)) :]
        case 7:
            word = WORDS[int(rng.integers(len(WORDS)))]
            content[at : at + int(rng.integers(0, 6))] = word
        case _:
            content[at : at + 1] = bytes([int(rng.integers(256))])
    return content


def _with_checksums(content: bytes) -> bytes:
    """Write the chunks of a PNG with right checksums, as far as they can be separated."""
    made, at = PNG, len(PNG)
    while at + 8 <= len(content):
        (length,) = struct.unpack(">I", content[at : at + 4])
        if length > len(content):
            break
        body = content[at + 4 : at + 8 + length]
        made += content[at : at + 4] + body + struct.pack(">I", zlib.crc32(body))
        at += 12 + length
    return made + content[at:]
