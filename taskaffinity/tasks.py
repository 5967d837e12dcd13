"""The Task contract, and the discovery of the dictionary in ``tasks/`` and in a user's own folders.

A task is one Python file that binds ``task = Task(...)``. Files whose name starts with an underscore are
left alone, so that a folder can hold what its tasks share. Nothing here imports torch: listing, analysing and
comparing tasks stays quick.
"""

import ast
import hashlib
import importlib.util
import sys
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, get_args

import numpy as np

from taskaffinity.errors import TaskError
from taskaffinity.groupings import GROUPINGS
from taskaffinity.outputs import Classes, Dense, Embedding, Output, PixelClasses, Projections, Vector

if TYPE_CHECKING:
    from taskaffinity.data.views import Views
    from taskaffinity.transforms import Transform

__all__ = [
    "SOURCE_AND_TARGET", "SOURCE_ONLY", "Classes", "Dense", "Embedding", "Label", "Output", "PixelClasses",
    "Projections", "Task", "Vector", "discover", "select",
]  # fmt: skip

Group = Literal["2D", "3D", "geometric", "semantic", "self-supervised"]
Role = Literal["source", "target"]
Loss = Literal["l1", "l2", "softmax", "balanced_softmax", "pixel_metric", "nt_xent", "pirl"]
Grouping = Literal["single", "fixated", "nonfixated", "matching", "triplet", "temporal"]

SOURCE_AND_TARGET: frozenset[Role] = frozenset({"source", "target"})
SOURCE_ONLY: frozenset[Role] = frozenset({"source"})
DICTIONARY_IN_WHEEL = Path(__file__).parent / "_dictionary"
DICTIONARY_IN_CHECKOUT = Path(__file__).parent.parent / "tasks"


@dataclass(frozen=True)
class Label:
    """The truth for a batch of examples.

    Attributes
    ----------
    value
        float32 (N, C, H, W) for dense outputs, (N, D) for vectors; int64 (N,) for classes, (N, H, W) for
        classes or segments per pixel.
    valid
        bool (N, 1, H, W) for anything per pixel, (N,) otherwise. An example with nothing valid has no loss.
    """

    value: np.ndarray
    valid: np.ndarray


Target = str | Callable[..., "Label"]


@dataclass(frozen=True)
class Task:
    """One task of the dictionary: what goes in, what comes out, and how well it was done.

    Attributes
    ----------
    name
        Its name everywhere: lower case, words joined by underscores, the name of its file.
    title
        Its name for people.
    group
        The group of Taskonomy's dictionary it belongs to (``geometric`` is its low-dimensional geometric
        one), or ``self-supervised`` for pretext tasks that the dictionary has not.
    target
        A channel of the view, or ``f(views) -> Label`` with ``views`` a list of one `Views` per image of the
        example. ``None`` where the input transform makes the label (a permutation), or where there is nothing
        to learn (random projection).
    output
        The kind and size of the prediction.
    loss
        Per image, lower is better; a name of `taskaffinity.training.losses.LOSSES`. ``l1`` and ``l2`` are
        means over the valid values, ``softmax`` a cross entropy in nats (``balanced_softmax`` weighs the
        classes of an image alike), ``pixel_metric`` the pairwise loss of Fathi et al. (2017), ``nt_xent`` and
        ``pirl`` contrast an image with the others of its batch.
    needs
        The channels that the label is made from; one that `target` names need not be repeated.
    transform
        What is done to the image before it is encoded.
    grouping
        How the images of one example are drawn; a name of `taskaffinity.groupings.GROUPINGS`.
    mirror
        Signs that the values of a label take on when its images are mirrored left to right, one per channel
        or dimension; ``()`` where the values stay. A label per pixel is mirrored as its image is. None where
        the label alone does not tell what the mirrored one would be.
    metric
        What the loss is called and measured in, for people.
    roles
        ``source``, ``target`` or both.
    importance
        The weight of this target in the taxonomy's objective.
    label_cost
        What supervising this source costs, in units of the supervision budget.
    published
        The key under which Taskonomy published its results.
    fingerprint
        Set on loading: a hash of what the task's file does.
    """

    name: str
    title: str
    group: Group
    output: Output | None
    loss: Loss | None
    target: Target | None = None
    needs: tuple[str, ...] = ()
    transform: "Transform | None" = None
    grouping: Grouping = "single"
    mirror: tuple[int, ...] | None = None
    metric: str = ""
    roles: frozenset[Role] = SOURCE_AND_TARGET
    importance: float = 1.0
    label_cost: float = 1.0
    published: str | None = None
    fingerprint: str = field(default="", compare=False)

    def __post_init__(self) -> None:
        """Refuse a declaration that contradicts itself."""
        faults = list(_faults(self))
        if faults:
            raise TaskError(f"task {self.name!r}: " + "; ".join(faults))

    @property
    def label_channels(self) -> tuple[str, ...]:
        """The channels its label is made from."""
        named = (self.target,) if isinstance(self.target, str) else ()
        return tuple(dict.fromkeys((*named, *self.needs)))

    @property
    def channels(self) -> tuple[str, ...]:
        """The channels that must be provided or derivable: its label's and its grouping's."""
        return tuple(dict.fromkeys((*self.label_channels, *GROUPINGS[self.grouping].needs)))

    @property
    def images(self) -> int:
        """How many images of one example are encoded: those of its grouping, or those its transform makes."""
        made = 1 if self.transform is None else self.transform.images
        return GROUPINGS[self.grouping].images * made

    @property
    def is_trained(self) -> bool:
        """Whether there is something to learn; false for the random projection."""
        return self.loss is not None

    def label(self, views: "Sequence[Views]") -> Label:
        """Make the label of a batch of examples.

        Parameters
        ----------
        views
            One batch of views per image of the example, each of the same length N.
        """
        if self.target is None:
            raise TaskError(f"task {self.name!r} has no label of its own: its transform makes it")
        if callable(self.target):
            return self.target(*views)
        value = views[0][self.target]
        if self.output is not None and self.output.per_pixel:
            return Label(value, views[0].valid(self.target))
        if isinstance(self.output, Classes):
            return Label(value, value >= 0)
        return Label(np.nan_to_num(value), np.isfinite(value).all(axis=1))


def _faults(task: Task) -> Iterable[str]:
    if not task.name.isidentifier() or task.name != task.name.lower():
        yield "its name must be lower case letters, digits and underscores"
    if "__" in task.name or task.name in {"self", "scratch", "random", "constant"}:
        yield "its name is reserved, or has two underscores in a row"
    if not task.roles or not task.roles <= set(get_args(Role)):
        yield "its roles must be source, target or both"
    for key, kind in (("group", Group), ("loss", Loss), ("grouping", Grouping)):
        value = getattr(task, key)
        if value is not None and value not in get_args(kind):
            yield f"its {key} must be one of {', '.join(get_args(kind))}, not {value!r}"
    if (task.loss is None) != (task.output is None):
        yield "an output needs a loss, and a loss an output"
    if task.loss is None and "target" in task.roles:
        yield "without a loss it can only be a source"
    if task.mirror and (set(task.mirror) - {1, -1} or len(task.mirror) != _values(task.output)):
        yield "its mirror must be (), or 1 or -1 for each channel or dimension of its output"
    yield from _transform_faults(task)
    if task.importance < 0 or task.label_cost < 0:
        yield "importance and label_cost must not be negative"


def _values(output: Output | None) -> int:
    """Count the values whose sign means something."""
    match output:
        case Dense(values) | Vector(values):
            return values
    return 0


def _transform_faults(task: Task) -> Iterable[str]:
    made = 1 if task.transform is None else task.transform.images
    if made > 1 and (task.grouping != "single" or "target" in task.roles):
        yield "a transform that makes several images is for sources of single views"
    if isinstance(task.output, Projections) and task.output.images != made:
        yield "its projections must be as many as its transform's images"
    if (task.target is None) and task.loss is not None and task.transform is None:
        yield "without a target it needs a transform that makes the label"


def dictionary_folder() -> Path:
    """Return the folder of the tasks that come with the package, installed or in a checkout."""
    return DICTIONARY_IN_WHEEL if DICTIONARY_IN_WHEEL.is_dir() else DICTIONARY_IN_CHECKOUT


def discover(folders: Iterable[str | Path] = ()) -> dict[str, Task]:
    """Find every task of the dictionary and of the user's own folders.

    Parameters
    ----------
    folders
        Folders of task files besides the package's own.

    Returns
    -------
    dict
        Tasks by name, in the order of their names.

    Raises
    ------
    TaskError
        A folder is missing, a file cannot be run or binds no task, or a name is declared twice.
    """
    found: dict[str, Task] = {}
    for folder in (dictionary_folder(), *(Path(f) for f in folders)):
        if not folder.is_dir():
            raise TaskError(f"task folder {folder} does not exist")
        for path in sorted(folder.glob("[!_]*.py")):
            task = load(path)
            if task.name in found:
                raise TaskError(f"{path}: task {task.name!r} is declared twice; give yours another name")
            found[task.name] = task
    return dict(sorted(found.items()))


def load(path: Path) -> Task:
    """Load one task file; its ``task`` is stamped with the fingerprint of its code."""
    spec = importlib.util.spec_from_file_location(f"taskaffinity_tasks.{path.stem}", path)
    if spec is None or spec.loader is None:
        raise TaskError(f"{path}: not a Python file")
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    try:
        spec.loader.exec_module(module)
    except TaskError:
        raise
    except Exception as error:
        raise TaskError(f"{path}: {type(error).__name__}: {error}") from error
    task: Any = getattr(module, "task", None)
    if not isinstance(task, Task):
        raise TaskError(f"{path}: binds no `task = Task(...)`")
    if task.name != path.stem:
        raise TaskError(f"{path}: its task is named {task.name!r}; the file must be {task.name}.py")
    return replace(task, fingerprint=fingerprint(path.read_text("utf-8")))


def fingerprint(source: str) -> str:
    """Hash what a task file does: comments, docstrings and layout do not count."""
    tree = ast.parse(source)
    tree.body = [node for node in tree.body if not _is_docstring(node)]
    return hashlib.sha256(ast.dump(tree).encode()).hexdigest()[:16]


def _is_docstring(node: ast.stmt) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)


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
