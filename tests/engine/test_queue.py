"""The queue hands out what a search through all waiting jobs would, and never looks at all of them."""

import random

import pytest
from support.jobs import making

from taskaffinity.engine.job import Job
from taskaffinity.engine.queue import Queue


def job(name: str, needs: tuple[str, ...] = (), group: str | None = None) -> Job:
    made = making(name)
    return type(made)(**{**vars(made), "name": name, "needs": frozenset(needs), "group": group})


class Searching:
    """The queue by its definition: a list in order, searched from the front for every job."""

    def __init__(self, jobs: list[Job]) -> None:
        self.waiting, self.done, self.alone = list(jobs), set(), set()

    def take(self, most: int) -> list[Job]:
        ready = [one for one in self.waiting if one.needs <= self.done]
        if not ready:
            return []
        first, taken = ready[0], ready[:1]
        if first.group is not None and first.name not in self.alone:
            beside = [one for one in ready if one.group == first.group and one.name not in self.alone]
            taken = beside[: max(1, most)]
        self.waiting = [one for one in self.waiting if one not in taken]
        return taken

    def put_back(self, jobs: list[Job], alone: bool) -> None:
        self.waiting[:0] = jobs
        self.alone |= {one.name for one in jobs} if alone else set()


def plan(generator: random.Random) -> list[Job]:
    names = [f"j{number}" for number in range(30)]
    return [
        job(name, tuple(generator.sample(names[:at], min(at, generator.randrange(3)))),
            generator.choice([None, "g", "h"]))
        for at, name in enumerate(names)
    ]  # fmt: skip


@pytest.mark.parametrize("seed", range(40))
def test_hands_out_the_jobs_that_a_search_finds(seed: int) -> None:
    generator = random.Random(seed)
    jobs = plan(generator)
    queue, twin, running = Queue(jobs), Searching(jobs), []
    for _ in range(200):
        most = generator.randint(1, 5)
        taken = queue.take(most)
        assert taken == twin.take(most)
        assert queue.grouped == sum(one.group is not None for one in twin.waiting)
        running += [taken] if taken else []
        if not running:
            break
        back = running.pop(generator.randrange(len(running)))
        if generator.random() < 0.2:
            alone = generator.random() < 0.5
            queue.put_back(back, alone=alone)
            twin.put_back(back, alone)
            continue
        for one in back:
            queue.finish(one)
            twin.done.add(one.name)
    assert len(queue) == len(twin.waiting)


def test_jobs_whose_needs_were_done_before_are_ready() -> None:
    queue = Queue([job("a", ("x",)), job("b", ("y",))], {"x"})
    assert [one.name for one in queue.take(1)] == ["a"]
    assert queue.take(1) == []
    assert (len(queue), queue.done) == (1, 1)
