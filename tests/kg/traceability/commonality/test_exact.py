"""Tails of many factors against scipy's, and against counting every arrangement."""

from __future__ import annotations

from itertools import combinations, product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import fisher_exact, hypergeom

from kg.traceability.commonality.effects import measure_effect
from kg.traceability.commonality.exact import null_tables


@given(st.integers(2, 40), st.data())
@settings(max_examples=60, deadline=None)
def test_tails_equal_fisher(total: int, data: st.DataObject) -> None:
    bad = data.draw(st.integers(1, total - 1))
    touched = data.draw(st.lists(st.integers(0, total), min_size=1, max_size=6))
    tables = null_tables(np.array([total]), np.array([bad]), np.array([touched]), is_whole=True)
    for i, size in enumerate(touched):
        for met in range(max(0, bad + size - total), min(bad, size) + 1):
            table = [[met, size - met], [bad - met, total - size - bad + met]]
            expected = fisher_exact(table, alternative="greater").pvalue
            counts = np.zeros(len(touched), dtype=np.int64)
            counts[i] = met
            assert tables.look_up(counts)[i] == pytest.approx(expected, rel=1e-7)


@given(
    st.lists(st.tuples(st.integers(1, 5), st.integers(0, 5), st.integers(0, 5)),
             min_size=2, max_size=3)
)  # fmt: skip
@settings(max_examples=40, deadline=None)
def test_stratified_tails_equal_counting(strata: list[tuple[int, int, int]]) -> None:
    strata = [(n, min(r, n), min(k, n)) for n, r, k in strata]
    ways = [
        [len(set(chosen) & set(range(k))) for chosen in combinations(range(n), r)]
        for n, r, k in strata
    ]
    sums = np.array([sum(x) for x in product(*ways)])
    sizes, bad, touched = (np.array(x) for x in zip(*strata, strict=True))
    tables = null_tables(sizes, bad, touched.reshape(-1, 1))
    for met in np.unique(sums):
        mid = (sums > met).mean() + 0.5 * (sums == met).mean()
        assert tables.look_up(np.array([met]))[0] == pytest.approx(mid, rel=1e-9)


def test_large_tables_fall_back_to_the_normal_tail(monkeypatch: pytest.MonkeyPatch) -> None:
    arguments = np.array([4000]), np.array([500]), np.array([[900]])
    exact = null_tables(*arguments)
    monkeypatch.setattr("kg.traceability.commonality.exact._MAX_CELLS", 10)
    rough = null_tables(*arguments)
    assert exact.is_exact
    assert not rough.is_exact
    met = np.array([135])
    assert rough.look_up(met)[0] == pytest.approx(exact.look_up(met)[0], rel=0.2)
    assert exact.look_up(met)[0] == pytest.approx(
        hypergeom.sf(135, 4000, 900, 500) + 0.5 * hypergeom.pmf(135, 4000, 900, 500), rel=1e-6
    )


def test_effects_of_a_table() -> None:
    effect = measure_effect(20, 10, 180, 9)
    assert effect.rate.value == 0.5
    assert effect.risk_difference.value == pytest.approx(0.45)
    assert effect.odds_ratio.low is not None
    assert effect.odds_ratio.low > 5
    assert effect.attributable_share.value == pytest.approx(10 / 19 * (1 - 0.05 / 0.5), rel=1e-4)
    for estimate in (effect.rate, effect.odds_ratio, effect.risk_difference):
        assert estimate.low is not None
        assert estimate.value is not None
        assert estimate.low <= estimate.value <= (estimate.high or np.inf)


def test_effect_without_bad_elsewhere_has_no_upper_end() -> None:
    effect = measure_effect(20, 10, 180, 0)
    assert effect.odds_ratio.high is None
    assert effect.odds_ratio.low is not None
    assert effect.odds_ratio.low > 1
    assert effect.attributable_share.value == 1.0
