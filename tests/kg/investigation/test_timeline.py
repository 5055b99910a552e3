"""Timelines against the list of all events, sorted."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kg.investigation import Timeline, timeline
from kg.investigation import timelines as timeline_module
from kg.model.errors import BadInput, NotFound
from kg.store.protocol import Store
from tests.kg.plants import Facts, at, schema, work_order
from tests.oracle import MemoryStore


def press() -> Facts:
    f = Facts()
    f.node("asset:P07", "Asset", "Press 7").node("asset:P07-HYD", "Asset", "Hydraulic unit")
    f.say("asset:P07", "hasComponent", "asset:P07-HYD").say(
        "asset:P07", "hasComponent", "component:ram"
    )
    f.say("asset:OTHER", "hasComponent", "component:ram")
    f.say("asset:P07", "locatedIn", "line:L1")
    work_order(f, "W1", "asset:P07", "2026-01-05", text="ram leaks", observed=("mode:Leakage",),
               involves=("component:ram",), performed=("activity:Replace",))  # fmt: skip
    work_order(f, "W2", "asset:P07-HYD", "2026-01-07")
    work_order(f, "W3", "asset:OTHER", "2026-01-06", involves=("component:ram",))
    f.say(
        "alarmevent:A1",
        "raisedBy",
        "asset:P07",
        since="2026-01-06T01:00:00",
        until="2026-01-06T02:00:00",
    )
    f.say("alarmevent:A1", "ofAlarm", "alarm:P-101")
    f.say("op:O1", "performedOn", "asset:P07", since="2026-01-08", until="2026-01-08")
    f.node("wo:UNDATED", "WorkOrder").say("wo:UNDATED", "reportedOn", "asset:P07")
    return f


def keys(found: Timeline) -> list[str]:
    return [e.named.key for e in found.entries]


def test_timeline_newest_first_with_parts_and_undated_last(any_store: Store) -> None:
    press().load(any_store)
    found = timeline(any_store, schema(), "asset:P07")
    assert keys(found) == ["op:O1", "wo:W2", "alarmevent:A1", "wo:W1", "wo:UNDATED"]
    assert [p.key for p in found.parts] == ["asset:P07-HYD"]
    first = found.entries[3]
    assert first.at == "2026-01-05T08:00:00Z"
    assert first.description == "ram leaks"
    assert first.sentence.en.startswith(
        "Work order W1 was reported on Press 7 (P07), observed"
    ) or (first.sentence.en.startswith("work order W1 was reported on Press 7 (P07), observed"))
    assert "观察到" in first.sentence.zh
    assert {f.predicate for f in first.facts} == {"reportedOn", "observed", "involves", "performed"}
    assert first.facts[0].evidence[0].document == "facts.csv"
    assert found.entries[-1].at is None


def test_timeline_oldest_first_window_and_classes(any_store: Store) -> None:
    press().load(any_store)
    s = schema()
    assert keys(timeline(any_store, s, "asset:P07", newest_first=False))[0] == "wo:W1"
    window = timeline(any_store, s, "asset:P07", since=at("2026-01-06"), until=at("2026-01-08"),
                      classes=["WorkOrder", "AlarmEvent"])  # fmt: skip
    assert keys(window) == ["wo:W2", "alarmevent:A1", "wo:UNDATED"]
    assert keys(timeline(any_store, s, "asset:P07", classes=["Operation"])) == ["op:O1"]


def test_timeline_of_a_line_a_component_and_a_unit(any_store: Store) -> None:
    f = press()
    f.say("op:O1", "produced", "unit:U1", since="2026-01-08", until="2026-01-08")
    f.say("unit:U1", "hasDefect", "defect:D1").node(
        "defect:D1", "Defect", occurredAt="2026-01-09T00:00:00Z"
    )
    f.load(any_store)
    assert "wo:W1" in keys(timeline(any_store, schema(), "line:L1"))
    assert keys(timeline(any_store, schema(), "component:ram")) == ["wo:W3", "wo:W1"] or set(
        keys(timeline(any_store, schema(), "component:ram"))
    ) == {"wo:W3", "wo:W1"}
    assert keys(timeline(any_store, schema(), "unit:U1")) == ["defect:D1", "op:O1"]


@pytest.mark.parametrize("newest_first", [True, False])
def test_timeline_pages_join_to_the_whole(any_store: Store, newest_first: bool) -> None:
    press().load(any_store)
    whole = keys(timeline(any_store, schema(), "asset:P07", newest_first=newest_first))
    paged: list[str] = []
    after: str | None = None
    while True:
        page = timeline(
            any_store, schema(), "asset:P07", newest_first=newest_first, limit=2, after=after
        )
        paged += keys(page)
        after = page.next_after
        if after is None:
            break
    assert paged == whole


def test_timeline_bad_input(any_store: Store) -> None:
    press().load(any_store)
    with pytest.raises(NotFound) as caught:
        timeline(any_store, schema(), "asset:P08")
    assert "asset:P07" in caught.value.nearest
    with pytest.raises(BadInput, match="next_after"):
        timeline(any_store, schema(), "asset:P07", after="yesterday")


_EVENTS = st.lists(
    st.tuples(st.none() | st.integers(0, 5000), st.none() | st.integers(0, 60)), max_size=25
)


@settings(max_examples=40, deadline=None)
@given(_EVENTS, st.integers(1, 7), st.booleans())
def test_timeline_read_in_windows_equals_all_at_once(
    events: list[tuple[int | None, int | None]], limit: int, newest_first: bool
) -> None:
    """Big assets are read window by window: force that path and compare with plain sorting."""
    store = MemoryStore(schema())
    facts = Facts().node("asset:A", "Asset", "A")
    base = at("2015-01-01")
    expected: list[tuple[int | None, str]] = []
    for i, (day, hours) in enumerate(events):
        key = f"wo:{i:03d}"
        start = None if day is None else base + day * 86_400_000
        end = None if start is None or hours is None else start + hours * 3_600_000
        facts.say(key, "reportedOn", "asset:A")
        facts.batch.claims[-1] = facts.batch.claims[-1]._replace(valid_from=start, valid_to=end)
        expected.append((start, key))
    facts.load(store)
    expected.sort(
        key=lambda e: (e[0] is None, 0 if e[0] is None else -e[0] if newest_first else e[0], e[1])
    )
    whole_limit = timeline_module._READ_WHOLE
    timeline_module._READ_WHOLE = 0
    try:
        paged: list[str] = []
        after: str | None = None
        while True:
            page = timeline(
                store, schema(), "asset:A", limit=limit, after=after, newest_first=newest_first
            )
            assert len(page.entries) <= limit
            paged += keys(page)
            after = page.next_after
            if after is None:
                break
    finally:
        timeline_module._READ_WHOLE = whole_limit
    assert paged == [key for _, key in expected]
