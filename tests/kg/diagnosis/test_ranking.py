"""The arithmetic of the score: it recomputes, it shrinks, it never trusts a few records."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kg.diagnosis.ranking import LEAK, K, combine, shares_of
from kg.diagnosis.records import LEVELS, Counted, Level, Records

_CAUSES = ["cause:a", "cause:b", "cause:c", "component:d"]


def records(**levels: dict[str, int]) -> Records:
    """Records by level: how many name each explanation."""
    counted: dict[Level, Counted] = {}
    for level in LEVELS:
        by = levels.get(level, {})
        names = {k: {f"wo:{level}-{k}-{i}" for i in range(n)} for k, n in by.items()}
        counted[level] = Counted(
            set().union(*names.values()), {k: float(n) for k, n in by.items()}, names
        )
    return Records(counted, False)


_COUNTS = st.dictionaries(st.sampled_from(_CAUSES), st.integers(1, 500), max_size=4)
_RECORDS = st.builds(
    lambda a, c, p, r: records(asset=a, **{"class": c}, plant=p, related=r),
    _COUNTS, _COUNTS, _COUNTS, _COUNTS,
)  # fmt: skip
_KNOWLEDGE = st.dictionaries(st.sampled_from(_CAUSES), st.floats(0.001, 1.0), max_size=4)


def by_hand(c: str, knowledge: dict[str, float], said: Records) -> float:
    """The formula of the module, level after level."""
    share = knowledge.get(c, 0.0) / (sum(knowledge.values()) + 0.25)
    for level in ("related", "plant", "class", "asset"):
        counted = said.levels[level]  # type: ignore[index]
        n = sum(counted.weights.values())
        if n:
            share = (counted.weights.get(c, 0.0) + K * share) / (n + K)
    return share


@given(_KNOWLEDGE, _RECORDS)
def test_share_is_the_formula_and_the_sum_of_its_terms(
    knowledge: dict[str, float], said: Records
) -> None:
    shares = shares_of(_CAUSES, knowledge, said)
    for c in _CAUSES:
        assert shares[c].value == pytest.approx(by_hand(c, knowledge, said))
        assert shares[c].value == pytest.approx(sum(shares[c].terms.values()))
    assert sum(s.value for s in shares.values()) <= 1 + 1e-9


@given(st.lists(st.tuples(_KNOWLEDGE, _RECORDS), min_size=1, max_size=3))
def test_scores_are_the_sum_of_their_sources_and_leave_room_for_the_unknown(
    observations: list[tuple[dict[str, float], Records]],
) -> None:
    scored = combine([shares_of(_CAUSES, k, r) for k, r in observations])
    assert [s.key for s in sorted(scored, key=lambda s: (-s.score, s.key))] == [
        s.key for s in scored
    ]
    assert sum(s.score for s in scored) <= 1 + 1e-9
    for s in scored:
        if s.sources:
            assert sum(s.sources.values()) == pytest.approx(s.score)
        else:  # no observation speaks for it
            assert s.score <= LEAK


@given(_KNOWLEDGE, _COUNTS)
def test_one_more_record_never_lowers_the_share(
    knowledge: dict[str, float], counts: dict[str, int]
) -> None:
    more = {**counts, "cause:a": counts.get("cause:a", 0) + 1}
    before = shares_of(_CAUSES, knowledge, records(asset=counts))["cause:a"].value
    after = shares_of(_CAUSES, knowledge, records(asset=more))["cause:a"].value
    assert after >= before - 1e-12


def test_few_records_on_the_asset_do_not_overrule_many_on_its_class() -> None:
    said = records(asset={"cause:a": 1}, **{"class": {"cause:b": 90, "cause:a": 10}})
    shares = shares_of(_CAUSES, {}, said)
    assert shares["cause:b"].value > shares["cause:a"].value
    many = records(asset={"cause:a": 40}, **{"class": {"cause:b": 90, "cause:a": 10}})
    shares = shares_of(_CAUSES, {}, many)
    assert shares["cause:a"].value > shares["cause:b"].value


def test_ruled_out_lowers_the_share() -> None:
    said = records(asset={"cause:a": 5, "cause:b": 5})
    said.levels["asset"].against["cause:a"] = {f"wo:{i}" for i in range(6)}
    shares = shares_of(_CAUSES, {}, said)
    assert shares["cause:a"].value == pytest.approx(shares["cause:b"].value * 6 / 12)


def test_what_explains_both_observations_comes_first() -> None:
    leak = shares_of(_CAUSES, {}, records(asset={"cause:a": 3, "cause:b": 30}))
    noise = shares_of(_CAUSES, {}, records(asset={"cause:a": 10, "cause:c": 2}))
    assert combine([leak])[0].key == "cause:b"
    assert combine([leak, noise])[0].key == "cause:a"


def test_nothing_in_nothing_out() -> None:
    assert combine([]) == []
    assert combine([shares_of([], {}, records())]) == []
