"""Keypoints of geometry: surface points that can be told from their neighbours by shape alone."""

from taskaffinity.tasks import Dense, Task

task = Task(
    name="keypoints3d",
    title="3D keypoints",
    group="3D",
    target="keypoints3d",
    mirror=(),
    output=Dense(1),
    loss="l1",
    metric="mean absolute error of keypoint response over its useful range",
    published="keypoint3d",
)
