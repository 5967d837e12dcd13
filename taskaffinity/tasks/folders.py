"""Finding the tasks of the dictionary and of a user's own folders, and picking some of them by name."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from types import ModuleType
from typing import Any

from taskaffinity.errors import TaskError
from taskaffinity.tasks.contract import AT, Task
from taskaffinity.tasks.modules import Folder

PACKAGE = Path(__file__).parents[1]
DICTIONARY_IN_WHEEL = PACKAGE / "_dictionary"
DICTIONARY_IN_CHECKOUT = PACKAGE.parent / "tasks"


def dictionary_folder() -> Path:
    """Return the folder of the tasks that come with the package, installed or in a checkout."""
    return DICTIONARY_IN_WHEEL if DICTIONARY_IN_WHEEL.is_dir() else DICTIONARY_IN_CHECKOUT


def discover(folders: Iterable[str | Path] = ()) -> dict[str, Task]:
    """Find every task of the dictionary and of the user's own folders.

    Parameters
    ----------
    folders
        Folders of task files besides the package's own. Files that begin with an underscore are not tasks.

    Returns
    -------
    dict
        Tasks by name, in the order of their names.

    Raises
    ------
    TaskError
        A folder is missing, a file cannot be run or binds no task, or a name is declared twice.
    """
    tasks: dict[str, Task] = {}
    for path in (dictionary_folder(), *(Path(folder) for folder in folders)):
        if not path.is_dir():
            raise TaskError(f"task folder {path} does not exist")
        folder = Folder(path)
        folder.open()
        for file in sorted(path.glob("[!_.]*.py")):
            task = _load(folder, file)
            if task.name in tasks:
                raise TaskError(f"{file}: task {task.name!r} is declared twice; give yours another name")
            tasks[task.name] = task
    return dict(sorted(tasks.items()))


def load(path: Path) -> Task:
    """Load one task file; its ``task`` is stamped with the fingerprint of its code.

    Raises
    ------
    TaskError
        The file cannot be run, or binds no task.
    """
    folder = Folder(path.parent)
    folder.open()
    return _load(folder, path)


def _load(folder: Folder, file: Path) -> Task:
    module = _run(folder, file)
    task: Any = getattr(module, "task", None)
    if not isinstance(task, Task):
        raise TaskError(
            f"{file}: binds no `task = Task(...)`; a file that tasks share begins with an underscore"
        )
    if task.name != file.stem:
        raise TaskError(f"{file}: its task is named {task.name!r}; the file must be {task.name}.py")
    return replace(task, fingerprint=folder.code_of(file.stem))


def _run(folder: Folder, file: Path) -> ModuleType:
    """Run a task file; whatever goes wrong in it becomes one line."""
    if not file.stem.isidentifier():
        raise TaskError(f"{file}: the name of a task file must be letters, digits and underscores")
    try:
        return folder.load(file.stem)
    except TaskError as error:
        said = str(error)
        raise TaskError(said if str(file.parent) in said else f"{file}: {said}") from error
    except RecursionError:
        raise TaskError(f"{file}: its code is nested too deeply to be read") from None
    except (Exception, SystemExit) as error:
        raise TaskError(f"{file}: {type(error).__name__}: {error}") from error


def select(tasks: dict[str, Task], names: Iterable[str]) -> dict[str, Task]:
    """Pick tasks by name.

    Raises
    ------
    TaskError
        A name is unknown; the message lists the nearest ones.
    """
    from difflib import get_close_matches

    wanted = list(names)
    unknown = [name for name in wanted if name not in tasks]
    if unknown:
        hints = {name: get_close_matches(name, tasks, n=2) for name in unknown}
        said = ", ".join(
            f"{n!r}" + (f" (did you mean {' or '.join(h)}?)" if h else "") for n, h in hints.items()
        )
        raise TaskError(f"unknown task {said}; `taskaffinity tasks list` names them all")
    return {name: tasks[name] for name in wanted}


def select_in_domains(
    tasks: dict[str, Task], names: Iterable[str], label_costs: Mapping[str, float]
) -> dict[str, Task]:
    """Pick tasks by name, those of the form ``TASK@DOMAIN`` restricted to their domain.

    Parameters
    ----------
    tasks
        Of the dictionary, by name.
    names
        What is wanted.
    label_costs
        What labels cost in a domain, by domain; 1 where left out.

    Raises
    ------
    TaskError
        The name of a task is unknown.
    """
    wanted = [(name, *name.partition(AT)[::2]) for name in names]
    found = select(tasks, [base for _, base, _ in wanted])
    return {
        name: found[base].in_domain(domain, label_costs.get(domain, 1.0)) if domain else found[base]
        for name, base, domain in wanted
    }
