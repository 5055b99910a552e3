import random

from hypothesis import given
from hypothesis import strategies as st

from kg.model import Decision, StatementKey, Status
from kg.model.derive import Support, combine_confidence, derive_statement, overlaps

_TIMES = st.one_of(st.none(), st.integers(0, 5))
_SUPPORTS = st.lists(
    st.builds(
        Support,
        document=st.sampled_from(["a", "b", "c"]),
        passage=st.sampled_from(["p", "q"]),
        extractor=st.sampled_from(["x", "y"]),
        confidence=st.sampled_from([0.1, 0.5, 0.5, 0.9, 1.0]),
        status=st.sampled_from([Status.ACCEPTED, Status.SUGGESTED]),
        recorded=st.integers(0, 3),
        valid_from=_TIMES,
        valid_to=_TIMES,
        props=st.one_of(st.none(), st.dictionaries(st.sampled_from(["u", "v"]), st.integers(0, 2))),
    ),
    min_size=1,
    max_size=6,
)


@given(_SUPPORTS, st.randoms())
def test_the_order_of_evidence_never_matters(supports, chance: random.Random):
    shuffled = list(supports)
    chance.shuffle(shuffled)
    assert derive_statement(supports) == derive_statement(shuffled)


@given(_SUPPORTS)
def test_validity_is_the_hull_of_all_evidence(supports):
    derived = derive_statement(supports)
    for support in supports:
        for instant in range(-1, 7):
            if overlaps(support.valid_from, support.valid_to, instant, instant + 1):
                assert overlaps(derived.valid_from, derived.valid_to, instant, instant + 1)


@given(_SUPPORTS)
def test_more_documents_never_lower_confidence_and_more_sightings_in_one_do_not_raise_it(supports):
    pairs = [(s.document, s.confidence) for s in supports]
    before = combine_confidence(pairs)
    assert combine_confidence([*pairs, ("another", 0.3)]) >= before
    strongest = max(pairs, key=lambda pair: pair[1])
    assert combine_confidence([*pairs, strongest]) == before
    assert 0.0 <= before <= 1.0


@given(_SUPPORTS)
def test_people_outrank_claims_until_they_take_it_back(supports):
    claimed = derive_statement(supports).status
    key = StatementKey("a", "causes", "b")
    rejected = Decision(key, Status.REJECTED, "ann", 1)
    taken_back = Decision(key, None, "ann", 2)
    assert derive_statement(supports, rejected).status is Status.REJECTED
    assert derive_statement(supports, taken_back).status is claimed


def test_windows_are_half_open_and_an_instant_meets_its_own():
    assert overlaps(1, 3, 2, 3)
    assert not overlaps(1, 3, 3, 4)
    assert overlaps(3, 3, 3, 4)
    assert not overlaps(3, 3, 4, 5)
    assert overlaps(None, None, 9, 10)
    assert not overlaps(5, None, None, 5)
