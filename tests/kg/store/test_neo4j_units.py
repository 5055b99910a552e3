"""The parts of the server store that need no server: names, spans of validity, short cuts."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from kg.model import Claim, NodeClaim, OntologyError, Status
from kg.model.derive import NodeSupport, Support, derive_node, derive_statement, overlaps
from kg.model.text import query_tokens
from kg.store.matching import matches
from kg.store.neo4j.deriving import (
    EVER_AFTER,
    EVER_BEFORE,
    node_state,
    relationship_properties,
    valid_spans,
)
from kg.store.neo4j.extending import adds_nothing, extended
from kg.store.neo4j.names import (
    Names,
    node_properties,
    node_props,
    quoted,
    statement_properties,
    statement_props,
)
from kg.store.neo4j.removal import History
from kg.store.neo4j.work import pack
from kg.store.protocol import Range
from ontology import load_schema
from tests.contracts.small_schema import SCHEMA

NAMES = Names(SCHEMA)
attributes = st.sampled_from(
    [
        "description",
        "name",
        "key",
        "aliases",
        "id",
        "status",
        "gemba_class",
        "gemba_prop_x",
        "",
        "数",
    ]
)
values = st.sampled_from(["open", "", 1, 1.0, True, 2.5, ["b"], []])
some_props = st.dictionaries(attributes, values, max_size=4)


@given(some_props)
def test_properties_keep_clear_of_ours(props: dict[str, Any]) -> None:
    state = {
        "key": "k",
        "name": "n",
        "aliases": ["x"],
        "gemba_class": "C",
        **node_properties(props),
    }
    assert (state["key"], state["name"], state["gemba_class"]) == ("k", "n", "C")
    assert pack(node_props(state)) == pack(props)
    told = {"id": 1, "status": "accepted", "confidence": 1.0, **statement_properties(props)}
    assert (told["id"], told["status"]) == (1, "accepted")
    assert pack(statement_props(told)) == pack(props)


def test_types_lead_back_to_relations() -> None:
    schema = load_schema()
    names = Names(schema)
    for name, relation in schema.relations.items():
        assert names.type_of(name) == relation.type_name
        assert names.relation_of(relation.type_name) == name


def test_relations_that_the_ontology_lost_keep_their_type() -> None:
    assert NAMES.type_of("wasOnceHere") == "WAS_ONCE_HERE"
    assert NAMES.relation_of("WAS_ONCE_HERE") == "wasOnceHere"


@pytest.mark.parametrize("name", ["has_component", "HasComponent", "", "_x", "made_of"])
def test_relations_whose_type_would_be_anothers_are_refused(name: str) -> None:
    with pytest.raises(OntologyError):
        NAMES.type_of(name)
    assert NAMES.types_of([name, "madeOf"]) == ["MADE_OF"]


def test_names_are_quoted_whatever_they_hold() -> None:
    assert quoted("A`]-() DELETE r //") == "`A``]-() DELETE r //`"


# -- validity --------------------------------------------------------------------------------

instants = st.none() | st.integers(0, 8)
windows = st.none() | st.integers(0, 9)


@given(
    intervals=st.lists(st.tuples(instants, instants), min_size=1, max_size=5),
    low=windows,
    high=windows,
)
def test_spans_meet_the_windows_that_the_evidence_meets(
    intervals: list[tuple[int | None, int | None]], low: int | None, high: int | None
) -> None:
    spans = valid_spans(intervals)
    if spans is None:
        derived = derive_statement([_support(valid_from=a, valid_to=b) for a, b in intervals])
        spans = [
            EVER_BEFORE if derived.valid_from is None else derived.valid_from,
            EVER_AFTER if derived.valid_to is None else derived.valid_to,
        ]
    met = any(
        (high is None or spans[i] < high or spans[i] == EVER_BEFORE)
        and (low is None or spans[i + 1] > low)
        for i in range(0, len(spans), 2)
    )
    assert met == any(overlaps(a, b, low, high) for a, b in intervals)


def _support(**more: Any) -> Support:
    told = {
        "document": "d",
        "passage": "p",
        "extractor": "t",
        "confidence": 1.0,
        "status": Status.ACCEPTED,
        "recorded": 5,
        "valid_from": None,
        "valid_to": None,
        "props": None,
    }
    return Support(**{**told, **more})


# -- short cuts ------------------------------------------------------------------------------

claims = st.builds(
    lambda confidence, status, valid_from, valid_to, props: Claim(
        "asset:A", "exhibits", "mode:x", 0, confidence, status, "table", -1, -1,
        valid_from, valid_to, props,
    ),
    st.sampled_from([1.0, 1.0, 0.5]),
    st.sampled_from(["accepted", "suggested"]),
    instants,
    instants,
    st.none() | st.dictionaries(st.sampled_from("ab"), st.sampled_from([1, 1.0, "x"]), max_size=2),
)  # fmt: skip


@given(
    before=st.lists(claims, min_size=1, max_size=4),
    more=st.lists(claims, min_size=1, max_size=3),
    at=st.integers(0, 9),
)
def test_extending_a_statement_is_deriving_it_anew(
    before: list[Claim], more: list[Claim], at: int
) -> None:
    stored = _relationship(before, [3] * len(before))
    state = extended(stored, more, at)
    assume(state is not None)
    expected = _relationship(before + more, [3] * len(before) + [at] * len(more))
    assert pack(state) == pack(expected)


def _relationship(told: list[Claim], recorded: list[int]) -> dict[str, Any]:
    supports = [
        _support(
            document=f"d{i}",
            confidence=claim.confidence,
            status=Status(claim.status),
            recorded=at,
            valid_from=claim.valid_from,
            valid_to=claim.valid_to,
            props=claim.props,
        )
        for i, (claim, at) in enumerate(zip(told, recorded, strict=True))
    ]
    spans = valid_spans((claim.valid_from, claim.valid_to) for claim in told)
    state = relationship_properties(7, derive_statement(supports), spans)
    return {name: value for name, value in state.items() if value is not None}


def test_extending_is_used_where_tables_repeat_themselves() -> None:
    again = Claim("asset:A", "exhibits", "mode:x", 0)
    assert extended(_relationship([again], [3]), [again], 9) is not None
    assert extended(_relationship([again._replace(confidence=0.5)], [3]), [again], 9) is None


sightings = st.builds(
    NodeClaim,
    st.just("asset:A"),
    st.sampled_from(["Asset", "Excavator", "MiniExcavator", "Crane", "NoClass"]),
    st.just(0),
    name=st.none() | st.sampled_from(["A", "Pump", "泵"]),
    props=st.dictionaries(st.sampled_from("ab"), st.sampled_from([1, 1.0, "x"]), max_size=2),
    confidence=st.sampled_from([1.0, 0.5]),
)


@given(
    before=st.lists(sightings, max_size=4),
    more=st.lists(sightings, min_size=1, max_size=2),
    at=st.integers(0, 9),
)
def test_claims_that_add_nothing_leave_a_node_as_it_is(
    before: list[NodeClaim], more: list[NodeClaim], at: int
) -> None:
    stored = _node(before, [3] * len(before))
    assume(adds_nothing(SCHEMA, stored, more))
    assert pack(_node(before + more, [3] * len(before) + [at] * len(more))) == pack(stored)


def _node(told: list[NodeClaim], recorded: list[int]) -> dict[str, Any]:
    supports = [
        NodeSupport("d", str(i), "t", c.confidence, at, c.cls, c.name, c.props)
        for i, (c, at) in enumerate(zip(told, recorded, strict=True))
    ]
    state = node_state(NAMES, "asset:A", (), derive_node("asset:A", supports, SCHEMA), 1)
    return {name: value for name, value in state.items() if value is not None}


def test_a_claim_said_again_adds_nothing() -> None:
    claim = NodeClaim("asset:A", "Excavator", 0, "Pump", {"a": 1})
    assert adds_nothing(SCHEMA, _node([claim], [3]), [claim, claim._replace(cls="Asset")])
    assert not adds_nothing(SCHEMA, _node([claim], [3]), [claim._replace(cls="MiniExcavator")])
    assert not adds_nothing(SCHEMA, _node([claim], [3]), [claim._replace(props={"a": 1.0})])


# -- history ---------------------------------------------------------------------------------


@given(
    told=st.lists(st.booleans(), min_size=1, max_size=6),
    gone=st.frozensets(st.integers(0, 5)),
)
def test_clipped_streaks_are_those_of_the_versions_that_stay(
    told: list[bool], gone: frozenset[int]
) -> None:
    staying = [n for n in range(len(told)) if n not in gone]
    history = History(staying, frozenset(range(len(told))))
    joined: list[list[int]] = []
    for first, last in _streaks(list(enumerate(told))):
        clipped = history.clip(first, last)
        if clipped is None:
            continue
        if joined and history.follows(joined[-1][1], clipped[0]):
            joined[-1][1] = clipped[1]
        else:
            joined.append(list(clipped))
    expected = _streaks([(n, told[n]) for n in staying])
    assert joined == expected
    for _, last in expected:
        after = [n for n in staying if n > last]
        assert history.until(last) == (after[0] if after else None)


def _streaks(told: list[tuple[int, bool]]) -> list[list[int]]:
    found: list[list[int]] = []
    was_told = False
    for number, is_told in told:
        if is_told and was_told:
            found[-1][1] = number
        elif is_told:
            found.append([number, number])
        was_told = is_told
    return found


# -- matching --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("value", "want", "is_match"),
    [
        (1, 1.0, True),
        (1, True, False),
        (True, True, True),
        ("1", 1, False),
        (["a", "b"], "b", True),
        ([], Range(), False),
        (None, Range(), False),
        ("m", Range("a", "n"), True),
        ("n", Range("a", "n"), False),
        (5, Range("a"), False),
        (True, Range(0, 2), False),
        (2.5, Range(2, 3), True),
        (2, ["x", 2], True),
        (3, [], False),
    ],
)
def test_matching(value: Any, want: Any, is_match: bool) -> None:
    assert matches(value, want) is is_match


def test_query_tokens_are_searched_as_they_are() -> None:
    from kg.store.neo4j.search import _clauses

    (token,) = query_tokens("6205-2RS/C3")
    assert _clauses(token, fuzzy=False) == [
        r"gemba_names:6205\-2rs\/c3^3",
        r"gemba_details:6205\-2rs\/c3^1",
    ]
    assert _clauses("pump", fuzzy=True) == [
        "gemba_names:pump^12",
        "gemba_names:pump~1^3",
        "gemba_details:pump^4",
        "gemba_details:pump~1^1",
    ]
    assert _clauses("泵", fuzzy=True) == ["gemba_names:泵^3", "gemba_details:泵^1"]
