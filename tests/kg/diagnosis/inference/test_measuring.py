"""Readings against limits and missing responses become likelihoods."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kg.diagnosis.inference import Network, Table, Variable, measure, miss_response
from kg.model import BadInput

_STATES = ("cold", "warm", "hot")
_NETWORK = Network([Variable("t", _STATES, distribution=Table(np.full(3, 1 / 3)))])


@given(value=st.floats(-50, 150), noise=st.floats(0, 20))
def test_a_reading_is_a_distribution_that_moves_with_the_value(value: float, noise: float) -> None:
    seen = measure(_NETWORK, "t", value, [20.0, 70.0], noise=noise)
    assert sum(seen.likelihood) == pytest.approx(1.0)
    hotter = measure(_NETWORK, "t", value + 5.0, [20.0, 70.0], noise=noise)
    assert hotter.likelihood[2] >= seen.likelihood[2] - 1e-12


def test_a_reading_at_the_limit_is_undecided() -> None:
    seen = measure(_NETWORK, "t", 70.0, [20.0, 70.0], noise=1.0)
    assert seen.likelihood[1] == pytest.approx(seen.likelihood[2])
    assert "against a limit of 70" in seen.text


def test_a_missing_response_speaks_against_the_expected_state_but_for_a_stuck_sensor() -> None:
    seen = miss_response(_NETWORK, "t", "hot", stuck_sensor=0.05)
    assert seen.likelihood == (1.0, 1.0, 0.05)


@pytest.mark.parametrize("limits", [[70.0, 20.0], [20.0]])
def test_wrong_limits_are_one_sentence(limits: list[float]) -> None:
    with pytest.raises(BadInput, match="rising limits"):
        measure(_NETWORK, "t", 50.0, limits, noise=1.0)
