"""Drawings of traces: well-formed, everything in them, many things by class."""

from __future__ import annotations

from xml.etree.ElementTree import fromstring

from api.drawing import draw_events, draw_flow
from kg.store.protocol import Store
from kg.store.sqlite import SqliteStore
from kg.traceability import trace_both
from tests.kg.plants import Facts, schema
from tests.kg.traceability.test_tracing import pump_plant


def words(svg: str) -> str:
    return " ".join(fromstring(svg).itertext())


def test_flow_and_timeline_name_what_is_on_the_trace() -> None:
    store: Store = pump_plant().load(SqliteStore(":memory:", schema()))
    trace = trace_both(store, schema(), "lot:CAST-1")
    for language in ("en", "zh"):
        flow = draw_flow(trace, language)
        assert all(key in words(flow) for key in trace.node_keys())
        assert flow.count("<path") >= len({(e.source, e.target) for e in trace.edges}) - 1
        events = draw_events(trace, language)
        assert "2026-03-02T08:00:00Z" in words(events)
    store.close()


def test_a_level_of_many_things_is_drawn_by_class() -> None:
    f = Facts()
    for n in range(60):
        f.say("op:1", "produced", f"unit:{n:02d}")
    store = f.load(SqliteStore(":memory:", schema()))
    flow = draw_flow(trace_both(store, schema(), "op:1"), "en")
    assert "60 × Unit" in words(flow)
    assert flow.count("<rect") < 10
    assert "No event" in words(draw_events(trace_both(store, schema(), "unit:01"), "en"))
    store.close()
