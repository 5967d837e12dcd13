"""The engine knows no vision: it can be imported where there is neither torch nor what reads or trains."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

import taskaffinity.engine

FOLDER = Path(taskaffinity.engine.__file__).parent
FILES = sorted(FOLDER.rglob("*.py"))
MODULES = [".".join(("taskaffinity.engine", *f.relative_to(FOLDER).with_suffix("").parts)) for f in FILES]
FORBIDDEN = (
    "torch", "torchvision", "cv2", "PIL", "skimage", "taskaffinity.data", "taskaffinity.models",
    "taskaffinity.training", "taskaffinity.tasks", "taskaffinity.transforms", "taskaffinity.sources",
    "taskaffinity.jobs", "taskaffinity.pipeline", "taskaffinity.report", "taskaffinity.plots",
)  # fmt: skip

IMPORT = """
import sys
from importlib import import_module

class Blocked:
    def find_spec(self, name, path=None, target=None):
        if any(name == one or name.startswith(one + ".") for one in {forbidden!r}):
            raise AssertionError("imports " + name)

sys.meta_path.insert(0, Blocked())
for module in {modules!r}:
    import_module(module)
"""


def forbidden(module: str) -> bool:
    return any(module == one or module.startswith(f"{one}.") for one in FORBIDDEN)


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.relative_to(FOLDER).as_posix())
def test_no_file_names_a_module_of_vision(file: Path):
    """Imports inside functions and those for type checkers alone count too."""
    imported = set()
    for node in ast.walk(ast.parse(file.read_text())):
        if isinstance(node, ast.Import):
            imported |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            imported |= {str(node.module), *(f"{node.module}.{alias.name}" for alias in node.names)}
    assert {module for module in imported if forbidden(module)} == set()


def test_the_engine_is_imported_without_vision():
    without_ray = [module.removesuffix(".__init__") for module in MODULES if ".ray" not in module]
    code = IMPORT.format(forbidden=FORBIDDEN, modules=without_ray)
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
