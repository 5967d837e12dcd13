import pytest

from taskaffinity.schedule.forecast import Forecast
from taskaffinity.schedule.jobs import Job


def job(kind: str, cost: float) -> Job:
    return Job(kind, ("a",), "x", "id", cost=cost)  # type: ignore[arg-type]


def test_nothing_is_forecast_before_anything_was_learned():
    assert Forecast(1).remaining([job("source", 3.0)]) is None


def test_a_kind_that_was_seen_takes_its_own_rate():
    forecast = Forecast(1)
    forecast.learn(job("source", 10.0), 5.0)
    forecast.learn(job("transfer", 1.0), 8.0)
    forecast.learn(job("transfer", 1.0), 4.0)
    assert forecast.remaining([job("transfer", 2.0), job("source", 4.0)]) == pytest.approx(2 * 6.0 + 4 * 0.5)


def test_a_kind_that_was_not_seen_takes_the_rate_of_all():
    forecast = Forecast(1)
    forecast.learn(job("source", 10.0), 5.0)
    assert forecast.remaining([job("transfer", 4.0)]) == pytest.approx(2.0)


def test_slots_share_the_work():
    forecast = Forecast(4)
    forecast.learn(job("source", 1.0), 8.0)
    assert forecast.remaining([job("source", 1.0)] * 3) == pytest.approx(6.0)


def test_nothing_is_left_of_nothing():
    forecast = Forecast(2)
    forecast.learn(job("source", 1.0), 8.0)
    assert forecast.remaining([]) == 0.0
