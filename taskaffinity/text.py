r"""Making text from untrusted files safe to print, to log, and to use in file names.

Names of tasks, images and files reach the terminal and the log. A control character in one could drive the
terminal, forge a line of the log, or turn the order of the text around (Boucher and Anderson, "Trojan
Source", 2021). Such characters are written as ``\uXXXX``, as in JSON, so that JSON stays JSON.
"""

import codecs
import re
from typing import TextIO

# C0 without tab and newline, DEL and C1, separators of lines and paragraphs, marks and overrides of
# direction, and halves of surrogate pairs, which no encoding can write.
_UNSAFE = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff\ud800-\udfff\ufffe\uffff]"
)
_LINE = re.compile("[\t\n]")
_NOT_IN_FILE_NAMES = re.compile(r"[^\w.+-]+")
LONGEST_FILE_NAME = 120  # characters; with a suffix in UTF-8 it stays below the 255 bytes of most systems

ESCAPES = "taskaffinity.escapes"  # an error handler of `codecs`


def printable(text: object) -> str:
    """Return text with every control character but tab and newline written as an escape."""
    return _UNSAFE.sub(lambda found: _escape(found[0]), str(text))


def one_line(text: object) -> str:
    """Return text as one line: tabs and newlines are escaped too."""
    return _LINE.sub(lambda found: "\\n" if found[0] == "\n" else "\\t", printable(text))


def file_name(name: str) -> str:
    """Make a name safe as the name of a file: letters, digits and ``_ . + -``, and not hidden."""
    return _NOT_IN_FILE_NAMES.sub("-", name).lstrip(".")[:LONGEST_FILE_NAME] or "-"


def _escape(text: str) -> str:
    """Write each UTF-16 unit of text as four hexadecimal digits, as JSON does."""
    units = text.encode("utf-16-be", "surrogatepass")
    return "".join(f"\\u{units[i]:02x}{units[i + 1]:02x}" for i in range(0, len(units), 2))


def _escaped(error: UnicodeError) -> tuple[str, int]:
    assert isinstance(error, UnicodeEncodeError)
    return _escape(error.object[error.start : error.end]), error.end


codecs.register_error(ESCAPES, _escaped)


class PrintableStream:
    """A text stream that passes on only what is printable; all else is that of the stream within.

    Characters that the stream's encoding lacks are escaped as well, instead of an error.

    Parameters
    ----------
    stream
        Where the text goes.
    """

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors=ESCAPES)

    def write(self, text: str) -> int:
        """Write text with its control characters escaped.

        Raises
        ------
        TypeError
            It is not text; libraries find out in this way that the stream is not one of bytes.
        """
        if not isinstance(text, str):
            raise TypeError(f"text is wanted, got {type(text).__name__}")
        return self._stream.write(printable(text))

    def __getattr__(self, name: str) -> object:
        if name == "buffer":  # bytes that are written to it would pass by unseen
            raise AttributeError(name)
        return getattr(self._stream, name)
