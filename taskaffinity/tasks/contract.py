"""The Task contract: what goes into a network, what comes out, and how well it was done."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Literal, get_args

import numpy as np

from taskaffinity.errors import TaskError
from taskaffinity.groupings import GROUPINGS, Grouping
from taskaffinity.names import RESERVED
from taskaffinity.outputs import Output

if TYPE_CHECKING:
    from torch import Tensor

    from taskaffinity.data.views import Views
    from taskaffinity.training.losses import Truth
    from taskaffinity.transforms import Transform

Group = Literal["2D", "3D", "geometric", "semantic", "self-supervised"]
Role = Literal["source", "target"]
NamedLoss = Literal["l1", "l2", "softmax", "balanced_softmax", "pixel_metric", "nt_xent", "pirl"]
OwnLoss = Callable[["Tensor", "Truth"], "Tensor"]

SOURCE_AND_TARGET: frozenset[Role] = frozenset({"source", "target"})
SOURCE_ONLY: frozenset[Role] = frozenset({"source"})
AT = "@"
"""Stands between a task and the domain it is restricted to."""


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
        Its name everywhere: lower case, words joined by underscores, the name of its file. In a domain,
        ``TASK@DOMAIN``.
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
        Per image, lower is better; a name of `taskaffinity.training.losses.LOSSES`, or a function of one's
        own, which `taskaffinity.training.losses.loss_of` describes. ``l1`` and ``l2`` are means over the
        valid values, ``softmax`` a cross entropy in nats (``balanced_softmax`` weighs the classes of an image
        alike), ``pixel_metric`` the pairwise loss of Fathi et al. (2017), ``nt_xent`` and ``pirl`` contrast
        an image with the others of its batch.
    needs
        The channels that the label is made from; one that `target` names need not be repeated.
    transform
        What is done to the image before it is encoded.
    grouping
        How the images of one example are drawn; a name of `taskaffinity.groupings.GROUPINGS`, or a
        `taskaffinity.groupings.Grouping` of one's own.
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
        Set on loading: a hash of what the task's file does, with what it imports from its folder.
    domain
        The domain that its examples are restricted to; empty for all images of the data set. Set by
        `in_domain`.
    """

    name: str
    title: str
    group: Group
    output: Output | None
    loss: NamedLoss | OwnLoss | None
    target: Target | None = None
    needs: tuple[str, ...] = ()
    transform: "Transform | None" = None
    grouping: str | Grouping = "single"
    mirror: tuple[int, ...] | None = None
    metric: str = ""
    roles: frozenset[Role] = SOURCE_AND_TARGET
    importance: float = 1.0
    label_cost: float = 1.0
    published: str | None = None
    fingerprint: str = field(default="", compare=False)
    domain: str = ""

    def __post_init__(self) -> None:
        """Refuse a declaration that contradicts itself."""
        faults = list(_faults(self))
        if faults:
            raise TaskError(f"task {self.name!r}: " + "; ".join(faults))

    @property
    def base_name(self) -> str:
        """Its name without its domain: what it is called in the dictionary."""
        return self.name.partition(AT)[0]

    def in_domain(self, domain: str, label_cost: float = 1.0) -> "Task":
        """Return the same task on the images of one domain.

        Parameters
        ----------
        domain
            Name of the domain.
        label_cost
            What labels cost there, times what those of the task cost anyway.
        """
        return replace(
            self, name=f"{self.name}{AT}{domain}", title=f"{self.title} ({domain.replace('_', ' ')})",
            domain=domain, label_cost=self.label_cost * label_cost,
        )  # fmt: skip

    @property
    def label_channels(self) -> tuple[str, ...]:
        """The channels its label is made from."""
        named = (self.target,) if isinstance(self.target, str) else ()
        return tuple(dict.fromkeys((*named, *self.needs)))

    @property
    def channels(self) -> tuple[str, ...]:
        """The channels that must be provided or derivable: its label's and its grouping's."""
        return tuple(dict.fromkeys((*self.label_channels, *self.draws.needs)))

    @property
    def images(self) -> int:
        """How many images of one example are encoded: those of its grouping, or those its transform makes."""
        images_of_transform = 1 if self.transform is None else self.transform.images
        return self.draws.images * images_of_transform

    @property
    def draws(self) -> Grouping:
        """How the images of one example are drawn, as the grouping itself."""
        return self.grouping if isinstance(self.grouping, Grouping) else GROUPINGS[self.grouping]

    @property
    def grouping_name(self) -> str:
        """What its grouping is called; the draws of examples are seeded by it."""
        return self.grouping.name if isinstance(self.grouping, Grouping) else self.grouping

    @property
    def loss_name(self) -> str | None:
        """What its loss is called: a name of ours, or that of its own function."""
        return self.loss if self.loss is None or isinstance(self.loss, str) else _name_of(self.loss)

    @property
    def transform_identity(self) -> str:
        """A hash of what its transform does to an image; empty where it has none."""
        from taskaffinity.transforms.identity import identity_of

        return identity_of(self.transform)

    @property
    def is_trained(self) -> bool:
        """Whether there is something to learn; false for the random projection."""
        return self.loss is not None

    @property
    def is_self_supervised(self) -> bool:
        """Whether its labels come with the images, so that nobody has to make or pay for them."""
        return self.group == "self-supervised"

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
        if self.output is None:
            raise TaskError(f"task {self.name!r} has no output, and therefore no label")
        if self.output.per_pixel:
            return Label(value, views[0].valid(self.target))
        return Label(*self.output.known(value))


def _faults(task: Task) -> Iterable[str]:
    if not task.base_name.isidentifier() or task.name != task.name.lower():
        yield "its name must be lower case letters, digits and underscores"
    if task.name != task.base_name + (f"{AT}{task.domain}" if task.domain else ""):
        yield f"{AT} in a name stands before a domain, which `in_domain` sets"
    if "__" in task.name or task.name in RESERVED:
        yield "its name is reserved, or has two underscores in a row"
    if not task.roles or not task.roles <= set(get_args(Role)):
        yield "its roles must be source, target or both"
    if task.group not in get_args(Group):
        yield f"its group must be one of {', '.join(get_args(Group))}, not {task.group!r}"
    if task.loss is not None and not callable(task.loss) and task.loss not in get_args(NamedLoss):
        names = ", ".join(get_args(NamedLoss))
        yield f"its loss must be one of {names}, or a function, not {task.loss!r}"
    if not isinstance(task.grouping, Grouping) and task.grouping not in GROUPINGS:
        yield f"its grouping must be one of {', '.join(GROUPINGS)}, or a Grouping, not {task.grouping!r}"
        return
    if (task.loss is None) != (task.output is None):
        yield "an output needs a loss, and a loss an output"
    if task.loss is None and "target" in task.roles:
        yield "without a loss it can only be a source"
    values = 0 if task.output is None else task.output.signed_values
    if task.mirror and (set(task.mirror) - {1, -1} or len(task.mirror) != values):
        yield "its mirror must be (), or 1 or -1 for each channel or dimension of its output"
    yield from _transform_faults(task)
    if task.importance < 0 or task.label_cost < 0:
        yield "importance and label_cost must not be negative"


def _name_of(function: Any) -> str:
    return str(getattr(function, "__name__", type(function).__name__))


def _transform_faults(task: Task) -> Iterable[str]:
    images_of_transform = 1 if task.transform is None else task.transform.images
    if images_of_transform > 1 and (task.draws.images > 1 or "target" in task.roles):
        yield "a transform that makes several images is for sources of single views"
    if task.output is not None and not task.output.fits_images(images_of_transform):
        yield "its projections must be as many as its transform's images"
    if (task.target is None) and task.loss is not None and task.transform is None:
        yield "without a target it needs a transform that makes the label"
