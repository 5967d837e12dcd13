import pickle

import pytest

from taskaffinity import errors
from taskaffinity.engine.executors.base import LONGEST, in_one_line
from taskaffinity.errors import ConfigError, InputError, TaskAffinityError

KINDS = [kind for kind in vars(errors).values() if isinstance(kind, type) and issubclass(kind, Exception)]


@pytest.mark.parametrize("kind", KINDS)
def test_bad_input_exits_with_2_and_failed_work_with_1(kind: type[TaskAffinityError]):
    assert kind.exit_code == (2 if issubclass(kind, InputError) else 1)


@pytest.mark.parametrize("kind", KINDS)
def test_an_error_crosses_processes_whole(kind: type[TaskAffinityError]):
    error = ConfigError(["seed: no", "data: no"], "mine.yaml") if kind is ConfigError else kind("what to do")
    copy = pickle.loads(pickle.dumps(error))
    assert (type(copy), str(copy), vars(copy)) == (kind, str(error), vars(error))


@pytest.mark.parametrize("kind", KINDS)
def test_every_error_says_what_it_is_for(kind: type[TaskAffinityError]):
    assert kind.__doc__


def test_faults_of_a_config_are_said_in_one_line():
    error = ConfigError(["seed: no", "data: no"], "mine.yaml")
    assert str(error) == "mine.yaml: seed: no; data: no"
    assert error.faults == ["seed: no", "data: no"]


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (InputError("give another"), "give another"),
        (ValueError("two\n  lines"), "ValueError: two lines"),
        (MemoryError(), "MemoryError"),
    ],
)
def test_any_error_can_be_said_in_one_line(error: Exception, said: str):
    assert in_one_line(error) == said


def test_an_endless_error_is_cut():
    assert len(in_one_line(ValueError("word " * 1000))) <= LONGEST + len("ValueError: ")
