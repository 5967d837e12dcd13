import pytest
from support.jobs import making

from taskaffinity.engine.forecast import TimeLeft, by_kind, record_of
from taskaffinity.engine.job import Job


def job(kind: str, seconds: float) -> Job:
    return making("a", seconds=seconds, kind=kind)


def expecting(slots: int, *jobs: Job) -> TimeLeft:
    forecast = TimeLeft(slots)
    for one in jobs:
        forecast.expect(one)
    return forecast


def test_nothing_is_forecast_before_anything_was_learned():
    assert expecting(1, job("source", 3.0)).remaining() is None


def test_a_kind_that_was_seen_takes_its_own_rate():
    forecast = expecting(1, job("transfer", 2.0), job("source", 4.0))
    forecast.learn(job("source", 10.0), 5.0)
    forecast.learn(job("transfer", 1.0), 8.0)
    forecast.learn(job("transfer", 1.0), 4.0)
    assert forecast.remaining() == pytest.approx(2 * 6.0 + 4 * 0.5)


def test_a_kind_that_was_not_seen_takes_the_rate_of_all():
    forecast = expecting(1, job("transfer", 4.0))
    forecast.learn(job("source", 10.0), 5.0)
    assert forecast.remaining() == pytest.approx(2.0)


def test_slots_share_the_work():
    forecast = expecting(4, *[job("source", 1.0)] * 3)
    forecast.learn(job("source", 1.0), 8.0)
    assert forecast.remaining() == pytest.approx(6.0)


def test_nothing_is_left_of_nothing():
    forecast = expecting(2)
    forecast.learn(job("source", 1.0), 8.0)
    assert forecast.remaining() == 0.0


def test_jobs_that_are_dropped_are_not_forecast():
    jobs = [job("source", seconds) for seconds in (0.1, 0.2, 0.3)]
    forecast = expecting(1, *jobs)
    forecast.learn(jobs[0], 0.1)
    forecast.drop(jobs[0])
    assert forecast.remaining() == pytest.approx(0.5)
    forecast.drop(jobs[1])
    forecast.drop(jobs[2])
    assert forecast.remaining() == 0.0


def test_jobs_are_summed_by_kind_and_shared_among_slots():
    amounts = by_kind([job("source", 6.0), job("transfer", 1.0), job("source", 3.0)])
    assert {kind: amount.jobs for kind, amount in amounts.items()} == {"source": 2, "transfer": 1}
    record = record_of(amounts, {"cells": 5}, slots=2)
    assert record["by_kind"]["source"]["seconds"] == 9.0
    assert record["total"] == {"jobs": 3, "updates": 0, "operations": 0, "seconds": 10.0}
    assert record["hours"] == pytest.approx(10 / 2 / 3600)
    assert record["bytes"] == {"cells": 5}
