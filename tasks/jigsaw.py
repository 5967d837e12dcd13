"""Tell in which of 100 orders the nine tiles were put (Noroozi and Favaro, 2016)."""

from taskaffinity.tasks import SOURCE_ONLY, Classes, Task
from taskaffinity.transforms import Jigsaw

ORDERS = 100

task = Task(
    name="jigsaw",
    title="Jigsaw",
    group="geometric",
    transform=Jigsaw(tiles=3, count=ORDERS),
    output=Classes(ORDERS),
    loss="softmax",
    metric="cross entropy over tile orders, nats",
    roles=SOURCE_ONLY,
    published="jigsaw",
)
