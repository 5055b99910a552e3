"""Labels from the graph's own names and relations."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from extraction.learning.annotating import GraphNames, PoolText, judge_texts

NAMES = [
    ("component:k1", "Component", "Quill Feeder"),
    ("component:k2", "Component", "夹送辊"),
    ("mode:m1", "FailureMode", "skips a beat"),
    ("component:a", "Component", "twin"),
    ("component:b", "Component", "twin"),
]
GRAPH = GraphNames(NAMES, [("component:k1", "exhibits", "mode:m1")])


def labelled(text: str) -> tuple[set[tuple[str, str]], set[tuple[str, str, str]]]:
    judged, task = judge_texts([PoolText(text, "here")], None, GRAPH)
    assert task == "spans"
    example = judged[0].example
    words = [text[span.start : span.end] for span in example.spans]
    spans = {(word, span.label) for word, span in zip(words, example.spans, strict=True)}
    return spans, {(words[t.source], t.label, words[t.target]) for t in example.ties}


def test_names_of_the_graph_label_and_its_relations_join() -> None:
    spans, ties = labelled("QUILL FEEDER number 3 skips a beat, pump leaking")
    assert {("QUILL FEEDER", "Component"), ("skips a beat", "FailureMode")} <= spans
    assert ("pump", "Component") in spans
    assert ties == {("QUILL FEEDER", "exhibits", "skips a beat")}
    assert labelled("更换夹送辊轴承")[0] >= {("夹送辊", "Component")}


def test_names_that_two_things_bear_mean_neither() -> None:
    assert GRAPH.find("the twin stands") == []


@given(st.lists(st.sampled_from(["quill", "feeder", "skips", "a", "beat", "x", "辊"]), max_size=12))
def test_found_names_stand_there_and_never_overlap(words: list[str]) -> None:
    text = " ".join(words)
    found = GRAPH.find(text)
    names = {name.casefold(): key for key, _, name in NAMES}
    assert all(names[text[n.start : n.end]] == n.key for n in found)
    assert all(one.end <= other.start for one, other in pairwise(found))
    assert len(found) == text.count("quill feeder") + text.count("skips a beat")
