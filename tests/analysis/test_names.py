import pytest
from hypothesis import given
from hypothesis import strategies as st

from taskaffinity.names import RESERVED, fault_of, join, order_of, split

NAMES = st.text("abcdefgh_0123456789", min_size=1).filter(lambda name: name not in RESERVED)


@given(st.sets(NAMES, min_size=1))
def test_split_undoes_join(members: set[str]) -> None:
    written = join(members)
    assert split(written) == tuple(sorted(members))
    assert order_of(written) == len(members)
    assert fault_of(written) is None


@pytest.mark.parametrize("name", RESERVED)
def test_reserved_names_are_source_sets(name: str) -> None:
    assert fault_of(name) is None
    assert order_of(name) == 1


@pytest.mark.parametrize("name", ["self", "scratch", "constant"])
def test_references_join_no_set(name: str) -> None:
    assert name in str(fault_of(f"{name}+normal"))


def test_the_random_encoder_may_stand_among_others() -> None:
    assert fault_of("normal+random") is None


@pytest.mark.parametrize("written", ["", "normal+", "+", "normal+ +edges", "normal+normal"])
def test_faults_are_found(written: str) -> None:
    assert fault_of(written)
