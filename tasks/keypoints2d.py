"""Keypoints of texture: the response that SURF thresholds (Bay et al., 2008)."""

from taskaffinity.tasks import Dense, Task

task = Task(
    name="keypoints2d",
    title="2D keypoints",
    group="2D",
    target="keypoints2d",
    mirror=(),
    output=Dense(1),
    loss="l1",
    metric="mean absolute error of blob response over its useful range",
    published="keypoint2d",
)
