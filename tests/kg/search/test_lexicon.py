"""The ontology's words as a dictionary."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kg.model.stems import stem
from kg.search.lexicon import canonical, lexicon_of
from tests.kg.plants import schema


def keys(text: str, *, typos: bool = False) -> set[str]:
    return {
        term.key or term.name
        for mention in lexicon_of(schema()).mentions(text, typos=typos)
        for term in mention.terms
    }


@pytest.mark.parametrize("word", ["leak", "leaks", "leaking", "leaked"])
def test_stem_joins_inflections(word: str) -> None:
    assert stem(word) == "leak"


def test_stem_leaves_codes_alone() -> None:
    assert stem("6205-2rs") == "6205-2rs"
    assert stem("p101s") == "p101s"


@pytest.mark.parametrize(
    "said", ["won't start", "does not start", "can’t start", "failed to start"]
)
def test_mentions_read_negations_alike(said: str) -> None:
    assert "mode:FailToStart" in keys(f"the engine {said} today")


def test_mentions_keep_to_word_borders_in_latin_text_only() -> None:
    assert "component:Seal" not in keys("unsealed envelope")
    assert "mode:Leakage" in keys("今天又漏油了")


def test_mentions_prefer_the_longest() -> None:
    texts = [m.text for m in lexicon_of(schema()).mentions("hydraulic hose leaking")]
    assert texts == ["hydraulic hose", "leaking"]


def test_mentions_of_accepted_terms_are_not_hidden_by_others() -> None:
    lexicon = lexicon_of(schema())
    whole = lexicon.mentions("hose burst")
    assert [m.text for m in whole] == ["hose burst"]
    parts = lexicon.mentions("hose burst", accept=lambda t: t.cls in ("Component", "FailureMode"))
    assert [m.text for m in parts] == ["hose", "burst"]


def test_mentions_with_typos_say_so() -> None:
    assert keys("hydrulic pump leekage", typos=True) >= {"component:HydraulicPump", "mode:Leakage"}
    found = lexicon_of(schema()).mentions("leekage", typos=True)
    assert found[0].is_typo
    assert not keys("leekage")


@given(st.text(max_size=60))
def test_mentions_stand_where_they_say(text: str) -> None:
    mentions = lexicon_of(schema()).mentions(text)
    at = 0
    for mention in mentions:
        assert at <= mention.start < mention.end <= len(text)
        at = mention.end


@given(st.text(max_size=40))
def test_canonical_is_stable(text: str) -> None:
    assert canonical(canonical(text)).split() == canonical(canonical(canonical(text))).split()
