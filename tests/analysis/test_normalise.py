import numpy as np
import pytest

from taskaffinity.analysis.ahp import priorities
from taskaffinity.analysis.bradley_terry import strengths
from taskaffinity.analysis.normalise import affinities_of
from taskaffinity.analysis.tournament import win_shares
from taskaffinity.errors import InputError

SHARES = np.stack([win_shares(np.random.default_rng(seed).random((6, 40))) for seed in range(3)])


@pytest.mark.parametrize("normaliser", ["ahp", "bradley-terry"])
def test_every_normaliser_gives_affinities(normaliser: str) -> None:
    found = affinities_of(SHARES, normaliser)
    assert found.shape == (3, 6)
    assert (found > 0).all()
    np.testing.assert_allclose(found.sum(axis=1), 1.0)
    order = np.random.default_rng(0).permutation(6)
    mixed = affinities_of(SHARES[:, order][:, :, order], normaliser)
    np.testing.assert_allclose(mixed, found[:, order], rtol=1e-6)


def test_names_lead_to_their_methods() -> None:
    np.testing.assert_allclose(affinities_of(SHARES, "ahp")[1], priorities(SHARES[1]).affinities)
    np.testing.assert_allclose(affinities_of(SHARES, "bradley-terry")[1], strengths(SHARES[1]))


def test_an_unknown_normaliser_is_refused() -> None:
    with pytest.raises(InputError, match="'elo'; use one of ahp, bradley-terry"):
        affinities_of(SHARES, "elo")
