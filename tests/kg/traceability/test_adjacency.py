"""The adjacency against the walk, through all that can be written to a store."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from kg.model import Batch, Claim, Decision, Document, Merge, Passage, Run, Statement, Status
from kg.model.graph import NOW
from kg.store.bulk import NO_END, NO_START, EdgeRow, EdgesChanged
from kg.store.protocol import Store
from kg.store.sqlite import SqliteStore
from kg.traceability.adjacency import Adjacency
from kg.traceability.flow import FlowRelations, KnownLinks, Links, StoreLinks, Way
from kg.traceability.keeping import adjacency_of
from kg.traceability.locating import locate
from kg.traceability.tracing import trace_backward, trace_forward
from kg.traceability.walking import walk
from tests.kg.plants import Facts, schema
from tests.kg.traceability.test_walking import genealogies, nodes_of
from tests.oracle import MemoryStore

FLOW = FlowRelations.of(schema())
WAYS: tuple[Way, Way] = ("backward", "forward")


@contextmanager
def empty_store() -> Iterator[Store]:
    store = SqliteStore(":memory:", schema())
    yield store
    store.close()


def write(store: Store, name: str, statements: list[Statement], when: int) -> None:
    batch = Batch()
    for i, s in enumerate(statements):
        batch.passages.append(Passage(f"p{i}-{s.key.id}", f"row:{i}", str(s.key)))
        batch.claims.append(Claim(*s.key, i, valid_from=s.valid_from, valid_to=s.valid_to))
    with store.begin_load(Document(name, str(when), "r"), Run(f"run-{when}", when)) as session:
        session.write(batch)
        session.finish()


class ListedEdges:
    """Statements in a list, read as a store tells its edges."""

    def __init__(self, statements: list[Statement]) -> None:
        self._statements = statements
        self._keys = nodes_of(statements)

    def revision(self) -> int:
        return 1

    def edges(
        self,
        predicates: Sequence[str],
        statements: Collection[int] | None = None,
        *,
        in_pieces: Collection[str] = (),
    ) -> Iterator[list[EdgeRow]]:
        numbers = self.numbers_of(self._keys)
        for i, s in enumerate(self._statements):
            if s.predicate in predicates and (statements is None or i in statements):
                since = NO_START if s.valid_from is None else s.valid_from
                until = NO_END if s.valid_to is None else s.valid_to
                place = list(predicates).index(s.predicate)
                yield [(i, numbers[s.subject], place, numbers[s.object], since, until)]

    def changed_edges(self, since: int) -> EdgesChanged | None:
        return None

    def numbers_of(self, keys: Collection[str]) -> dict[str, int]:
        return {key: 7 * self._keys.index(key) for key in keys if key in self._keys}

    def keys_of(self, numbers: Collection[int]) -> dict[int, str]:
        return {number: self._keys[number // 7] for number in numbers}


def check(links: Links, adjacency: Adjacency, keys: list[str]) -> None:
    """Every closure is that of the walk, alone, together and with time left out."""
    found = adjacency.find(keys)
    present = sorted(found)
    for way in WAYS:
        alone = {}
        for key in present:
            walked = walk(links, [key], way, holders=FLOW.holders)
            alone[key] = {n: min(walked.labels[s][0].level for s in walked.labels if s.node == n)
                          for n in walked.nodes}  # fmt: skip
            closure = adjacency.closure([found[key]], way)
            assert (
                dict(zip(adjacency.keys(closure.nodes), closure.levels, strict=True)) == alone[key]
            )
            plain = adjacency.closure([found[key]], way, respect_time=False, max_depth=2)
            expected = walk(
                links, [key], way, holders=FLOW.holders, respect_time=False, max_depth=2
            )
            assert set(adjacency.keys(plain.nodes)) == expected.nodes
        each = adjacency.closures([found[key] for key in present], way)
        for i, key in enumerate(present):
            part = slice(each.pointers[i], each.pointers[i + 1])
            told = zip(adjacency.keys(each.nodes[part]), each.levels[part], strict=True)
            assert dict(told) == alone[key]
        union = adjacency.closure([found[key] for key in present], way)
        assert len(set(union.nodes.tolist())) == len(union.nodes)
        assert set(adjacency.keys(union.nodes)) == {n for levels in alone.values() for n in levels}


@settings(max_examples=80, deadline=None)
@given(genealogies(20))
def test_adjacency_closes_as_the_walk_does(statements: list[Statement]) -> None:
    adjacency = Adjacency.build(ListedEdges(statements), schema())
    check(KnownLinks(statements, FLOW), adjacency, nodes_of(statements))


@settings(max_examples=60, deadline=None)
@given(genealogies(20), st.integers(0, 50))
def test_adjacency_closes_as_the_walk_does_at_a_time_and_depth(
    statements: list[Statement], at: int
) -> None:
    adjacency = Adjacency.build(ListedEdges(statements), schema())
    links = KnownLinks(statements, FLOW, tolerance=5)
    for key, index in adjacency.find(nodes_of(statements)).items():
        for way in WAYS:
            walked = walk(links, [key], way, at=at, max_depth=3, holders=FLOW.holders)
            found = adjacency.closure([index], way, at=at, max_depth=3, tolerance=5)
            assert set(adjacency.keys(found.nodes)) == walked.nodes


@settings(max_examples=25, deadline=None)
@given(st.lists(genealogies(8), min_size=2, max_size=4), st.data())
def test_adjacency_is_never_stale(parts: list[list[Statement]], data: st.DataObject) -> None:
    """Loads, reloads with less, removals, rejections and merges, each seen at once."""
    with empty_store() as store:
        keys = sorted({key for part in parts for key in nodes_of(part)})
        for when, part in enumerate(parts, 1):
            write(store, data.draw(st.sampled_from(["a", "b"])), part, when)
            what = data.draw(st.sampled_from(["nothing", "remove", "reject", "merge"]))
            if what == "remove" and store.versions("a"):
                store.remove_documents(["a"])
            if what == "reject" and part:
                chosen = data.draw(st.sampled_from(part))
                if store.get_statements([chosen.key]):
                    store.decide([Decision(chosen.key, Status.REJECTED, "me", when)])
            if what == "merge" and not store.merges():
                store.merge([Merge("unit:0", "unit:1", "me", when)])
            adjacency = adjacency_of(store, schema())
            assert adjacency is not None
            leads = {key: node.key for key, node in store.get_nodes(keys).items()}
            check(StoreLinks(store, FLOW, NOW), adjacency, sorted(set(leads.values())))
            assert all(adjacency.find([k]) == {} for k in keys if k not in leads)


def test_adjacency_is_patched_not_built_where_little_changed(sqlite_store: Store) -> None:
    Facts("a").say("op:1", "produced", "unit:1").load(sqlite_store)
    first = adjacency_of(sqlite_store, schema())
    Facts("b").say("op:1", "consumed", "lot:new").say("op:1", "performedOn", "asset:P-1").load(
        sqlite_store
    )
    second = adjacency_of(sqlite_store, schema())
    assert first is not None
    assert second is not None
    assert second.flows[0] is first.flows[0]  # the same large table, and a small one beside it
    assert adjacency_of(sqlite_store, schema()) is second
    assert len(first) == 2
    assert second.edge_count == 3
    found = second.find(["unit:1"])
    behind = second.closure(found.values(), "backward")
    assert set(second.keys(behind.nodes)) == {"unit:1", "op:1", "lot:new"}
    factors = second.factors(behind.nodes)
    assert second.keys(factors.nodes) == ["asset:P-1"]
    assert [second.factor_names[i] for i in factors.relations] == ["performedOn"]
    assert second.kinds(behind.nodes[factors.rows]) == ["op"]


def test_adjacency_is_made_anew_once_much_lies_beside_it(
    sqlite_store: Store, monkeypatch: object
) -> None:
    from kg.traceability import adjacency as module

    monkeypatch.setattr(module, "_OVERLAY", 3)  # type: ignore[attr-defined]
    for i in range(6):
        f = Facts(f"d{i}").say(f"op:{i}", "produced", f"unit:{i}")
        f.say(f"op:{i + 1}", "consumed", f"unit:{i}").load(sqlite_store)
        found = adjacency_of(sqlite_store, schema())
        assert found is not None
        check(StoreLinks(sqlite_store, FLOW, NOW), found, [f"unit:{n}" for n in range(i + 1)])
    assert np.all(found.is_live[0])


def test_a_store_without_edges_in_bulk_has_no_adjacency() -> None:
    assert adjacency_of(MemoryStore(schema()), schema()) is None


def test_what_was_packed_twice_was_not_in_the_box_between(any_store: Store) -> None:
    f = Facts()
    f.say("unit:1", "packedInto", "container:X", since="2026-03-01", until="2026-03-03")
    f.say(
        "unit:1", "packedInto", "container:X", since="2026-03-10", until="2026-03-12", quote="again"
    )
    f.say("container:X", "shippedIn", "shipment:between", since="2026-03-05", until="2026-03-05")
    f.say("container:X", "shippedIn", "shipment:within", since="2026-03-11", until="2026-03-11")
    f.say("shipment:between", "shippedTo", "customer:A", since="2026-03-06")
    f.say("shipment:within", "shippedTo", "customer:B", since="2026-03-12")
    store = f.load(any_store)
    expected = {"unit:1", "container:X", "shipment:within", "customer:B"}
    trace = trace_forward(store, schema(), "unit:1")
    assert trace.node_keys() == expected
    assert [c.customer.key for c in trace.consignees] == ["customer:B"]
    behind = trace_backward(store, schema(), "shipment:between")
    assert behind.node_keys() == {"shipment:between", "container:X"}
    assert locate(store, schema(), ["unit:1"])["unit:1"].customers == ("customer:B",)
    adjacency = adjacency_of(store, schema())
    if adjacency is not None:
        check(StoreLinks(store, FLOW, NOW), adjacency, ["unit:1", "shipment:between"])
        found = adjacency.closure(adjacency.find(["unit:1"]).values(), "forward")
        assert set(adjacency.keys(found.nodes)) == expected
        # The same once the statement is patched in.
        Facts("more").say("unit:2", "packedInto", "container:X", since="2026-03-11").say(
            "unit:1", "packedInto", "container:X", since="2026-03-20", until="2026-03-21"
        ).load(store)
        patched = adjacency_of(store, schema())
        assert patched is not None
        check(StoreLinks(store, FLOW, NOW), patched, ["unit:1", "unit:2", "shipment:between"])
