"""How long the program takes to begin: importing the package, and the help of each command.

    python benchmarks/startup.py [--times N] [--out FILE]

Prints one table and one line of JSON: the least wall-clock seconds of a fresh process, with the bare
interpreter beside, and which slow packages it had imported.
"""

import argparse
import json
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from table import show

SLOW = ("torch", "torchvision", "matplotlib", "networkx", "pandas", "scipy", "pulp", "ray", "cv2", "skimage")
REPORT = "import sys, json; print(json.dumps([n for n in {names!r} if n in sys.modules]), file=sys.stderr)"
CALL = "from taskaffinity.cli.main import main; main({words!r})"


def measure(name: str, code: str, times: int) -> dict[str, Any]:
    """Time a fresh interpreter that runs `code`."""
    seconds, imported = [], []
    for _ in range(times):
        began = time.perf_counter()
        done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
        seconds.append(time.perf_counter() - began)
    with_report = f"{code}\n{REPORT.format(names=SLOW)}"
    done = subprocess.run([sys.executable, "-c", with_report], capture_output=True, text=True, check=True)
    imported = json.loads(done.stderr.splitlines()[-1])
    return {"what": name, "seconds": min(seconds), "slow imports": " ".join(imported) or None}


def commands() -> list[list[str]]:
    """Return the words of every command."""
    import typer

    from taskaffinity.cli.main import app

    found = []
    for name, command in typer.main.get_command(app).commands.items():  # type: ignore[attr-defined]
        inner = getattr(command, "commands", None)
        found += [[name, word] for word in inner] if inner else [[name]]
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--times", type=int, default=5, help="processes of each; the quickest counts")
    parser.add_argument("--out", type=Path, help="write the JSON here as well")
    given = parser.parse_args()
    rows = [
        measure("python", "pass", given.times),
        measure("import taskaffinity", "import taskaffinity", given.times),
        measure("import taskaffinity.analysis", "import taskaffinity.analysis", given.times),
        measure("import taskaffinity.pipeline", "import taskaffinity.pipeline", given.times),
    ]
    for words in [[], *commands()]:
        call = CALL.format(words=[*words, "--help"])
        rows.append(measure(" ".join(["taskaffinity", *words, "--help"]), call, given.times))
    show(rows, given.out)


if __name__ == "__main__":
    main()
