"""The section ``adaptation``: what is trained across the domains of the data."""

from typing import Annotated, Literal

from pydantic import Field

from taskaffinity.config.base import Float, Section

Method = Literal["source_only", "subspace_alignment", "coral", "dann", "deep_coral"]
Generalising = Literal["erm", "deep_coral", "dann"]
Strength = Annotated[Float, Field(ge=0)]
Variance = Annotated[Float, Field(gt=0, le=1)]


class Adaptation(Section):
    """Networks that are trained with the labels of some domains and used in another."""

    methods: list[Method] = Field(
        default_factory=list,
        description="how networks are adapted: source_only, subspace_alignment, coral, dann, deep_coral; "
        "none when left out",
    )
    pairs: list[tuple[str, str]] | None = Field(
        None, description="domains as [source, target]; all ordered pairs when left out"
    )
    tasks: list[str] | None = Field(
        None, description="tasks, without a domain; all targets that two domains share when left out"
    )
    offered: bool = Field(
        True, description="whether readouts of all targets are trained on the encodings of adapted networks"
    )
    variance: Variance = Field(
        0.9, description="subspace alignment: the share of variance that the subspaces keep"
    )
    dann: Strength = Field(0.1, description="DANN: λ at the end of training")
    deep_coral: Strength = Field(1.0, description="Deep CORAL: weight of the penalty")
    leave_one_out: list[Generalising] = Field(
        default_factory=list,
        description="trained on all domains but one and tested there: erm, deep_coral, dann; "
        "none when left out",
    )
    strengths: list[Strength] = Field(
        default_factory=lambda: [0.03, 0.3],
        description="leaving one domain out: strengths of DANN and Deep CORAL among which one is chosen",
    )
