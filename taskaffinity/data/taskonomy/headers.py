"""The format of a PNG, from its first and last bytes, without decoding it."""

from pathlib import Path

from taskaffinity.data.faults import UnreadableError

SIGNATURE = b"\x89PNG\r\n\x1a\n"
END = b"IEND\xaeB`\x82"
KINDS = {0: "grey", 2: "colour", 3: "palette", 4: "grey", 6: "colour"}


def png_encoding(file: Path) -> tuple[str, tuple[int, int]]:
    """Return how a PNG is stored, as ``16-bit grey``, and its height and width.

    Raises
    ------
    UnreadableError
        It is missing, no PNG, or does not end as one: it was cut short.
    """
    try:
        if not file.is_file():
            raise UnreadableError(f"{file.name}: {'is no file' if file.exists() else 'missing'}")
        with file.open("rb") as stream:
            head = stream.read(26)
            stream.seek(max(-len(END), -stream.seek(0, 2)), 2)
            tail = stream.read()
    except OSError as error:
        raise UnreadableError(f"{file.name}: {error.strerror or error}") from None
    if len(head) < 26 or not head.startswith(SIGNATURE):
        raise UnreadableError(f"{file.name}: is no PNG")
    if tail != END:
        raise UnreadableError(f"{file.name}: is cut short")
    width, height = int.from_bytes(head[16:20], "big"), int.from_bytes(head[20:24], "big")
    return f"{head[24]}-bit {KINDS.get(head[25], 'unknown')}", (height, width)
