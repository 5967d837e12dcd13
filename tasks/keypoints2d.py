"""Keypoints of texture: the response that SURF thresholds (Bay et al., 2008)."""

from taskaffinity.tasks import Dense, Task, useful_range

task = Task(
    name="keypoints2d",
    title="2D keypoints",
    group="2D",
    target=useful_range("keypoints2d", top=0.06),
    needs=("keypoints2d",),
    output=Dense(1),
    loss="l1",
    metric="mean absolute error of blob response over its useful range",
    published="keypoint2d",
)
