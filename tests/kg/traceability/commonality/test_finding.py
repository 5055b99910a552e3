"""Common causes are found, not invented, and nobody who inspects is blamed."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from kg.model.errors import BadInput
from kg.narration import Phrase
from kg.traceability.commonality import (
    CauseOptions,
    Condition,
    Parameter,
    find_common_causes,
    merge_identical,
)
from tests.kg.traceability.commonality.cohorts import cohort_of, random_cohort

FAST = CauseOptions(shuffles=199, pairs=False)


def _values(found: object) -> list[str]:
    return [c.factor.value for c in found.causes]  # type: ignore[attr-defined]


def test_two_causes_are_told_apart_from_what_goes_with_them() -> None:
    exposures = {
        "P07": range(20),
        "operator of P07": range(26),  # mostly stood there
        "lot L": range(60, 80),
        "P08": range(30, 60),
        "line": range(90),
    }
    cohort = cohort_of(200, [*range(12), *range(60, 71)], exposures)
    found = find_common_causes(cohort, FAST)
    assert set(_values(found)) == {"P07", "lot L"}
    assert found.explained == 23
    assert found.causes[0].effect.exposed_bad in (11, 12)
    assert found.causes[0].p_corrected <= 0.01
    assert "12 of 20" in " ".join(c.sentence.en for c in found.causes)
    assert "20 件中有 12 件不良" in " ".join(c.sentence.zh for c in found.causes)


def test_under_no_cause_few_runs_report_any() -> None:
    reported = 0
    runs = 100
    for seed in range(runs):
        cohort = random_cohort(seed % 8)
        rng = np.random.default_rng(1000 + seed)
        bad = np.zeros(cohort.total, dtype=np.bool_)
        bad[rng.choice(cohort.total, 15, replace=False)] = True
        found = find_common_causes(replace(cohort, bad=bad), replace(FAST, seed=seed))
        reported += bool(found.causes)
    # Binomial(100, .05) exceeds 13 in less than 1 of 1,000 suites.
    assert reported <= 13


def test_who_inspects_is_reported_apart() -> None:
    cohort = cohort_of(
        100, range(10), {"inspector": range(12), "press": range(5, 50), "oven": range(30, 90)},
        looked=["inspector"],
    )  # fmt: skip
    found = find_common_causes(cohort, FAST)
    assert "inspector" not in _values(found)
    assert all(r.factor.value != "inspector" for r in found.ranking)
    assert found.inspection[0].factor.value == "inspector"
    assert found.inspection_note is not None
    assert "has not made it" in found.inspection_note.en


def test_identical_exposures_are_one_factor() -> None:
    cohort = cohort_of(60, range(6), {"mould": range(8), "robot": range(8), "hall": range(60)})
    merged = merge_identical(cohort)
    assert [f.conditions[0].value for f in merged.factors] == ["mould"]
    assert [s.value for s in merged.factors[0].same] == ["robot"]
    found = find_common_causes(cohort, FAST)
    assert found.merged == 2
    assert "cannot be told apart" in found.causes[0].sentence.en


def test_too_few_bad_units_are_said() -> None:
    found = find_common_causes(cohort_of(60, [0], {"mould": range(20), "robot": range(9)}), FAST)
    assert not found.causes
    assert not found.minimum.is_enough
    assert "too few" in found.minimum.sentence.en
    assert found.minimum.needed[-1].bad_units is not None
    assert found.minimum.needed[-1].bad_units >= 2


@pytest.mark.parametrize("share", [0.7, 0.9, 0.97])
def test_band_of_a_parameter_is_found_with_its_end(share: float) -> None:
    rng = np.random.default_rng(3)
    values = rng.normal(50, 5, 400)
    cut = float(np.quantile(values, share))
    bad = (values > cut) & (rng.random(400) < min(0.9, 30 / ((1 - share) * 400)))
    cohort = replace(
        cohort_of(400, np.flatnonzero(bad), {"press": range(100)}),
        parameters=(Parameter("torque", Phrase("torque", "扭矩"), "method", values),),
    )
    band = find_common_causes(cohort, FAST).causes[0].factor
    assert band.column == "torque"
    assert band.low is not None
    assert float((values > band.low).mean()) == pytest.approx(1 - share, abs=0.05)


def test_rule_of_two_conditions() -> None:
    rng = np.random.default_rng(5)
    heat, speed = rng.uniform(0, 10, 1500), rng.uniform(1000, 2000, 1500)
    cohort = replace(
        cohort_of(1500, np.flatnonzero((heat > 8) & (speed < 1200)), {"press": range(500)}),
        parameters=(
            Parameter("heat [K]", Phrase("heat", "温度"), "method", heat),
            Parameter("speed [rpm]", Phrase("speed", "转速"), "method", speed),
        ),
    )
    rule = find_common_causes(cohort, FAST).causes[0].rule
    assert rule is not None
    assert {c.column for c in rule.conditions} == {"heat [K]", "speed [rpm]"}
    assert rule.bad == rule.units == int(cohort.bad.sum())


def test_check_within_products() -> None:
    """A press that only makes the bad product is no cause within it."""
    product = np.repeat([0, 1], 100)
    cohort = replace(
        cohort_of(200, range(0, 100, 3), {"press": range(90), "oven": range(50, 150)}),
        strata={"product": product},
    )
    plain = find_common_causes(cohort, FAST)
    assert plain.causes[0].checks[0].holds is False
    assert "itself may be behind it" in plain.causes[0].sentence.en
    within = find_common_causes(cohort, replace(FAST, stratify=("product",)))
    assert not within.causes


def test_same_seed_same_answer_and_bad_options() -> None:
    cohort = cohort_of(60, range(6), {"mould": range(8), "robot": range(4, 30)})
    assert find_common_causes(cohort, FAST) == find_common_causes(cohort, FAST)
    with pytest.raises(BadInput, match="known: none"):
        find_common_causes(cohort, replace(FAST, stratify=("route",)))
    with pytest.raises(BadInput, match="nothing to compare"):
        find_common_causes(cohort_of(5, [], {"a": [1]}), FAST)
    with pytest.raises(BadInput, match="alpha"):
        find_common_causes(cohort, replace(FAST, alpha=2.0))


def test_a_condition_may_be_open_on_one_side() -> None:
    assert Condition("x", "", Phrase("x", "x"), low=1.0).is_band
    assert not Condition("x", "1", Phrase("x", "x")).is_band
