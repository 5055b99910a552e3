"""Traces of a small plant, through real stores."""

from __future__ import annotations

import itertools
from dataclasses import asdict, replace

import orjson
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from kg.model import View
from kg.model.errors import BadInput, NotFound
from kg.store.protocol import Store
from kg.traceability import trace_backward, trace_both, trace_forward
from kg.traceability.flow import FlowRelations
from ontology.schema import Relation, Schema, Words
from tests.kg.plants import Facts, at, schema
from tests.oracle import MemoryStore


def pump_plant() -> Facts:
    """Two pumps from one lot of castings; one goes to a customer in a reused box."""
    f = Facts()
    f.node("lot:CAST-1", "MaterialLot", "CAST-1").node("supplier:F1", "Supplier", "Foundry One")
    f.node("asset:MC-1", "Asset", "Machining centre 1").node("step:30", "ProcessStep", "Milling")
    f.node("person:Wang", "Person", "王伟").node("line:L1", "Line", "Line 1")
    f.say("asset:MC-1", "locatedIn", "line:L1")
    f.say("lot:CAST-1", "suppliedBy", "supplier:F1", since="2026-03-01")
    for n, day in ((1, "02"), (2, "09")):
        op, unit = f"op:OP-{n}", f"unit:PU-{n}"
        f.node(op, "Operation", startedAt=f"2026-03-{day}T08:00:00Z",
               endedAt=f"2026-03-{day}T09:00:00Z")  # fmt: skip
        time = {"since": f"2026-03-{day}T08:00:00", "until": f"2026-03-{day}T09:00:00"}
        f.say(op, "consumed", "lot:CAST-1", **time, props={"quantity": 1.5, "unitOfMeasure": "kg"})
        f.say(op, "produced", unit, **time)
        f.say(op, "performedOn", "asset:MC-1", **time)
        f.say(op, "performedBy", "person:Wang", **time)
        f.say(op, "ofStep", "step:30", **time)
    # The box goes out with pump 1, comes back empty, and goes out with pump 2.
    f.say("unit:PU-1", "packedInto", "container:BOX", since="2026-03-03", until="2026-03-06")
    f.say("container:BOX", "shippedIn", "shipment:S1", since="2026-03-04", until="2026-03-04")
    f.say("shipment:S1", "shippedTo", "customer:ACME", since="2026-03-04", until="2026-03-04")
    f.say("unit:PU-2", "packedInto", "container:BOX", since="2026-03-10", until="2026-03-12")
    f.say("container:BOX", "shippedIn", "shipment:S2", since="2026-03-11", until="2026-03-11")
    f.say("shipment:S2", "shippedTo", "customer:BOLT", since="2026-03-11", until="2026-03-11")
    f.say("unit:PU-2", "hasDefect", "defect:D1").say("defect:D1", "ofType", "defecttype:crack")
    return f


@pytest.fixture
def plant(any_store: Store) -> Store:
    return pump_plant().load(any_store)


def test_trace_backward_from_unit_to_supplier(plant: Store) -> None:
    trace = trace_backward(plant, schema(), "unit:PU-1")
    assert trace.node_keys() == {"unit:PU-1", "op:OP-1", "lot:CAST-1", "supplier:F1"}
    assert [(n.named.key, n.level) for n in trace.nodes] == [
        ("supplier:F1", -3), ("lot:CAST-1", -2), ("op:OP-1", -1), ("unit:PU-1", 0),
    ]  # fmt: skip
    path = trace.path_to("supplier:F1")
    assert [e.predicate for e in path] == ["produced", "consumed", "suppliedBy"]
    assert path[1].quantity == 1.5
    assert path[1].unit_of_measure == "kg"
    assert (path[1].source, path[1].target) == ("lot:CAST-1", "op:OP-1")
    assert "1.5 kg" in path[1].sentence.en
    assert "消耗" in path[1].sentence.zh
    assert trace.nodes[2].started == "2026-03-02T08:00:00Z"


def test_trace_factors_name_who_where_and_how(plant: Store) -> None:
    trace = trace_backward(plant, schema(), "unit:PU-1")
    found = {(f.facet, f.named.key, f.operations) for f in trace.factors}
    assert {
        ("machine", "asset:MC-1", 1),
        ("man", "person:Wang", 1),
        ("method", "step:30", 1),
    } <= found


def test_trace_forward_respects_stays_in_a_reused_box(plant: Store) -> None:
    assert "customer:BOLT" not in trace_forward(plant, schema(), "unit:PU-1").node_keys()
    assert "customer:ACME" not in trace_forward(plant, schema(), "unit:PU-2").node_keys()
    both = trace_forward(plant, schema(), "lot:CAST-1")
    assert {c.customer.key: c.items for c in both.consignees} == {
        "customer:ACME": {"Container": 1, "MaterialLot": 1, "Unit": 1},
        "customer:BOLT": {"Container": 1, "MaterialLot": 1, "Unit": 1},
    }
    assert [s.key for s in both.consignees[0].shipments] == ["shipment:S1"]
    ignoring = trace_forward(plant, schema(), "unit:PU-1", respect_time=False)
    assert "customer:BOLT" in ignoring.node_keys()


def test_trace_says_what_time_excluded(plant: Store) -> None:
    trace = trace_forward(plant, schema(), "unit:PU-1")
    assert trace.left_out == 1
    assert trace.left_out_examples[0].predicate == "shippedIn"
    assert any("not followed" in note.en for note in trace.notes)


def test_trace_contents_of_a_reused_box_at_an_instant(plant: Store) -> None:
    then = trace_backward(plant, schema(), "container:BOX", at=at("2026-03-11"))
    assert "unit:PU-2" in then.node_keys()
    assert "unit:PU-1" not in then.node_keys()
    ever = trace_backward(plant, schema(), "container:BOX")
    assert {"unit:PU-1", "unit:PU-2"} <= ever.node_keys()


def test_trace_both_signs_levels_and_lists_defects(plant: Store) -> None:
    trace = trace_both(plant, schema(), "unit:PU-2")
    levels = {n.named.key: n.level for n in trace.nodes}
    assert levels["lot:CAST-1"] == -2
    assert levels["customer:BOLT"] == 3
    assert "unit:PU-1" not in levels
    assert [(d.item, d.defect.key, d.type.key if d.type else None) for d in trace.defects] == [
        ("unit:PU-2", "defect:D1", "defecttype:crack")
    ]
    counts = {c.cls: (c.upstream, c.downstream) for c in trace.summary}
    assert counts["Supplier"] == (1, 0)
    assert counts["Customer"] == (0, 1)


def test_trace_passing_a_step_a_place_and_a_time(plant: Store) -> None:
    lot, s = "lot:CAST-1", schema()
    week = trace_forward(plant, s, lot, since=at("2026-03-08"), until=at("2026-03-10"))
    assert "unit:PU-2" in week.node_keys()
    assert "unit:PU-1" not in week.node_keys()
    assert lot in week.node_keys()
    assert "customer:BOLT" in week.node_keys()
    assert "unit:PU-1" in trace_forward(plant, s, lot, steps=["step:30"]).node_keys()
    assert "unit:PU-1" in trace_forward(plant, s, lot, places=["line:L1"]).node_keys()
    assert trace_forward(plant, s, lot, steps=["step:99"]).node_keys() == {lot}
    assert trace_forward(plant, s, lot, places=["line:L1"], steps=["step:99"]).node_keys() == {lot}


def test_trace_of_some_classes_keeps_the_start(plant: Store) -> None:
    trace = trace_forward(plant, schema(), "lot:CAST-1", classes=["Customer"])
    assert trace.node_keys() == {"lot:CAST-1", "customer:ACME", "customer:BOLT"}


def test_trace_of_several_starts(plant: Store) -> None:
    trace = trace_backward(plant, schema(), ["unit:PU-1", "unit:PU-2"])
    assert {n.key for n in trace.start} == {"unit:PU-1", "unit:PU-2"}
    assert trace.factors[0].operations == 2


def test_trace_truncated_says_how_much_there_is(plant: Store) -> None:
    trace = trace_forward(plant, schema(), "lot:CAST-1", max_nodes=3)
    assert trace.is_truncated
    assert len(trace.nodes) == 3
    full = trace_forward(plant, schema(), "lot:CAST-1")
    assert not full.is_truncated
    assert trace.reach == len(full.nodes)
    shallow = trace_forward(plant, schema(), "lot:CAST-1", max_depth=2)
    assert shallow.truncated_by == "depth"


def test_trace_names_cycles_but_not_rework() -> None:
    store = MemoryStore(schema())
    f = Facts()
    f.say("op:1", "consumed", "unit:A").say("op:1", "produced", "unit:A")
    f.say("lot:X", "madeOf", "lot:Y").say("lot:Y", "madeOf", "lot:X")
    f.say("op:1", "consumed", "lot:X")
    f.load(store)
    trace = trace_backward(store, schema(), "unit:A")
    assert trace.cycles == (("lot:X", "lot:Y"),)
    assert any("made of itself" in n.en for n in trace.notes)


def test_trace_unknown_key_names_the_nearest(plant: Store) -> None:
    with pytest.raises(NotFound) as caught:
        trace_backward(plant, schema(), "unit:PU-9")
    assert "unit:PU-1" in caught.value.nearest
    with pytest.raises(BadInput):
        trace_backward(plant, schema(), [])


def test_trace_as_of_before_the_load_does_not_know_it(plant: Store) -> None:
    with pytest.raises(NotFound):
        trace_backward(plant, schema(), "unit:PU-1", view=View(as_of=at("2026-05-01")))


def test_trace_answers_alike_and_as_json() -> None:
    one, other = (pump_plant().load(MemoryStore(schema())) for _ in range(2))
    first = trace_both(one, schema(), "lot:CAST-1", evidence_per_edge=2)
    assert orjson.dumps(asdict(first)) == orjson.dumps(
        asdict(trace_both(other, schema(), "lot:CAST-1", evidence_per_edge=2))
    )
    assert first.edges[0].evidence[0].document == "facts.csv"


def test_trace_follows_a_relation_that_a_maintainer_adds() -> None:
    words = Words({"en": "decanted into", "zh": "倒入"}, {}, {})
    relations = dict(schema().relations)
    relations["decantedInto"] = Relation(
        "decantedInto", "x", words, ("MaterialLot",), ("MaterialLot",), "plant", flow="downstream"
    )
    wider = replace(schema(), relations=relations)
    assert "decantedInto" in FlowRelations.of(wider).downstream
    store = MemoryStore(wider)
    Facts().say("lot:A", "decantedInto", "lot:B").load(store)
    assert "lot:A" in trace_backward(store, wider, "lot:B").node_keys()


def _flow_statements() -> st.SearchStrategy[list[tuple[str, str, str, int | None]]]:
    op, lot, box = (st.integers(0, 3).map(f"{kind}:{{}}".format) for kind in
                    ("op", "lot", "container"))  # fmt: skip
    time = st.none() | st.integers(0, 5)
    one = st.one_of(
        st.tuples(op, st.just("consumed"), lot, time),
        st.tuples(op, st.just("produced"), lot, time),
        st.tuples(lot, st.just("packedInto"), box, time),
        st.tuples(lot, st.just("madeOf"), lot, time),
    )
    return st.lists(one, min_size=1, max_size=14)


@settings(max_examples=40, deadline=None)
@given(_flow_statements())
@example(
    [
        ("op:0", "consumed", "lot:0", None),
        ("op:0", "produced", "lot:1", None),
        ("lot:1", "madeOf", "lot:0", 1),  # the shorter way to lot 1, and too late for operation 1
        ("op:1", "consumed", "lot:1", 0),
    ]
)
def test_trace_x_is_behind_y_exactly_when_y_is_ahead_of_x(
    statements: list[tuple[str, str, str, int | None]],
) -> None:
    store = MemoryStore(schema())
    facts = Facts()
    for subject, predicate, object_, day in statements:
        when = None if day is None else f"2026-01-0{day + 1}"
        facts.say(subject, predicate, object_, since=when, until=when)
    facts.load(store)
    keys = sorted({end for s, _, o, _ in statements for end in (s, o)})
    small: Schema = schema()
    behind = {k: trace_backward(store, small, k).node_keys() for k in keys}
    ahead = {k: trace_forward(store, small, k).node_keys() for k in keys}
    for x in keys:
        for y in keys:
            assert (x in behind[y]) == (y in ahead[x])
    for key in keys:
        trace = trace_both(store, small, key)
        assert {n.named.key for n in trace.nodes} == behind[key] | ahead[key]
        for node in trace.nodes:
            path = trace.path_to(node.named.key)
            assert len(path) == abs(node.level)
            if path:
                assert key in (path[0].source, path[0].target)
                assert node.named.key in (path[-1].source, path[-1].target)
            for before, after in itertools.pairwise(path):
                assert before.target == after.source or before.source == after.target
