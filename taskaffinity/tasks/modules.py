"""Task files as modules: run under names of their own, with the modules that they share in their folder.

A task file can import a module that lies beside it, as ``import _shared``, ``from _shared import reach`` or
``from ._shared import reach``. Each folder is a package with a name of its own in `sys.modules`, so that two
folders can have modules of the same name. Names of the standard library are never taken by a folder; those of
installed packages are. No byte code is kept: what runs is the text that was read.
"""

import ast
import builtins
import hashlib
import importlib
import sys
from collections.abc import Iterator, Mapping, Sequence
from importlib.abc import InspectLoader, MetaPathFinder
from importlib.machinery import ModuleSpec
from importlib.util import spec_from_loader
from pathlib import Path
from types import CodeType, ModuleType
from typing import Any

from taskaffinity.errors import TaskError
from taskaffinity.tasks.meaning import fingerprint

PREFIX = "taskaffinity_tasks_"
CODE = "__taskaffinity_code__"
"""The attribute of a loaded module that holds the hash of what it does, its folder's modules included."""


class Folder:
    """The Python files of one folder, as one state of them.

    Attributes
    ----------
    path
        The folder.
    package
        The name of its package in `sys.modules`.
    """

    def __init__(self, path: Path) -> None:
        self.path = path.resolve()
        self.package = PREFIX + hashlib.sha256(str(self.path).encode()).hexdigest()[:12]
        self._texts: dict[str, str] = {}
        self._codes: dict[str, str] = {}

    def open(self) -> None:
        """Create its package again, without modules loaded from an earlier state of the files."""
        loaded = [name for name in sys.modules if name == self.package or name.startswith(f"{self.package}.")]
        for name in loaded:
            del sys.modules[name]
        package = ModuleType(self.package)
        package.__path__ = []  # a package; its modules are found by `_Finder` alone
        sys.modules[self.package] = package
        _FINDER.folders[self.package] = self

    def load(self, name: str) -> ModuleType:
        """Run one of its modules, or return it where it ran already; `name` is dotted."""
        return importlib.import_module(f"{self.package}.{name}")

    def file_of(self, name: str) -> Path | None:
        """Return the file of a module, ``name.py`` or ``name/__init__.py``; None where there is none."""
        stem = self.path.joinpath(*name.split("."))
        candidates = (stem / "__init__.py", stem.with_name(f"{stem.name}.py"))
        return next((file for file in candidates if file.is_file()), None)

    def has(self, name: str) -> bool:
        """Tell whether a module that a task file asks for is one of the folder's."""
        top = name.partition(".")[0]
        return top not in sys.stdlib_module_names and self.file_of(top) is not None

    def text_of(self, name: str) -> str:
        """Read a module, once: what is run is what is hashed.

        Raises
        ------
        TaskError
            The file cannot be read, or is not UTF-8.
        """
        if name not in self._texts:
            file = self.file_of(name)
            assert file is not None
            try:
                self._texts[name] = file.read_text("utf-8")
            except (OSError, UnicodeDecodeError) as error:
                raise TaskError(f"{file} cannot be read ({error}); write it as UTF-8") from None
        return self._texts[name]

    def code_of(self, name: str) -> str:
        """Hash what a module does, with every module of the folder that it imports, directly or not."""
        if name not in self._codes:
            reached = [name]
            for module in reached:
                reached += [other for other in self._imported_by(module) if other not in reached]
            hashes = [fingerprint(self.text_of(name))]
            hashes += [f"{other} {fingerprint(self.text_of(other))}" for other in sorted(reached[1:])]
            joined = hashlib.sha256("\n".join(hashes).encode()).hexdigest()[:16]
            self._codes[name] = hashes[0] if len(hashes) == 1 else joined
        return self._codes[name]

    def _imported_by(self, name: str) -> Iterator[str]:
        """Name the folder's modules that a module imports, wherever in it the import stands."""
        file = self.file_of(name)
        is_package = file is not None and file.name == "__init__.py"
        package = name if is_package else name.rpartition(".")[0]
        for node in ast.walk(ast.parse(self.text_of(name))):
            for wanted in _imports(node, package):
                parts = wanted.split(".")
                names = [".".join(parts[: count + 1]) for count in range(len(parts))]
                if self.has(wanted) or _is_relative(node):
                    yield from (each for each in names if each and self.file_of(each))


def _is_relative(node: ast.AST) -> bool:
    return isinstance(node, ast.ImportFrom) and node.level > 0


def _imports(node: ast.AST, package: str) -> Iterator[str]:
    """Name what one statement may import, as dotted names in the folder."""
    if isinstance(node, ast.Import):
        yield from (alias.name for alias in node.names)
    elif isinstance(node, ast.ImportFrom):
        parents = package.split(".") if package else []
        base = parents[: len(parents) - (node.level - 1)] if node.level else []
        base = [*base, *(node.module.split(".") if node.module else [])]
        if base:
            yield ".".join(base)
        yield from (".".join([*base, alias.name]) for alias in node.names if alias.name != "*")


class _Loader(InspectLoader):
    """Runs one module of a folder from its text."""

    def __init__(self, folder: Folder, name: str) -> None:
        self.folder, self.name = folder, name

    def is_package(self, fullname: str) -> bool:
        file = self.folder.file_of(self.name)
        return file is not None and file.name == "__init__.py"

    def get_source(self, fullname: str) -> str:
        return self.folder.text_of(self.name)

    def get_code(self, fullname: str) -> CodeType:
        file = self.folder.file_of(self.name)
        return compile(self.folder.text_of(self.name), str(file), "exec", dont_inherit=True)

    def exec_module(self, module: ModuleType) -> None:
        file = self.folder.file_of(self.name)
        names: dict[str, Any] = {"__file__": str(file), CODE: self.folder.code_of(self.name)}
        names["__builtins__"] = {**vars(builtins), "__import__": _importer(self.folder)}
        vars(module).update(names)
        exec(self.get_code(module.__name__), vars(module))


class _Finder(MetaPathFinder):
    """Finds the modules of the folders that are open."""

    def __init__(self) -> None:
        self.folders: dict[str, Folder] = {}

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        package, _, name = fullname.partition(".")
        folder = self.folders.get(package)
        if folder is None or not name or folder.file_of(name) is None:
            return None
        loader = _Loader(folder, name)
        return spec_from_loader(fullname, loader, origin=str(folder.file_of(name)))


_FINDER = _Finder()
sys.meta_path.insert(0, _FINDER)


def _importer(folder: Folder) -> Any:
    """Make the ``__import__`` of a folder's modules, in which the folder's own come before installed ones."""

    def find(
        name: str,
        globals: Mapping[str, object] | None = None,
        locals: Mapping[str, object] | None = None,
        fromlist: Sequence[str] | None = (),
        level: int = 0,
    ) -> ModuleType:
        if level or not folder.has(name):
            return builtins.__import__(name, globals, locals, fromlist or (), level)
        module = folder.load(name)
        if not fromlist:
            return folder.load(name.partition(".")[0])
        for wanted in fromlist:
            if not hasattr(module, wanted) and folder.file_of(f"{name}.{wanted}"):
                folder.load(f"{name}.{wanted}")
        return module

    return find
