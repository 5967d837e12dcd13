"""Keypoints of geometry: surface points that can be told from their neighbours by shape alone."""

from taskaffinity.tasks import Dense, Task, useful_range

task = Task(
    name="keypoints3d",
    title="3D keypoints",
    group="3D",
    target=useful_range("keypoints3d", top=0.35),
    needs=("keypoints3d",),
    output=Dense(1),
    loss="l1",
    metric="mean absolute error of keypoint response over its useful range",
    published="keypoint3d",
)
