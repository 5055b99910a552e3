"""Likeness of names and proposals: what is the same, what only looks like it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kg.resolution.identity import Forms, Named, Thresholds, compare, find_candidates, propose

FORMS = Forms({"hyd": "hydraulic", "l/h": "left hand", "aircon": "air conditioner", "缸": "油缸"})
LIMITS = Thresholds(0.82, 0.99)


def likeness(a: str, b: str) -> float:
    return compare(FORMS.of(a), FORMS.of(b)).score


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("hyd pump", "Hydraulic pumps"),
        ("aircon", "air conditioner"),
        ("l/h brake", "left hand brake"),
        ("hydraulics line", "hydraulic line"),
        ("cracked", "cracking"),
        ("液压 油缸", "液压油缸"),
        ("Pump  7", "pump 07"),
    ],
)
def test_the_same_name_in_other_words_is_the_same(one: str, other: str) -> None:
    assert likeness(one, other) == 1.0
    assert likeness(other, one) == 1.0


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("hydraulic press", "hydraulic pump"),
        ("left brake", "right brake"),
        ("front hose", "hose"),
        ("pump 1", "pump 2"),
        ("inlet valve", "outlet valve"),
        ("cab air conditioner", "air conditioner"),
        ("no pressure", "pressure"),
        ("engine sump", "engine pumps"),
        ("左侧油缸", "右侧油缸"),
        ("齿轮泵", "泵"),
        ("液压泵", "齿轮泵"),
        ("高压开关", "低压开关"),
        ("pump", "泵"),
    ],
)
def test_names_that_share_much_and_mean_two_things_stay_below(one: str, other: str) -> None:
    assert likeness(one, other) < LIMITS.propose
    assert likeness(other, one) < LIMITS.propose


@pytest.mark.parametrize(
    ("one", "other"),
    [("moter", "motor"), ("carrousel", "carousel"), ("hydrl cylinder", "hydraulic cylinder")],
)
def test_misspellings_and_abbreviations_are_likely(one: str, other: str) -> None:
    assert LIMITS.propose <= likeness(one, other) < 1


def things(*names: str, concept: str = "") -> list[Named]:
    return [
        Named(f"component:{name}", "Component", (name,), name == concept, mentions=n)
        for n, name in enumerate(names)
    ]


def test_weak_links_make_no_chain() -> None:
    # a~b and b~c are likely, a~c is not: only one of the two links is proposed.
    chain = things("slewing motor", "slewng motor", "slewng moter")
    found = propose(chain, FORMS, {}, default=Thresholds(0.9, 0.99))
    pairs = {frozenset((p.kept, p.dropped)) for p in found}
    assert likeness("slewing motor", "slewng motor") >= 0.9
    assert likeness("slewing motor", "slewng moter") < 0.95
    for pair in pairs:
        assert likeness(*(key.partition(":")[2] for key in pair)) >= 0.9
    groups = {key for pair in pairs for key in pair}
    if len(groups) == 3:
        assert likeness("slewing motor", "slewng moter") >= 0.9


def test_a_pair_told_apart_is_not_proposed_not_even_through_a_third() -> None:
    names = things("brake pad", "brake pads", "brakepad")
    apart = [frozenset(("component:brake pad", "component:brake pads"))]
    found = propose(names, FORMS, {}, apart=apart, default=LIMITS)
    assert len(found) == 1
    assert "component:brakepad" in (found[0].kept, found[0].dropped)


def test_a_concept_gives_the_name_and_two_concepts_never_meet() -> None:
    named = [
        Named("component:HydraulicPump", "Component", ("hydraulic pump", "液压泵"), True),
        Named("component:hyd pump", "Component", ("hyd pump",), mentions=90),
        Named("component:PressurePump", "Component", ("hydraulic pumps",), True),
    ]
    found = propose(named, FORMS, {}, default=LIMITS)
    assert [(p.kept, p.dropped) for p in found] == [
        ("component:HydraulicPump", "component:hyd pump")
    ]
    assert not found[0].is_sure  # it could be either concept


def test_only_things_of_one_class_are_compared() -> None:
    named = [
        Named("symptom:leak", "Symptom", ("leak",)),
        Named("mode:leak", "FailureMode", ("leak",)),
    ]
    assert propose(named, FORMS, {}, default=LIMITS) == []


def test_what_is_merged_is_not_proposed_again() -> None:
    named = things("hyd pump", "hydraulic pump")
    assert (
        propose(named, FORMS, {}, together=[("component:hydraulic pump", "component:hyd pump")])
        == []
    )
    (found,) = propose(named, FORMS, {}, default=LIMITS)
    assert found.is_sure


WORDS = st.lists(
    st.sampled_from(["hyd", "pump", "pumps", "motor", "moter", "left", "右", "泵", "7"])
)


@given(WORDS, WORDS)
def test_likeness_is_symmetric_and_bounded(one: list[str], other: list[str]) -> None:
    a, b = " ".join(one), " ".join(other)
    assert likeness(a, b) == likeness(b, a)
    assert 0 <= likeness(a, b) <= 1


@given(st.lists(st.sampled_from(["pump", "pumps", "pmup", "motor", "油缸", "左油缸"]), unique=True))
def test_candidates_find_every_likely_pair(names: list[str]) -> None:
    named = things(*names)
    found = {(pair.a, pair.b) for pair in find_candidates(named, FORMS)}
    for a in range(len(named)):
        for b in range(a + 1, len(named)):
            if likeness(named[a].names[0], named[b].names[0]) >= LIMITS.propose:
                assert (a, b) in found
