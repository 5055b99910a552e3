"""The short cuts of the embedded store give what the long way gives."""

from __future__ import annotations

import sqlite3

from hypothesis import given
from hypothesis import strategies as st
from rapidfuzz.distance import OSA

from kg.model import Decision, StatementKey, Status
from kg.model.derive import (
    DerivedNode,
    DerivedStatement,
    NodeSupport,
    Support,
    derive_node,
    derive_statement,
)
from kg.store.sqlite.memory import Recent
from kg.store.sqlite.packing import pack
from kg.store.sqlite.sums import Group, NodeSum, Rank, StatementSum, end_of
from kg.store.sqlite.vocabulary import Vocabulary, allowed_edits, fingerprint
from tests.contracts.small_schema import SCHEMA

documents = st.sampled_from(["d1", "d2", "d3"])
passages = st.sampled_from(["p1", "p2"])
extractors = st.sampled_from(["table", "text@1"])
confidences = st.sampled_from([0.25, 0.5, 0.8, 1.0])
times = st.none() | st.integers(0, 9)
props = st.dictionaries(st.sampled_from("abc"), st.sampled_from([1, 1.0, "x", True]), max_size=2)
supports = st.lists(
    st.builds(
        Support,
        documents,
        passages,
        extractors,
        confidences,
        st.sampled_from([Status.SUGGESTED, Status.ACCEPTED]),
        st.integers(0, 3),
        times,
        times,
        st.none() | props,
    ),
    min_size=1,
    max_size=8,
)
decisions = st.none() | st.builds(
    Decision,
    st.just(StatementKey("a:1", "b", "c:1")),
    st.none() | st.sampled_from(list(Status)),
    st.just("me"),
    st.integers(0, 9),
)
node_supports = st.lists(
    st.builds(
        NodeSupport,
        documents,
        passages,
        extractors,
        confidences,
        st.integers(0, 3),
        st.sampled_from(["Asset", "Excavator", "MiniExcavator", "Crane", "Nonsense"]),
        st.none() | st.sampled_from(["", "A", "Pump", "Bagger"]),
        props,
    ),
    max_size=8,
)
words = st.text("abcdxyz-1漏", min_size=1, max_size=12)


def plain(told: DerivedStatement | DerivedNode) -> str:
    """All of it as text, in which 1, 1.0 and True differ and the order of properties does not."""
    return repr(told._replace(props={name: told.props[name] for name in sorted(told.props)}))


@given(supports, decisions)
def test_a_sum_of_evidence_is_what_the_model_derives(
    pieces: list[Support], decision: Decision | None
) -> None:
    total = StatementSum()
    for s in pieces:
        total.add(
            Group(
                int(s.document[1:]),
                1,
                s.confidence,
                s.status is Status.ACCEPTED,
                s.recorded,
                s.valid_from,
                end_of(s.valid_from, s.valid_to),
            )
        )
        if packed := pack(s.props):
            rank = Rank(-s.confidence, -s.recorded, s.document, s.passage, s.extractor)
            total.add_props(packed, rank)
    told = total.derive(decision)
    assert plain(told) == plain(derive_statement(pieces, decision))


@given(node_supports)
def test_a_sum_of_node_claims_is_what_the_model_derives(claims: list[NodeSupport]) -> None:
    total = NodeSum()
    before = total.derive("asset:A", SCHEMA)
    for s in claims:
        rank = Rank(-s.confidence, -s.recorded, s.document, s.passage, s.extractor)
        may_differ = total.add(s.cls, s.name, pack(s.props), rank)
        after = total.derive("asset:A", SCHEMA)
        assert may_differ or plain(after) == plain(before)
        before = after
    assert plain(before) == plain(derive_node("asset:A", claims, SCHEMA))


@given(words, words)
def test_fingerprints_differ_by_two_bits_an_edit_at_most(a: str, b: str) -> None:
    differing = (fingerprint(a) ^ fingerprint(b)) & (1 << 64) - 1
    assert differing.bit_count() <= 2 * OSA.distance(a, b)


@given(st.lists(st.lists(words, max_size=12), min_size=1, max_size=3), words)
def test_similar_words_are_those_within_the_allowed_edits(
    told: list[list[str]], token: str
) -> None:
    connection = sqlite3.connect(":memory:")
    connection.execute(
        "CREATE TABLE words (id INTEGER PRIMARY KEY AUTOINCREMENT, word TEXT UNIQUE,"
        " length INTEGER, fingerprint INTEGER)"
    )
    vocabulary = Vocabulary()
    there: set[str] = set()
    for some in told:
        connection.executemany(
            "INSERT OR IGNORE INTO words (word, length, fingerprint) VALUES (?, ?, ?)",
            [(word, len(word), fingerprint(word)) for word in some],
        )
        there |= set(some)
        edits = allowed_edits(token)
        expected = {w: d for w in there if 0 < (d := OSA.distance(token, w)) <= edits}
        assert vocabulary.similar(connection, token) == expected
    connection.close()


@given(st.lists(st.tuples(st.integers(0, 9), st.booleans())), st.integers(1, 6))
def test_what_is_remembered_is_bounded_and_true(steps: list[tuple[int, bool]], size: int) -> None:
    recent: Recent[int, int] = Recent(size)
    told: dict[int, int] = {}
    for key, is_put in steps:
        if is_put:
            told[key] = key * 2 + 1
            recent.put(key, told[key])
            assert recent.get(key) == told[key]
        else:
            assert recent.get(key) in {None, told.get(key)}
        known = recent.find(range(10))
        assert len(known) <= max(2, size)
        assert all(told[k] == value for k, value in known.items())
